"""Care and support plans of the three kinds, and their statutory reviews (indicators.md, Reviews)."""

from __future__ import annotations

import datetime as dt

from csc_warehouse.sample.calendar import add_months, add_working_days, birthday
from csc_warehouse.sample.model import DAY, Child, Record, World

_ON_TIME = 0.956
_END_REASONS = ("aims met", "aims met", "stepped down", "family moved away", "no further support wanted")
_FIRST_REVIEW = {"CASP": 6, "CP": 3}
"""Months to the first review; a looked-after child's is due within 20 working days."""
_LAC_FIRST_WORKING_DAYS = 20


def open_plan(
    world: World,
    child: Child,
    kind: str,
    start: dt.date,
    end: dt.date,
    *,
    team: str,
    closed_with: Record | None = None,
) -> Record | None:
    """Open a plan with its reviews; None when the child has an open plan of the kind or is about to be 18.

    Its end is keyed with that of a registration or of a last episode of care where one is given.
    The plan ends at the latest with the 18th birthday; an end beyond the horizon means that it stays open.
    """
    end = min(end, birthday(child.born, 18))
    if end <= start + 5 * DAY or child.open_plan_until.get(kind, dt.date.min) > start:
        return None
    child.open_plan_until[kind] = end
    child.plans.append((start, end))
    plan = world.add(
        Record(
            entity="plan",
            child=child,
            recorded_at=world.keyed_at(start),
            values={
                "plan_type": kind,
                "start_date": start,
                "end_date": None,
                "end_reason": None,
                "team": team,
                "worker": world.worker(),
            },
        )
    )
    closed_on = closed_with.changes[-1][0] if closed_with and closed_with.changes else world.keyed_at(end).date()
    plan.change(closed_on, end_date=end, end_reason=world.rng.choice(_END_REASONS))
    _hold_reviews(world, plan, kind, start, end)
    return plan


def _next_due(kind: str, held: list[dt.date], start: dt.date) -> dt.date:
    if kind == "LAC":
        if not held:
            return add_working_days(start, _LAC_FIRST_WORKING_DAYS)
        return add_months(held[-1], 3 if len(held) == 1 else 6)
    return add_months(held[-1], 6) if held else add_months(start, _FIRST_REVIEW[kind])


def _hold_reviews(world: World, plan: Record, kind: str, start: dt.date, end: dt.date) -> None:
    """Hold the reviews of a plan until it ends or the horizon is reached."""
    rng = world.rng
    held: list[dt.date] = []
    while True:
        due = _next_due(kind, held, start)
        if due >= end or due > world.horizon + 120 * DAY:
            return
        if kind == "CASP" and not held and rng.random() < 0.72:
            # The council's own rule asks for the first review within three months.
            planned = add_months(start, 3) - DAY * rng.randint(1, 14)
        else:
            planned = due - DAY * rng.randint(1, 15)
        earliest = (held[-1] if held else start) + DAY
        planned = _office_day(max(planned, earliest))
        planned = min(planned, due)
        draw = rng.random()
        if draw >= _ON_TIME:
            planned = max(due - DAY * rng.randint(1, 7), min(earliest, due))
        on = planned if draw < _ON_TIME else due + DAY * rng.randint(1, 24 if draw < 0.99 or world.is_clean else 95)
        if on >= end:
            # The plan ended before the late review could be held: its row stays planned.
            _add_review(world, plan, planned, None)
            return
        _add_review(world, plan, planned, on)
        held.append(on)


def _office_day(day: dt.date) -> dt.date:
    return day - DAY * max(0, day.weekday() - 4)


def _add_review(world: World, plan: Record, planned: dt.date, held: dt.date | None) -> None:
    review = world.add(
        Record(
            entity="review",
            child=plan.child,
            recorded_at=max(plan.recorded_at, world.keyed_at(planned - 25 * DAY, lag=0)),
            values={"plan_no": plan, "planned_date": planned, "held_date": None, "status": "PLANNED"},
        )
    )
    if held is None:
        review.change(planned + DAY, status="CANCELLED")
    else:
        review.change(world.keyed_at(held).date(), held_date=held, status="HELD")
