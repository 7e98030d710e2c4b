"""The deadline of a night: published by seven in the morning, London time, on every day of the year."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import text

from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse

LONDON = ZoneInfo("Europe/London")
PUBLISHED_BY = datetime.time(7)
"""Local time by which people look at the figures; the DAG that watches it runs at this time."""

_NIGHT = text(statement(__name__, "night"))

_INSTALLED = text("select min(applied_at) from release.schema_migrations")


@dataclass(frozen=True)
class Punctuality:
    """Whether a night was in time: the local day of its deadline, and one sentence per authority that was not."""

    day: datetime.date
    late: tuple[str, ...]


def deadline_of(day: datetime.date) -> datetime.datetime:
    """Return the deadline of a day: seven o'clock as London's clocks show it, in UTC."""
    return datetime.datetime.combine(day, PUBLISHED_BY, LONDON).astimezone(datetime.UTC)


def latest_deadline(at: datetime.datetime) -> datetime.date:
    """Return the day of the last deadline at or before an instant."""
    day = at.astimezone(LONDON).date()
    return day if deadline_of(day) <= at else day - datetime.timedelta(days=1)


def punctuality(warehouse: Warehouse, at: datetime.datetime) -> Punctuality:
    """Tell whose night was not published by the last deadline at or before an instant.

    In time is what was published since midnight, or since the deadline before with the figures of the day between.

    at: any instant with a zone; the watching DAG gives the time that it was due, so that no clock is read. Of a
    warehouse that was set up after the deadline nothing was expected by then.
    """
    day = latest_deadline(at)
    when = f"by {PUBLISHED_BY:%H:%M} on {day:%d %B %Y}"
    with warehouse.transaction() as connection:
        if connection.execute(_INSTALLED).scalar_one() > deadline_of(day):
            return Punctuality(day, ())
        yesterday = day - datetime.timedelta(days=1)
        rows = connection.execute(
            _NIGHT,
            {
                "since": deadline_of(yesterday),
                "midnight": datetime.datetime.combine(day, datetime.time(), LONDON),
                "yesterday": yesterday,
                "deadline": deadline_of(day),
            },
        ).all()
    if not rows:
        return Punctuality(day, (f"Nothing was published {when}: no night has been built yet.",))
    late = []
    for row in rows:
        if not row.is_in_time:
            shown = f"the figures as at {row.shown:%d %B %Y}" if row.shown else "no figures yet"
            late.append(f"{row.authority_code} was not published {when}: readers see {shown}.")
    return Punctuality(day, tuple(late))
