"""The assessments that a council completes, quarter by quarter, before anybody says whose they are.

The published figures fix how many are completed in time, how long the late ones took and how many were open on one
day. So each quarter's assessments are planned backwards from their day of authorisation; lives.py then walks through
the referrals in the order of time and finds the families.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from csc_warehouse.sample.calendar import (
    add_months,
    add_working_days,
    quarter_end,
    quarter_label,
    quarter_start,
    working_day_number,
    working_days_between,
    working_days_from_to,
)
from csc_warehouse.sample.calibration import OpenStock, Quarter
from csc_warehouse.sample.model import DAY, World

LIMIT = 42
"""Working days within which an assessment is in time (indicators.md, PM24)."""
_LONGEST = 150
_SIZES = (1, 2, 3, 4, 5)
_SIZE_WEIGHTS = (56, 25, 12, 5, 2)
_OTHER_TEAMS = ("CWD", "LAC", "LEAVING CARE")


@dataclass(slots=True)
class Need:
    """One child's assessment, before the child is known."""

    authorised: dt.date
    is_late: bool
    seen: str = "Y"
    has_referral_day: bool = True


@dataclass(slots=True)
class Referral:
    """Siblings referred together."""

    day: dt.date
    team: str
    needs: list[Need] = field(default_factory=list)


def quarter_of(world: World, start: dt.date) -> Quarter:
    """Return the counts of a quarter: the published ones, or those of a plausible quarter."""
    published = world.calibration.quarters.get(quarter_label(start))
    if published is not None:
        quarter = published
    else:
        jitter = random.Random(f"{world.seed}|{world.authority}|{start}").uniform(0.95, 1.05)  # noqa: S311
        quarter = world.calibration.default_quarter.scaled(world.scale, jitter)
    if world.is_clean:
        quarter = quarter.model_copy(update={"no_referral_day": 0, "undated": 0})
    return quarter


def plan_referrals(world: World) -> list[Referral]:
    """Plan every referral whose assessment is authorised from the start to two quarters beyond the horizon's."""
    stock = world.calibration.open_stock
    open_at_stock = _plan_open_stock(world, stock) if stock else []
    referrals = list(open_at_stock)
    start = quarter_start(world.start)
    while start <= add_months(quarter_start(world.horizon), 6):
        end = quarter_end(start)
        already = [
            (referral, need) for referral in open_at_stock for need in referral.needs if start <= need.authorised <= end
        ]
        quarter = quarter_of(world, start)
        planned = _plan_quarter(world, start, quarter, already)
        _share_seen(
            world, quarter, [need for _, need in already] + [need for group in planned for need in group.needs], planned
        )
        referrals += planned
        start = add_months(start, 3)
    referrals.sort(key=lambda referral: referral.day)
    return referrals


def _sizes(rng: random.Random, total: int) -> list[int]:
    sizes: list[int] = []
    while total > 0:
        sizes.append(min(rng.choices(_SIZES, _SIZE_WEIGHTS)[0], total))
        total -= sizes[-1]
    return sizes


def _referral_day(rng: random.Random, authorised: dt.date, duration: int) -> dt.date:
    """Return a day with wd(day, authorised) = duration; at times a weekend day."""
    day = add_working_days(authorised, -duration)
    if rng.random() < 0.07:
        later = day + DAY * rng.randint(1, 3)
        if working_day_number(later) == working_day_number(day):
            return later
    return day


def _in_time_duration(rng: random.Random) -> int:
    return max(4, LIMIT - int(rng.expovariate(1 / 10)))


def _late_durations(rng: random.Random, sizes: list[int], mean: float, total: int) -> list[int]:
    """Return a duration beyond the limit per group, so that the children's durations add up to the total."""
    durations = [min(LIMIT + 1 + int(rng.expovariate(1 / max(mean - LIMIT - 0.5, 1))), _LONGEST) for _ in sizes]
    children = sum(sizes)
    total = min(max(total, (LIMIT + 1) * children), _LONGEST * children)
    difference = total - sum(size * duration for size, duration in zip(sizes, durations, strict=True))
    for _ in range(100_000):
        if difference == 0:
            break
        place = rng.randrange(len(sizes))
        step = 1 if difference > 0 else -1
        if sizes[place] <= abs(difference) and LIMIT < durations[place] + step <= _LONGEST:
            durations[place] += step
            difference -= step * sizes[place]
        elif sizes[place] == 1 and LIMIT < durations[place] + step <= _LONGEST:
            durations[place] += step
            difference -= step
    return durations


def _plan_quarter(
    world: World, start: dt.date, quarter: Quarter, already: list[tuple[Referral, Need]]
) -> list[Referral]:
    rng = world.rng
    late_before = [working_days_between(referral.day, need.authorised) for referral, need in already if need.is_late]
    late = max(quarter.assessments - quarter.in_time - quarter.no_referral_day - len(late_before), 0)
    in_time = max(quarter.in_time - (len(already) - len(late_before)), 0)
    days = working_days_from_to(start, quarter_end(start))
    planned = []
    sizes = _sizes(rng, late)
    total = round(quarter.mean_overdue * (late + len(late_before))) - sum(late_before)
    for size, duration in zip(sizes, _late_durations(rng, sizes, quarter.mean_overdue, total), strict=True):
        planned.append(_place(world, days, size, duration))
    planned += [_place(world, days, size, _in_time_duration(rng)) for size in _sizes(rng, in_time)]
    for _ in range(quarter.no_referral_day):
        referral = _place(world, days, 1, _in_time_duration(rng))
        referral.needs[0].has_referral_day = False
        planned.append(referral)
    return planned


def _place(world: World, days: list[dt.date], size: int, duration: int) -> Referral:
    """Find a day of authorisation; the published stock of open assessments is complete, so nothing may join it."""
    rng = world.rng
    stock = world.calibration.open_stock
    team = "AIT" if rng.random() < 0.93 else rng.choice(_OTHER_TEAMS)
    for _ in range(60):
        authorised = rng.choice(days)
        day = _referral_day(rng, authorised, duration)
        if stock is None or team != stock.team or not day <= stock.day < authorised:
            break
    else:
        team = rng.choice(_OTHER_TEAMS)
    return Referral(day, team, [Need(authorised, is_late=duration > LIMIT) for _ in range(size)])


def _plan_open_stock(world: World, stock: OpenStock) -> list[Referral]:
    """Plan the assessments that one team has open on the published day, by their age on it."""
    rng = world.rng
    last = quarter_end(quarter_start(stock.day))
    left = working_days_between(stock.day, last)
    referrals = []

    def plan(count: int, ages: tuple[int, int], *, is_soon: bool) -> None:
        for size in _sizes(rng, count):
            age = round(rng.triangular(*ages, ages[0] if ages[0] > LIMIT else ages[1] * 0.6))
            longest_rest = min(left, LIMIT - age) if is_soon and age < LIMIT else left
            rest = rng.randint(1, longest_rest) if is_soon else left + rng.randint(1, 30)
            day = _referral_day(rng, stock.day, age)
            authorised = add_working_days(stock.day, rest)
            needs = [Need(authorised, is_late=age + rest > LIMIT) for _ in range(size)]
            referrals.append(Referral(min(day, stock.day), stock.team, needs))

    plan(stock.authorised_late, (LIMIT + 1, 70), is_soon=True)
    plan(stock.overdue - stock.authorised_late, (LIMIT + 1, 90), is_soon=False)
    plan(stock.authorised_in_time, (15, LIMIT - 1), is_soon=True)
    plan(stock.open - stock.overdue - stock.authorised_in_time, (0, LIMIT), is_soon=False)
    return referrals


def _share_seen(world: World, quarter: Quarter, needs: list[Need], planned: list[Referral]) -> None:
    """Say which children were not seen, and to which unborn ones seeing does not apply."""
    rng = world.rng
    single = [referral.needs[0] for referral in planned if len(referral.needs) == 1]
    for need in rng.sample(single, min(quarter.not_applicable, len(single))):
        need.seen = "NA"
    rest = [need for need in needs if need.seen == "Y"]
    for need in rng.sample(rest, min(quarter.not_seen, len(rest))):
        need.seen = "" if not world.is_clean and rng.random() < 0.3 else "N"
