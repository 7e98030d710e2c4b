"""The move from RAISe to WCCIS: numbers, GUIDs, and what of the old system came along (deliveries.md section 4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from csc_warehouse.sample.model import Child, Record, Value, World
from csc_warehouse.sample.tables import TABLES

_OF_CLOSED_CASES = 0.25
"""Share of the children without anything open whose records were migrated."""
_OF_OPEN_CASES_HISTORY = 0.93
_ALONE = 0.9
"""Share of the returning children whose new person row names the RAISe client."""
CAME_BACK_AT = dt.time(9, 10)
"""Local time at which a new person row was made for a client whom RAISe knew."""


@dataclass(slots=True)
class InWccis:
    """How a record stands in WCCIS."""

    start: dt.date
    """Business date that first shows it."""
    is_migrated: bool
    legacy_number: str


def number_records(world: World) -> None:
    """Number each entity's rows in the order of keying, and give every row its GUID."""
    for entity, records in world.records.items():
        records.sort(key=lambda record: record.recorded_at)
        for index, record in enumerate(records):
            record.identity = world.guid(entity, index)
            if entity == "client":
                record.values["personnumber"] = 40 + index
            if world.cut_over is not None and record.recorded_at.date() < world.cut_over:
                record.number = world.next(f"raise {entity}")
        for record in records:
            if record.other_version is not None:
                record.identity = record.other_version.identity
                record.number = record.other_version.number


def is_open_at(record: Record, day: dt.date) -> bool:
    """Tell whether something of a record is still to come on a day, or it has no end by then."""
    if any(changed >= day for changed, _ in record.changes) or (
        record.deleted_on is not None and record.deleted_on >= day
    ):
        return True
    end_column = TABLES[record.entity].end_column
    return (
        bool(end_column) and record.latest(end_column) is None and record.latest("status") not in {"VOID", "CANCELLED"}
    )


def migrate(world: World) -> dict[int, InWccis]:
    """Decide which records stand in WCCIS and from when, by the identity of the record object."""
    if world.cut_over is None:
        return {
            id(record): InWccis(record.recorded_at.date(), is_migrated=False, legacy_number="")
            for records in world.records.values()
            for record in records
        }
    cut_over = world.cut_over
    rng = world.rng
    old = [
        record
        for records in world.records.values()
        for record in records
        if record.recorded_at.date() < cut_over and (record.deleted_on is None or record.deleted_on >= cut_over)
    ]
    open_children: dict[int, Child] = {}
    must: set[int] = set()
    for record in old:
        # Of a client row only an expected birth is a matter still open.
        is_expected = record.entity == "client" and any("dob" in values for _, values in record.changes)
        if (record.entity != "client" or is_expected) and is_open_at(record, cut_over):
            must.add(id(record))
            if record.other_version is not None:
                must.add(id(record.other_version))
            if record.child is not None:
                open_children[id(record.child)] = record.child
    for record in world.records["assessment"]:
        # A case that is re-authorised in WCCIS was brought there first.
        if (
            record.other_version is not None
            and record.recorded_at.date() >= cut_over > record.other_version.recorded_at.date()
        ):
            must.add(id(record.other_version))
            if record.child is not None:
                open_children[id(record.child)] = record.child
    is_chosen: dict[int, bool] = {}
    whole: dict[tuple[str, Value], bool] = {}
    placed: dict[int, InWccis] = {}

    def is_child_chosen(child: Child) -> bool:
        if id(child) not in is_chosen:
            is_chosen[id(child)] = id(child) in open_children or rng.random() < _OF_CLOSED_CASES
        return is_chosen[id(child)]

    def comes_along(record: Record) -> bool:
        """Open rows come; plans, periods of care and all versions of an assessment come whole or not at all."""
        child = record.child
        if child is None or not is_child_chosen(child):
            return child is None and id(record) in must
        is_open = id(child) in open_children
        draw = rng.random() < _OF_OPEN_CASES_HISTORY
        comes = draw and record.latest("status") != "VOID"
        if record.entity == "client":
            comes = True
        elif record.entity == "lac_episode":
            comes = whole.setdefault(("period", record.values["care_period_no"]), draw) or is_open
        elif record.entity == "plan":
            comes = draw or is_open
        elif record.entity == "review":
            comes = draw and id(record.values["plan_no"]) in placed
        elif record.other_version is not None:
            comes = id(record.other_version) in placed
        return comes or id(record) in must

    order = {"plan": 0, "contact": 1, "s47": 2, "assessment": 3}
    for record in sorted(old, key=lambda record: (order.get(record.entity, 4), record.other_version is not None)):
        if comes_along(record):
            placed[id(record)] = InWccis(cut_over, is_migrated=True, legacy_number=f"{record.number:07d}")
    _place_new(world, cut_over, placed)
    return placed


def _place_new(world: World, cut_over: dt.date, placed: dict[int, InWccis]) -> None:
    """Place what was keyed after the cut-over, and the person rows that it needs."""
    first: dict[int, dt.date] = {}
    for records in world.records.values():
        for record in records:
            day = record.recorded_at.date()
            if day >= cut_over:
                placed[id(record)] = InWccis(day, is_migrated=False, legacy_number="")
                if record.child is not None:
                    first[id(record.child)] = min(day, first.get(id(record.child), day))
    for client in world.records["client"]:
        if id(client) not in placed and client.child is not None and id(client.child) in first:
            legacy = f"{client.number:07d}" if world.is_clean or world.rng.random() < _ALONE else ""
            placed[id(client)] = InWccis(first[id(client.child)], is_migrated=False, legacy_number=legacy)
