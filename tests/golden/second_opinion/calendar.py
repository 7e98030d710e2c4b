"""Days, working days, months and periods, worked out from the rules of indicators.md section 1 alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
FIRST, LAST = dt.date(1990, 1, 1), dt.date(2040, 12, 31)
ONE_DAY = dt.timedelta(days=1)
ONE_OFF = {(1999, 12, 31), (2002, 6, 3), (2011, 4, 29), (2012, 6, 5), (2022, 6, 3), (2022, 9, 19), (2023, 5, 8)}
MOVED_MAY = {1995: dt.date(1995, 5, 8), 2020: dt.date(2020, 5, 8)}
MOVED_SPRING = {2002: dt.date(2002, 6, 4), 2012: dt.date(2012, 6, 4), 2022: dt.date(2022, 6, 2)}


def _easter(year: int) -> dt.date:
    century, rest = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (year % 19 + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return dt.date(year, month, day + 1)


def _monday_from(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=-day.weekday() % 7)


def bank_holidays(year: int) -> set[dt.date]:
    """Return the England and Wales bank holidays of a year, substitute and one-off days included."""
    easter = _easter(year)
    found = {easter - 2 * ONE_DAY, easter + ONE_DAY}
    found.add(MOVED_MAY.get(year, _monday_from(dt.date(year, 5, 1))))
    found.add(MOVED_SPRING.get(year, _monday_from(dt.date(year, 5, 25))))
    found.add(_monday_from(dt.date(year, 8, 25)))
    for day in (dt.date(year, 1, 1), dt.date(year, 12, 25), dt.date(year, 12, 26)):
        instead = day
        while instead.weekday() >= 5 or instead in found:
            instead += ONE_DAY
        found.add(instead)
    return found | {dt.date(*day) for day in ONE_OFF if day[0] == year}


@lru_cache
def _running_counts() -> list[int]:
    counts, total = [], 0
    for year in range(FIRST.year, LAST.year + 1):
        closed, day = bank_holidays(year), dt.date(year, 1, 1)
        while day.year == year:
            total += day.weekday() < 5 and day not in closed
            counts.append(total)
            day += ONE_DAY
    return counts


def wd(start: dt.date, end: dt.date) -> int:
    """Count the working days d with start < d <= end; none when end is before start."""
    counts = _running_counts()
    return max(0, counts[(end - FIRST).days] - counts[(start - FIRST).days])


def working_day_after(start: dt.date, number: int) -> dt.date:
    """Return working day `number` after a start (day 0)."""
    day = start
    while wd(start, day) < number:
        day += ONE_DAY
    return day


def is_known(day: dt.date | None) -> bool:
    """Say whether a day is there and lies inside the calendar."""
    return day is not None and FIRST <= day <= LAST


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day some months on, clamped to the month's end."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (dt.date(year + month // 11, (month + 1) % 12 + 1, 1) - ONE_DAY).day
    return dt.date(year, month + 1, min(day.day, last))


def birthday(born: dt.date, age: int) -> dt.date:
    """Return a birthday; 29 February falls on 1 March in common years."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return dt.date(born.year + age, 3, 1)


def age_on(born: dt.date, day: dt.date) -> int:
    """Return whole years on a day."""
    return day.year - born.year - (birthday(born, day.year - born.year) > day)


def london_to_utc(local: dt.datetime) -> dt.datetime:
    """Read a local time: ambiguous as GMT, one that does not exist with the offset before the gap; naive UTC."""
    late = local.replace(tzinfo=LONDON, fold=1).astimezone(dt.UTC)
    if late.astimezone(LONDON).replace(tzinfo=None) != local:
        late = local.replace(tzinfo=LONDON, fold=0).astimezone(dt.UTC)
    return late.replace(tzinfo=None)


def to_london(utc: dt.datetime) -> dt.datetime:
    """Return the naive London time of a naive UTC time."""
    return utc.replace(tzinfo=dt.UTC).astimezone(LONDON).replace(tzinfo=None)


def end_of_day(day: dt.date) -> dt.datetime:
    """Return the next local midnight as naive UTC."""
    return london_to_utc(dt.datetime.combine(day + ONE_DAY, dt.time()))


@dataclass(frozen=True)
class Period:
    """A period: nominal end, and the day up to which it has run by the as-at day."""

    kind: str
    label: str
    start: dt.date
    end: dt.date
    until: dt.date

    @property
    def status(self) -> str:
        """Return final once the last day has been delivered."""
        return "final" if self.end == self.until else "provisional"

    @property
    def year_start(self) -> dt.date:
        """Return the first of April on or before the period."""
        return dt.date(self.start.year - (self.start.month < 4), 4, 1)


def periods(first: dt.date, as_at: dt.date) -> list[Period]:
    """Return every period from those that hold `first` to those that hold the as-at day."""
    found = []

    def add(kind: str, label: str, start: dt.date, months: int, begun: dt.date | None = None) -> None:
        end = add_months(start, months) - ONE_DAY
        if end >= first and (begun or start) <= as_at:
            found.append(Period(kind, label, start, end, min(end, as_at)))

    for year in range(first.year - 1, as_at.year + 1):
        april, name = dt.date(year, 4, 1), f"{year}/{(year + 1) % 100:02d}"
        add("year", name, april, 12)
        for number in range(12):
            month = add_months(april, number)
            add("month", f"{month:%Y-%m}", month, 1)
        for number in range(4):
            quarter = add_months(april, 3 * number)
            add("quarter", f"{name} Q{number + 1}", quarter, 3)
            add("year_to_date", f"{name} YTD Q{number + 1}", april, 3 * number + 3, quarter)
        for number in range(2):
            add("half_year", f"{name} H{number + 1}", add_months(april, 6 * number), 6)
    return found
