"""The lives of referred children, in the order of time: assessment, plan, protection, care."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from csc_warehouse.sample.calendar import add_working_days, age_on
from csc_warehouse.sample.care import add_short_breaks, place_for_other_authority, start_care
from csc_warehouse.sample.demand import Need, Referral
from csc_warehouse.sample.model import DAY, Child, Family, Record, World
from csc_warehouse.sample.people import is_child_on, new_family, new_placed_child, new_unborn
from csc_warehouse.sample.plans import open_plan
from csc_warehouse.sample.protection import investigate, register, transfer_in

_OUTCOMES = ("PLAN", "CP", "IAA", "NFA")
_OUTCOME_WEIGHTS = (26, 11, 35, 28)
_DELAYS = (
    "family did not engage",
    "partner information delayed",
    "family dynamics, separate interviews",
    "staff vacancy",
    "court timetable",
)
_RETURNING = 0.42
"""Share of referrals about a family that was referred before: they make the re-referrals of CON07."""


@dataclass(slots=True)
class ReferredIncident:
    """Children who were referred together, whose contacts the front door still has to write."""

    day: dt.date
    children: list[Child]
    assessments: list[Record]


def begin(world: World) -> None:
    """Fill the council as it stands on the first day: looked after, registered, planned for, placed by others."""
    rng = world.rng
    scale = world.scale
    for _ in range(round(222 * scale)):
        family = new_family(world, world.start)
        began = world.start - DAY * min(3000, 15 + round(rng.expovariate(1 / 900)))
        if rng.random() < 0.16:
            # Some are about to turn 18: those who leave care in the first years.
            youngest = family.children[0]
            youngest.born = world.start - DAY * rng.randint(5600, 6500)
            family.children = [youngest]
        for child in family.children[: rng.choices((1, 2, 3), (62, 26, 12))[0]]:
            if child.born < began and age_on(child.born, world.start) < 18:
                start_care(world, child, began, end=world.start + DAY * (8 + round(rng.expovariate(1 / 1150))))
    for _ in range(round(70 * scale)):
        family = new_family(world, world.start)
        began = world.start - DAY * rng.randint(5, 280)
        for child in family.children[: rng.choices((1, 2, 3, 4), (40, 32, 18, 10))[0]]:
            if child.born < began:
                register(world, child, began, until=world.start + DAY * rng.randint(5, 330))
    for _ in range(round(125 * scale)):
        family = new_family(world, world.start)
        began = world.start - DAY * rng.randint(3, 300)
        for child in family.children[: rng.choices((1, 2, 3, 4), (45, 32, 15, 8))[0]]:
            if child.born < began:
                open_plan(world, child, "CASP", began, world.start + DAY * rng.randint(5, 300), team=_plan_team(child))
    for _ in range(round(16 * scale)):
        child = new_family(world, world.start, size=1).children[0]
        child.is_disabled = True
        add_short_breaks(
            world, child, world.start - DAY * rng.randint(10, 800), world.start + DAY * rng.randint(300, 1500)
        )
    _arrive_placed_children(world)


def _arrive_placed_children(world: World) -> None:
    """Let other authorities place children here, before the start and ever since."""
    rng = world.rng
    for _ in range(round(85 * world.scale)):
        began = world.start - DAY * rng.randint(5, 700)
        place_for_other_authority(
            world, new_placed_child(world, world.start), began, world.start + DAY * rng.randint(20, 900)
        )
    day = world.start
    while day < world.horizon:
        day += DAY * max(1, round(rng.expovariate(1 / 6.5) / world.scale))
        place_for_other_authority(world, new_placed_child(world, day), day, day + DAY * rng.randint(60, 1100))


def live(world: World, referrals: list[Referral]) -> list[ReferredIncident]:
    """Find the families of the referrals and tell what came of them; return the incidents for the front door."""
    referred: list[Family] = []
    incidents = []
    transfers = world.start
    for referral in referrals:
        while transfers < referral.day:
            transfers += DAY * max(8, round(world.rng.expovariate(1 / 45) / world.scale))
            transfer_in(world, new_family(world, transfers, size=1).children[0], transfers)
        children = _find_children(world, referral, referred)
        incidents.append(_assess(world, referral, children))
    return incidents


def _find_children(world: World, referral: Referral, referred: list[Family]) -> list[Child]:
    rng = world.rng
    size = len(referral.needs)
    if referral.needs[0].seen == "NA":
        child = new_unborn(world, referral.needs[0].authorised)
        child.family.last_referral = referral.day
        return [child]
    if referred and rng.random() < _RETURNING:
        for _ in range(14):
            family = referred[rng.randrange(max(0, len(referred) - 1300), len(referred))]
            if family.last_referral is None or not 45 <= (referral.day - family.last_referral).days <= 800:
                continue
            children = [child for child in family.children if _is_free(child, referral.day)]
            if len(children) >= size:
                family.last_referral = referral.day
                return rng.sample(children, size)
    family = new_family(world, referral.day, size=max(size, rng.choices((1, 2, 3, 4, 5), (42, 32, 16, 7, 3))[0]))
    family.last_referral = referral.day
    referred.append(family)
    return rng.sample(family.children, size)


def _is_free(child: Child, day: dt.date) -> bool:
    return (
        child.responsible is None
        and child.born_known_on is None
        and is_child_on(child, day, spare_days=240)
        and child.assessment_until < day - 20 * DAY
        and not any(start <= day + 200 * DAY and day < end for start, end, _ in child.care_periods)
    )


def _assess(world: World, referral: Referral, children: list[Child]) -> ReferredIncident:
    rng = world.rng
    outcome = rng.choices(_OUTCOMES, _OUTCOME_WEIGHTS)[0]
    if any(DAY * 5 < referral.day - child.registered_until < DAY * 320 for child in children) and rng.random() < 0.45:
        # A family that came off the register within the year goes back to conference more often than others.
        outcome = "CP"
    assessments = [
        _add_assessment(world, referral, need, child, outcome)
        for need, child in zip(referral.needs, children, strict=True)
    ]
    authorised = referral.needs[0].authorised
    for child in children:
        child.assessment_until = authorised
    strategy = add_working_days(referral.day, rng.randint(0, 4))
    registered_on = None
    if outcome == "CP":
        registered_on = investigate(world, children, strategy, "ICPC")
    elif outcome == "PLAN" and rng.random() < 0.30:
        investigate(world, children, strategy, "PLAN")
    elif rng.random() < 0.08:
        investigate(world, children, strategy, "NFA")
    begun = max(registered_on or authorised, authorised if outcome == "PLAN" else referral.day)
    _consider_care(world, children, outcome, begun)
    if outcome == "PLAN":
        start = authorised + DAY * rng.randint(0, 7)
        end = start + DAY * world.days(225, 30, 900)
        for child in children:
            until = min([end, *(began for began, _, _ in child.care_periods if began > start)])
            if not child.is_looked_after_on(start):
                open_plan(world, child, "CASP", start, until, team=_plan_team(child))
    return ReferredIncident(referral.day, children, assessments)


def _consider_care(world: World, children: list[Child], outcome: str, begun: dt.date) -> None:
    """Let some children come into care: after registration, from a plan, rarely at once."""
    rng = world.rng
    chance = {"CP": 0.31, "PLAN": 0.12, "NFA": 0.0, "IAA": 0.012}[outcome]
    if dt.date(2017, 1, 1) <= begun <= dt.date(2017, 9, 30):
        # "An unprecedented increase in Looked After Children between January and September 2017".
        chance *= 1.5
    if rng.random() >= chance:
        return
    start = begun + DAY * rng.randint(3, 170)
    for child in children:
        if is_child_on(child, start, spare_days=30) and rng.random() < 0.85 and not child.care_periods:
            start_care(world, child, start)


def _plan_team(child: Child) -> str:
    return "CWD" if child.is_disabled else "AIT" if child.family.number % 3 == 0 else "CASP TEAM"


def _keyed_by_stock_day(world: World, event: dt.date, keyed: dt.datetime) -> dt.datetime:
    """Pull a late keying forward to the day of the published stock, which was counted from what was keyed."""
    stock = world.calibration.open_stock
    if stock is None or not event <= stock.day < keyed.date():
        return keyed
    return dt.datetime.combine(stock.day, keyed.time())


def _add_assessment(world: World, referral: Referral, need: Need, child: Child, outcome: str) -> Record:
    rng = world.rng
    assessment = world.add(
        Record(
            entity="assessment",
            child=child,
            recorded_at=_keyed_by_stock_day(world, referral.day, world.keyed_at(referral.day)),
            values={
                "version_no": 1,
                "contact_no": None,
                "referral_date": referral.day if need.has_referral_day else None,
                "start_date": min(add_working_days(referral.day, rng.randint(1, 4)), need.authorised),
                "authorised_date": None,
                "status": "OPEN",
                "child_seen": None,
                "child_seen_alone": None,
                "not_seen_reason": None,
                "outcome": None,
                "delay_reason": None,
                "team": referral.team,
                "worker": world.worker(),
            },
        )
    )
    finished = _keyed_by_stock_day(world, need.authorised, world.keyed_at(need.authorised))
    assessment.change(
        finished.date(),
        authorised_date=need.authorised,
        status="COMPLETE",
        child_seen=need.seen or None,
        child_seen_alone=_seen_alone(world, need, child),
        not_seen_reason="unborn" if need.seen == "NA" else "not at home on three visits" if need.seen == "N" else None,
        outcome=outcome,
        delay_reason=rng.choice(_DELAYS) if need.is_late and (world.is_clean or rng.random() < 0.93) else None,
    )
    return assessment


def _seen_alone(world: World, need: Need, child: Child) -> str | None:
    if need.seen == "NA" or age_on(child.born, need.authorised) < 3:
        return "NA"
    if need.seen != "Y":
        return need.seen or None
    return "Y" if world.rng.random() < 0.78 else "N"
