"""Seven in the morning in London, on every day of the year."""

from __future__ import annotations

import datetime

import pytest

from csc_warehouse.quality.deadline import deadline_of, latest_deadline


@pytest.mark.parametrize(
    ("day", "hour_in_utc"),
    [
        (datetime.date(2018, 3, 24), 7),
        (datetime.date(2018, 3, 25), 6),
        (datetime.date(2018, 7, 1), 6),
        (datetime.date(2018, 10, 27), 6),
        (datetime.date(2018, 10, 28), 7),
        (datetime.date(2018, 12, 31), 7),
    ],
)
def test_deadline_when_clocks_change_then_stays_at_seven_local(day: datetime.date, hour_in_utc: int) -> None:
    due = deadline_of(day)
    assert due == datetime.datetime.combine(day, datetime.time(hour_in_utc), datetime.UTC)
    assert latest_deadline(due) == day
    assert latest_deadline(due - datetime.timedelta(seconds=1)) == day - datetime.timedelta(days=1)
