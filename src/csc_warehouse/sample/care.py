"""Being looked after: periods of care, episodes, placements, health, school moves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from csc_warehouse.sample.calendar import add_working_days, age_on, birthday
from csc_warehouse.sample.model import DAY, Child, Record, World
from csc_warehouse.sample.plans import open_plan

_PLACEMENTS = ("FOST_LA", "KIN", "FOST_IFA", "PARENT", "RES_IND", "RES_LA", "INDEP")
_WEIGHTS_BY_AGE = {5: (50, 27, 12, 11, 0, 0, 0), 12: (42, 22, 20, 9, 6, 1, 0), 16: (32, 14, 22, 6, 20, 6, 0)}
_WEIGHTS_OLDEST = (28, 10, 16, 4, 16, 4, 22)
_PROVIDERS = {
    "FOST_LA": ("OWN", "OWN", "OWN", "OWN", "OWN", "OWN", "OWN", "OWN", "OTHER_LA"),
    "KIN": ("OWN",),
    "FOST_IFA": ("IFA",),
    "PARENT": ("PARENT",),
    "RES_IND": ("PRIVATE", "PRIVATE", "PRIVATE", "VOLUNTARY"),
    "RES_LA": ("OWN",),
    "INDEP": ("PRIVATE", "VOLUNTARY"),
    "ADOPT": ("OWN", "OTHER_LA"),
    "SECURE": ("OTHER_LA",),
    "TEMP": ("OWN", "PRIVATE"),
}
_NEIGHBOURS = ("W06000005", "W06000004", "W06000003", "W06000023", "E06000050", "E06000049", "E06000051", "E08000012")
_NEIGHBOUR_WEIGHTS = (34, 14, 8, 8, 16, 8, 10, 2)


@dataclass(slots=True)
class Placement:
    """Where a child lives from a day on."""

    number: int
    start: dt.date
    kind: str
    provider: str
    area: str | None


def start_care(world: World, child: Child, start: dt.date, *, end: dt.date | None = None) -> dt.date:
    """Tell a period of care from its start to its end and return the end; it may lie beyond the horizon."""
    rng = world.rng
    adult = birthday(child.born, 18)
    if end is None:
        end = start + DAY * (rng.randint(3, 240) if rng.random() < 0.36 else world.days(1250, 200, 5000))
    end = min(end, adult)
    reason = "ADULT" if end == adult else _end_reason(world, child, end)
    child.care_periods.append((start, end, reason))
    period = world.next("care_period")
    placements = _placements(world, child, start, end, reason)
    legal = _legal_statuses(world, start, end, reason)
    _keep_with_order(placements, legal)
    last = _add_episodes(world, child, period, placements=placements, statuses=legal, end=end, reason=reason)
    team = "LAC" if age_on(child.born, start) < 16 else "LEAVING CARE"
    open_plan(world, child, "LAC", start, end, team=team, closed_with=last)
    _add_health(world, child, period, placements, end)
    _add_school_moves(world, child, start, end)
    return end


def add_short_breaks(world: World, child: Child, start: dt.date, end: dt.date) -> None:
    """Give a disabled child a series of short breaks, which is no period of care (V3, V4)."""
    rng = world.rng
    placement = Placement(
        world.next("placement"), start, "RES_LA" if rng.random() < 0.5 else "FOST_LA", "OWN", world.authority
    )
    _add_episodes(
        world,
        child,
        world.next("care_period"),
        placements=[placement],
        statuses=[(start, rng.choice(("V3", "V4")))],
        end=end,
        reason="OTHER",
    )


def place_for_other_authority(world: World, child: Child, start: dt.date, end: dt.date) -> None:
    """Note the placement here of a child for whom another authority is responsible."""
    rng = world.rng
    kind, provider = rng.choice((("RES_IND", "PRIVATE"), ("RES_IND", "PRIVATE"), ("FOST_IFA", "IFA")))
    placement = Placement(world.next("placement"), start, kind, provider, world.authority)
    end = min(end, birthday(child.born, 18))
    child.care_periods.append((start, end, "OTHER"))
    _add_episodes(
        world,
        child,
        world.next("care_period"),
        placements=[placement],
        statuses=[(start, "C2")],
        end=end,
        reason="OTHER",
    )


def _end_reason(world: World, child: Child, end: dt.date) -> str:
    age = age_on(child.born, end)
    if age < 5:
        return world.rng.choices(("ADOPTED", "HOME", "SGO", "OTHER"), (36, 26, 33, 5))[0]
    if age < 16:
        return world.rng.choices(("HOME", "SGO", "OTHER", "ADOPTED"), (46, 30, 19, 5))[0]
    return world.rng.choices(("INDEP", "HOME", "OTHER"), (45, 40, 15))[0]


def _new_placement(world: World, child: Child, start: dt.date, kind: str | None = None) -> Placement:
    rng = world.rng
    if kind is None:
        age = age_on(child.born, start)
        weights = next((weights for limit, weights in _WEIGHTS_BY_AGE.items() if age < limit), _WEIGHTS_OLDEST)
        kind = rng.choices(_PLACEMENTS, weights)[0]
    is_away = rng.random() < (0.55 if kind in {"FOST_IFA", "RES_IND", "ADOPT"} else 0.14)
    neighbours = [code for code in _NEIGHBOURS if code != world.authority]
    area = rng.choices(neighbours, _NEIGHBOUR_WEIGHTS[: len(neighbours)])[0] if is_away else world.authority
    if not world.is_clean and rng.random() < 0.01:
        return Placement(world.next("placement"), start, kind, rng.choice(_PROVIDERS[kind]), None)
    return Placement(world.next("placement"), start, kind, rng.choice(_PROVIDERS[kind]), area)


def _placements(world: World, child: Child, start: dt.date, end: dt.date, reason: str) -> list[Placement]:
    rng = world.rng
    placements = [_new_placement(world, child, start)]
    day = start
    is_restless = rng.random() < 0.09
    while True:
        mean = 120 if is_restless else 480 if (day - start).days < 365 else 1200
        day += DAY * max(12, round(rng.expovariate(1 / mean)))
        if day >= end - 15 * DAY or day > world.horizon + 60 * DAY:
            break
        if rng.random() < 0.12:
            # Hospital, holiday or respite of up to a week; the child comes back to the same placement.
            placements.append(_new_placement(world, child, day, "TEMP"))
            before = placements[-2]
            day += DAY * rng.randint(1, 6)
            placements.append(Placement(before.number, day, before.kind, before.provider, before.area))
        else:
            placements.append(_new_placement(world, child, day))
    if reason == "ADOPTED" and (end - placements[-1].start).days > 160:
        placements.append(_new_placement(world, child, end - DAY * rng.randint(90, 150), "ADOPT"))
    return placements


def _legal_statuses(world: World, start: dt.date, end: dt.date, reason: str) -> list[tuple[dt.date, str]]:
    rng = world.rng
    statuses = [(start, rng.choices(("V2", "C1", "J1", "L1", "J2", "L2"), (56, 36, 3, 2, 2, 1))[0])]
    days = (end - start).days
    if statuses[0][1] in {"J1", "L1", "J2", "L2"} and days > 40:
        statuses.append((start + DAY * rng.randint(8, 28), "V2"))
    if statuses[-1][1] == "V2" and days > 150 and rng.random() < 0.5:
        statuses.append((start + DAY * rng.randint(35, 120), "C1"))
    if statuses[-1][1] == "C1" and days > 400 and (reason == "ADOPTED" or rng.random() < 0.85):
        statuses.append((start + DAY * rng.randint(180, 300), "C2"))
    if reason == "ADOPTED" and days > 600:
        statuses.append((start + DAY * rng.randint(310, 400), "E1"))
    return statuses


def _keep_with_order(placements: list[Placement], statuses: list[tuple[dt.date, str]]) -> None:
    """Let nobody be placed with the parents while accommodated by agreement: they go to their kin."""
    for index, placement in enumerate(placements):
        until = placements[index + 1].start if index + 1 < len(placements) else dt.date.max
        in_force = [status for day, status in statuses if day <= placement.start][-1:]
        in_force += [status for day, status in statuses if placement.start < day < until]
        if placement.kind == "PARENT" and not {"C1", "C2", "E1"}.issuperset(in_force):
            placement.kind, placement.provider = "KIN", "OWN"


def _add_episodes(
    world: World,
    child: Child,
    period: int,
    *,
    placements: list[Placement],
    statuses: list[tuple[dt.date, str]],
    end: dt.date,
    reason: str,
) -> Record:
    """Add the episodes of a period of care and return the last."""
    starts = sorted({placement.start for placement in placements} | {day for day, _ in statuses})
    before: Record | None = None
    for index, start in enumerate(starts):
        placement = [placement for placement in placements if placement.start <= start][-1]
        status = [status for day, status in statuses if day <= start][-1]
        is_moved = any(other.start == start for other in placements)
        is_changed = any(day == start for day, _ in statuses)
        episode = world.add(
            Record(
                entity="lac_episode",
                child=child,
                recorded_at=world.keyed_at(start),
                values={
                    "care_period_no": period,
                    "placement_no": placement.number,
                    "start_date": start,
                    "start_reason": "S" if index == 0 else "T" if is_moved and is_changed else "P" if is_moved else "L",
                    "legal_status": status,
                    "placement_type": placement.kind,
                    "provider": placement.provider,
                    "placement_la": placement.area,
                    "end_date": None,
                    "end_reason": None,
                },
            )
        )
        if before is not None:
            # The worker who keys a move closes the episode before it.
            before.change(episode.recorded_at.date(), end_date=start, end_reason="MOVE")
        before = episode
    assert before is not None  # noqa: S101 - every period has a first placement
    before.change(world.keyed_at(end).date(), end_date=end, end_reason=reason)
    return before


def _add_health(world: World, child: Child, period: int, placements: list[Placement], end: dt.date) -> None:
    rng = world.rng

    def add(kind: str, day: dt.date, placement: int | None) -> None:
        if day < end and day <= world.horizon:
            values = {"care_period_no": period, "placement_no": placement, "kind": kind, "event_date": day}
            world.add(Record(entity="lac_health", child=child, recorded_at=world.keyed_at(day), values={**values}))

    seen: set[int] = set()
    for placement in placements:
        if placement.kind == "TEMP" or placement.number in seen:
            continue
        seen.add(placement.number)
        draw = rng.random()
        if draw < 0.97:
            wait = rng.randint(0, 9) if draw < 0.92 else rng.randint(11, 40)
            add("GP", add_working_days(placement.start, max(wait, 1)), placement.number)
    first = placements[0].start
    if rng.random() < 0.95:
        day = first + DAY * (rng.randint(10, 85) if rng.random() < 0.74 else rng.randint(95, 200))
        while day < min(end, world.horizon):
            add("DENTIST", day, None)
            day += DAY * rng.randint(170, 400)


def _add_school_moves(world: World, child: Child, start: dt.date, end: dt.date) -> None:
    rng = world.rng
    last = min(end, world.horizon)
    moves: list[tuple[dt.date, str]] = []
    for year in range(start.year, last.year + 1):
        september = dt.date(year, 9, 4)
        if age_on(child.born, dt.date(year, 8, 31)) in {4, 11} and start <= september < last:
            moves.append((september, "TRANSITION"))
        day = dt.date(year, 1, 8) + DAY * rng.randint(0, 180)
        if 5 <= age_on(child.born, day) <= 15 and start <= day < last and rng.random() < 0.13:
            moves.append((day, rng.choices(("OTHER", "HOME", "ADOPTION"), (88, 8, 4))[0]))
    for day, reason in moves:
        world.add(
            Record(
                entity="school_move",
                child=child,
                recorded_at=world.keyed_at(day),
                values={"move_date": day, "reason": reason},
            )
        )
