"""Section 47 enquiries, conferences and the child protection register."""

from __future__ import annotations

import datetime as dt

from csc_warehouse.sample.calendar import add_working_days, birthday
from csc_warehouse.sample.model import DAY, Child, Record, World
from csc_warehouse.sample.plans import open_plan

_CATEGORIES = ("NEG", "EMO", "PHY", "SEX", "NEG+EMO", "EMO+PHY", "NEG+PHY", "FIN")
_CATEGORY_WEIGHTS = (36, 32, 9, 5, 11, 4, 2, 1)


def investigate(world: World, children: list[Child], strategy: dt.date, outcome: str) -> dt.date | None:
    """Hold a strategy discussion about siblings; return the day of registration where it came to that."""
    rng = world.rng
    enquiry_end = add_working_days(strategy, rng.randint(3, 11))
    conference = None
    is_registered = False
    if outcome == "ICPC":
        conference = add_working_days(strategy, rng.randint(9, 15) if rng.random() < 0.89 else rng.randint(16, 32))
        enquiry_end = conference - DAY * rng.randint(1, 4)
        is_registered = rng.random() < 0.83
    for child in children:
        record = world.add(
            Record(
                entity="s47",
                child=child,
                recorded_at=world.keyed_at(strategy),
                values={
                    "strategy_date": strategy,
                    "enquiry_end_date": None,
                    "outcome": None,
                    "conference_date": None,
                    "conference_outcome": None,
                },
            )
        )
        record.change(world.keyed_at(enquiry_end).date(), enquiry_end_date=enquiry_end, outcome=outcome)
        if conference is not None:
            comes_on = is_registered and child.registered_until <= conference
            comes_on = comes_on and register(world, child, conference, s47=record)
            record.change(
                world.keyed_at(conference).date(),
                conference_date=conference,
                conference_outcome="REG" if comes_on else "NOTREG",
            )
    return conference if is_registered else None


def register(
    world: World,
    child: Child,
    start: dt.date,
    *,
    s47: Record | None = None,
    until: dt.date | None = None,
    is_transfer_in: bool = False,
    is_temporary: bool = False,
) -> bool:
    """Put a child on the register, with a child protection plan for the same time; tell whether that was possible."""
    rng = world.rng
    end = until or start + DAY * world.days(300, 60, 900)
    end = min(end, birthday(child.born, 18) - DAY)
    if end <= start + 20 * DAY:
        return False
    child.registered_until = end
    registration = world.add(
        Record(
            entity="cp_registration",
            child=child,
            recorded_at=max([world.keyed_at(start), *([s47.recorded_at] if s47 else [])]),
            values={
                "s47_no": s47,
                "registered_date": start,
                "deregistered_date": None,
                "category": rng.choices(_CATEGORIES, _CATEGORY_WEIGHTS)[0],
                "transfer_in": "Y" if is_transfer_in else "N",
                "temporary": "Y" if is_temporary else "N",
            },
        )
    )
    registration.change(world.keyed_at(end).date(), deregistered_date=end)
    # A care and support plan gives way to the child protection plan.
    open_plan(world, child, "CP", start, end, team="SAFEGUARDING", closed_with=registration)
    return True


def transfer_in(world: World, child: Child, start: dt.date) -> None:
    """Register a child who moved here from another authority's register, at times for a stay only."""
    is_temporary = world.rng.random() < 0.4
    until = start + DAY * world.rng.randint(30, 80) if is_temporary else None
    register(world, child, start, until=until, is_transfer_in=not is_temporary, is_temporary=is_temporary)
