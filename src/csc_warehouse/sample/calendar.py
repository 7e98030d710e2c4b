"""Days, quarters and clocks of the synthetic council (indicators.md section 1, rules 1 to 4)."""

from __future__ import annotations

import bisect
import calendar
import csv
import datetime as dt
from functools import cache

from csc_warehouse.settings import shipped

FIRST_YEAR = 1990
LAST_YEAR = 2040
_BANK_HOLIDAYS = shipped("dbt_project") / "seeds" / "bank_holidays.csv"
"""The one list of bank holidays that the models read too."""


@cache
def _working_ordinals() -> tuple[list[int], list[int]]:
    with _BANK_HOLIDAYS.open(encoding="utf-8", newline="") as file:
        holidays = {dt.date.fromisoformat(row["holiday_date"]).toordinal() for row in csv.DictReader(file)}
    days: list[int] = []
    numbers: list[int] = []
    for ordinal in range(dt.date(FIRST_YEAR, 1, 1).toordinal(), dt.date(LAST_YEAR, 12, 31).toordinal() + 1):
        if ordinal % 7 not in {6, 0} and ordinal not in holidays:
            days.append(ordinal)
        numbers.append(len(days))
    return days, numbers


def working_day_number(day: dt.date) -> int:
    """Return how many working days of the calendar lie on or before a day."""
    return _working_ordinals()[1][day.toordinal() - dt.date(FIRST_YEAR, 1, 1).toordinal()]


def working_days_between(start: dt.date, end: dt.date) -> int:
    """Return wd(start, end): the working days d with start < d <= end (indicators.md 1.2)."""
    return working_day_number(end) - working_day_number(start)


def is_working_day(day: dt.date) -> bool:
    """Tell whether a day is a working day."""
    days = _working_ordinals()[0]
    place = bisect.bisect_left(days, day.toordinal())
    return place < len(days) and days[place] == day.toordinal()


def add_working_days(day: dt.date, count: int) -> dt.date:
    """Return the earliest day on which wd(day, .) is the count; the count may be negative."""
    return dt.date.fromordinal(_working_ordinals()[0][working_day_number(day) + count - 1])


def working_days_from_to(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the working days from first to last, both included."""
    days = _working_ordinals()[0]
    start = bisect.bisect_left(days, first.toordinal())
    return [dt.date.fromordinal(day) for day in days[start : working_day_number(last)]]


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day some months on, clamped to the month's end (indicators.md 1.3)."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))


def birthday(born: dt.date, years: int) -> dt.date:
    """Return the day of a birthday; one on 29 February falls on 1 March in common years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return dt.date(born.year + years, 3, 1)


def age_on(born: dt.date, day: dt.date) -> int:
    """Return whole years of age on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def quarter_start(day: dt.date) -> dt.date:
    """Return the first day of the quarter that holds a day; quarters begin in April, July, October and January."""
    return dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def quarter_end(start: dt.date) -> dt.date:
    """Return the last day of a quarter given by its first."""
    return add_months(start, 3) - dt.timedelta(days=1)


def year_start(day: dt.date) -> dt.date:
    """Return the 1 April that begins the financial year of a day."""
    return dt.date(day.year if day.month >= 4 else day.year - 1, 4, 1)


def quarter_label(day: dt.date) -> str:
    """Return the label of a day's quarter, as 2017/18 Q1."""
    year = year_start(day).year
    return f"{year}/{(year + 1) % 100:02d} Q{(day.month - 4) % 12 // 3 + 1}"


def month_ends(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the last days of the months that end from first to last."""
    days = []
    day = first.replace(day=1)
    while (end := add_months(day, 1) - dt.timedelta(days=1)) <= last:
        days.append(end)
        day = add_months(day, 1)
    return days


@cache
def _summer(year: int) -> tuple[dt.datetime, dt.datetime]:
    """Return local start of summer time after the gap, and the first ambiguous local minute of its end."""
    start = dt.date(year, 3, 31)
    end = dt.date(year, 10, 31)
    start -= dt.timedelta(days=(start.weekday() + 1) % 7)
    end -= dt.timedelta(days=(end.weekday() + 1) % 7)
    return dt.datetime.combine(start, dt.time(2)), dt.datetime.combine(end, dt.time(1))


def to_utc(local: dt.datetime) -> dt.datetime:
    """Convert a naive London time to naive UTC.

    A time in the spring gap is read with the offset before it, an ambiguous autumn time as GMT (indicators.md 1.1).
    """
    start, end = _summer(local.year)
    return local - dt.timedelta(hours=1) if start <= local < end else local
