"""When a rectification is applied, and when it ends: held against the versions of a row."""

from __future__ import annotations

import datetime

import pytest

from csc_warehouse.contracts.canonical import day_first_date
from csc_warehouse.transform.rectified_rows import RectificationState, Version, judge

WRONG, RIGHT, THIRD = "01/02/2010", "02/01/2010", "03/03/2010"


def day(number: int) -> datetime.date:
    return datetime.date(2018, 5, number)


def versions(*said: tuple[int, str]) -> list[Version]:
    """Return versions that follow each other, from the days given on."""
    ends = [*(day(number) for number, _ in said[1:]), None]
    return [Version(day(number), end, number, 1, value) for (number, value), end in zip(said, ends, strict=False)]


@pytest.mark.parametrize(
    ("said", "state", "since", "applied"),
    [
        # the source says the same wrong value on and on
        ([(1, WRONG)], "applied", None, [1]),
        ([(1, WRONG), (12, WRONG)], "applied", None, [1, 12]),
        # another value from before it went wrong was right then
        ([(1, THIRD), (5, WRONG)], "applied", None, [5]),
        # the source says the same: from that day on it is believed again, whatever it says then
        ([(1, WRONG), (12, RIGHT)], "ended", 12, [1]),
        ([(1, WRONG), (12, " 02/01/2010 ")], "ended", 12, [1]),
        ([(1, WRONG), (12, RIGHT), (14, WRONG)], "ended", 12, [1]),
        # it says a third value: what a person decided still holds, and somebody is told
        ([(1, WRONG), (12, THIRD)], "contradicted", 12, [1, 12]),
        ([(1, WRONG), (12, THIRD), (13, RIGHT)], "ended", 13, [1, 12]),
        # the delivery of the day itself was sent anew, and is right now
        ([(1, RIGHT)], "ended", 1, []),
        ([(1, WRONG), (10, RIGHT)], "ended", 10, [1]),
        # the delivery that brought it was withdrawn
        ([], "absent", None, []),
    ],
)
def test_a_rectification_holds_until_the_source_says_the_same(
    said: list[tuple[int, str]], state: str, since: int | None, applied: list[int]
) -> None:
    found, version, of = judge(
        versions(*said), said_value=WRONG, right_value=RIGHT, said_on_date=day(10), canonical=day_first_date(())
    )
    assert found == state
    assert (version.valid_from_date if version else None) == (day(since) if since else None)
    assert [v.delivery_id for v in of] == applied


@pytest.mark.parametrize("state", ["applied", "contradicted", "ended", "absent"])
def test_its_sentence_names_the_column_and_no_value(state: str) -> None:
    told = str(RectificationState("ab12", "W06000006", "raise", "client", "dob", state, day(12), 7))
    assert told.startswith("Rectification ab12 (raise client.dob) ")
    assert "2010" not in told
