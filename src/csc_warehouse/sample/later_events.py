"""Missing episodes, leaving care, homelessness, results at school and preventive services."""

from __future__ import annotations

import datetime as dt

from csc_warehouse.sample.calendar import add_months, age_on, birthday
from csc_warehouse.sample.care import start_care
from csc_warehouse.sample.model import DAY, Child, Family, Record, World
from csc_warehouse.sample.people import new_family

_HOUR = dt.timedelta(hours=1)


def go_missing(world: World) -> list[tuple[dt.datetime, Child]]:
    """Let some children of 12 and older go missing from care; return when the police told the council of whom."""
    rng = world.rng
    reported = []
    for child in list(world.children):
        rate = 2.2 if child.responsible is not None else 2.4 if rng.random() < 0.2 else 0.0
        for start, end, _ in child.care_periods:
            day = max(start, world.start, birthday(child.born, 12))
            while rate:
                day += DAY * max(2, round(rng.expovariate(rate / 365)))
                if day >= min(end, birthday(child.born, 18), world.horizon) - 15 * DAY:
                    break
                reported.append((_add_missing(world, child, day), child))
                day += 12 * DAY
    return sorted(reported, key=lambda each: each[0])


def _add_missing(world: World, child: Child, day: dt.date) -> dt.datetime:
    """Add one episode and return when the police reported it."""
    rng = world.rng
    hour = rng.choices(range(24), (6, 3, 2, 1, 0, 0, 0, 0, 2, 2, 2, 3, 3, 3, 4, 6, 7, 8, 9, 10, 10, 10, 9, 8))[0]
    since = dt.datetime.combine(day, dt.time(hour, rng.randrange(60)))
    returned = since + dt.timedelta(minutes=min(max(35, round(rng.lognormvariate(5.9, 1.1))), 9 * 24 * 60))
    is_offered = rng.random() < 0.93
    is_accepted = is_offered and rng.random() < 0.84
    completed = None
    if is_accepted and rng.random() < 0.95:
        # 58 and 90 hours keep clear of the limit whatever the clocks do that weekend.
        completed = (
            returned + _HOUR * rng.uniform(6, 58) if rng.random() < 0.83 else returned + _HOUR * rng.uniform(90, 220)
        )
        completed = completed.replace(second=0, microsecond=0)
    record = world.add(
        Record(
            entity="missing",
            child=child,
            recorded_at=since + _HOUR,
            values={
                "missing_from": since,
                "returned": None,
                "reported_by": rng.choices(("POL", "CARER", "OTHER"), (58, 38, 4))[0],
                "rhi_offered": None,
                "rhi_accepted": None,
                "rhi_completed": None,
            },
        )
    )
    record.change(returned.date(), returned=returned)
    record.change(
        returned.date() + DAY,
        rhi_offered="Y" if is_offered else "N",
        rhi_accepted=("Y" if is_accepted else "N") if is_offered else None,
    )
    if completed is not None:
        record.change(completed.date() + DAY, rhi_completed=completed)
    return since + dt.timedelta(minutes=rng.randint(15, 120))


def leave_care(world: World) -> None:
    """Follow care leavers to 12 and 24 months on; some left before the sample begins."""
    rng = world.rng
    for _ in range(round(64 * world.scale)):
        left = world.start - DAY * rng.randint(1, 720)
        child = new_family(world, left, size=1).children[0]
        child.born = birthday(left, -18) if rng.random() < 0.7 else left - DAY * rng.randint(6000, 6400)
        start_care(world, child, left - DAY * rng.randint(200, 1500), end=left)
    for child in list(world.children):
        if child.responsible is not None:
            continue
        for _, end, reason in child.care_periods:
            if reason in {"ADULT", "INDEP"} and end <= world.horizon:
                _follow(world, child, end)


def _follow(world: World, child: Child, left: dt.date) -> None:
    rng = world.rng
    is_busy = rng.random() < 0.58
    for months in (12, 24):
        anniversary = add_months(left, months)
        if not world.start <= anniversary <= world.horizon or rng.random() < 0.05:
            continue
        day = anniversary + DAY * rng.randint(0, 18)
        eet = "UNK" if rng.random() < 0.06 else "Y" if is_busy != (rng.random() < 0.15) else "N"
        world.add(
            Record(
                entity="care_leaver_check",
                child=child,
                recorded_at=world.keyed_at(day),
                values={"left_care_date": left, "months": months, "check_date": day, "eet": eet},
            )
        )
    if rng.random() < 0.16:
        day = max(left, world.start) + DAY * rng.randint(20, 500)
        end = day + DAY * rng.randint(3, 120)
        if day < min(world.horizon, birthday(child.born, 21)):
            spell = world.add(
                Record(
                    entity="homeless_spell",
                    child=child,
                    recorded_at=world.keyed_at(day),
                    values={"start_date": day, "end_date": None},
                )
            )
            spell.change(world.keyed_at(end).date(), end_date=end)


def sit_examinations(world: World) -> None:
    """Match results of key stages 2 and 4 to children with a plan on the 31 August that ends the academic year."""
    rng = world.rng
    for year in range(world.start.year, world.horizon.year + 1):
        day = dt.date(year, 8, 31)
        for child in world.children:
            stage = {11: 2, 16: 4}.get(age_on(child.born, day))
            if stage is None or child.responsible is not None or not child.has_plan_on(day) or rng.random() < 0.05:
                continue
            is_achieved = rng.random() < (0.56 if stage == 2 else 0.17)
            world.add(
                Record(
                    entity="education_result",
                    child=child,
                    recorded_at=world.keyed_at(dt.date(year, 9, 20) + DAY * rng.randint(0, 20), lag=0),
                    values={
                        "academic_year": f"{year - 1}/{year % 100:02d}",
                        "key_stage": stage,
                        "csi": "Y" if is_achieved else "N",
                    },
                )
            )


_SERVICES = {"PASS": (26, 110), "TAC": (21, 150), "FGM": (9, 45), "EOC": (11, 60)}
"""Families a quarter, and the mean days of a service."""
_BEGUN = {"EOC": dt.date(2017, 4, 1), "FGM": dt.date(2016, 10, 1)}


def prevent(world: World) -> None:
    """Work with families: mostly those with a plan, some that only ever met the prevention team."""
    rng = world.rng
    with_plan: list[Family] = list({id(child.family): child.family for child in world.children if child.plans}.values())
    start = world.start - 90 * DAY
    while start <= world.horizon:
        for service, (count, mean) in _SERVICES.items():
            is_new = service in _BEGUN and start < _BEGUN[service] and world.cut_over is not None
            for _ in range(0 if is_new else round(count * world.scale * rng.uniform(0.85, 1.15))):
                day = start + DAY * rng.randrange(91)
                _serve(world, _family_on(world, with_plan, day), service, day, day + DAY * world.days(mean, 7, 400))
        start = add_months(start, 3)


def _family_on(world: World, with_plan: list[Family], day: dt.date) -> Family:
    for _ in range(25):
        family = world.rng.choice(with_plan)
        if any(child.has_plan_on(day) and child.responsible is None for child in family.children):
            return family
    return new_family(world, day)


def _serve(world: World, family: Family, service: str, start: dt.date, end: dt.date) -> None:
    for child in family.children:
        if (
            child.born > start
            or age_on(child.born, start) > 17
            or (child is not family.children[0] and world.rng.random() < 0.4)
        ):
            continue
        record = world.add(
            Record(
                entity="prevention",
                child=child,
                recorded_at=world.keyed_at(start),
                values={
                    "family_no": family.number,
                    "service": service,
                    "start_date": start,
                    "end_date": None,
                    "outcome": None,
                },
            )
        )
        record.change(
            world.keyed_at(end).date(), end_date=end, outcome=world.rng.choice(("closed", "stepped up", "aims met"))
        )
