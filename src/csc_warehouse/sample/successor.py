"""The move from WCCIS to its successor: which rows came along, under which ids, and which stayed behind (section 8)."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

from csc_warehouse.sample.calendar import add_months
from csc_warehouse.sample.identities import was_adopted
from csc_warehouse.sample.migration import CAME_BACK_AT, InWccis, is_open_at
from csc_warehouse.sample.model import DAY, Record, Value, World

YEARS_KEPT = 6
"""Cases that were closed for longer were left behind."""
_NAMED_BY_NUMBER = 0.1
"""Share of the rows that both migrations brought, and that name RAISe's number in place of WCCIS's GUID."""


@dataclass(frozen=True)
class State:
    """What a row says from the end of a day on; None: it was taken back."""

    day: dt.date
    values: dict[str, Value] | None


@dataclass(frozen=True)
class InSuccessor:
    """One row of the successor: the records that it is made of, and how it names the row that it stands for."""

    versions: tuple[Record, ...]
    """More than one for an assessment that was authorised again."""
    identity: str
    migrated_from: str
    """Blank: it was keyed here."""
    created_at: dt.datetime
    """Local time at which the row first stood in WCCIS, or in RAISe where it was migrated from there."""
    states: tuple[State, ...]

    @property
    def first(self) -> Record:
        """Return the record that says whom it is about."""
        return self.versions[0]


@dataclass(frozen=True)
class _Move:
    """The days of a move: WCCIS's last delivery, the successor's first day, and its last delivery."""

    delivered_until: dt.date
    first_day: dt.date
    last: dt.date


def move(
    world: World, placed: dict[int, InWccis], delivered_until: dt.date, first_day: dt.date, last: dt.date
) -> dict[str, list[InSuccessor]]:
    """Return the rows of the successor by entity, each with what it says from its first day to the last.

    placed: where records stand in WCCIS. delivered_until: the day of WCCIS's last delivery. What WCCIS had soft-deleted
    was not migrated, persons and contacts apart.
    """
    days = _Move(delivered_until, first_day, last)
    rng = random.Random(f"successor {world.seed} {world.authority}")  # noqa: S311 - which rows to choose is no secret
    left = _left_behind(world, first_day)
    rows: dict[str, list[InSuccessor]] = {}
    for entity, records in world.records.items():
        groups: dict[str, list[Record]] = {}
        for record in records:
            if id(record) in placed and placed[id(record)].start <= last and id(record.child) not in left:
                groups.setdefault(record.identity, []).append(record)
        for identity, versions in groups.items():
            row = _row(world, placed, entity, identity, versions, days, rng)
            if row is not None:
                rows.setdefault(entity, []).append(row)
    return rows


def _left_behind(world: World, first_day: dt.date) -> set[int]:
    """Return the children without anything open or newer than six years."""
    oldest = add_months(first_day, -12 * YEARS_KEPT)
    kept: set[int] = set()
    for records in world.records.values():
        for record in records:
            days = [record.recorded_at.date(), *(day for day, _ in record.changes)]
            if record.child is not None and (max(days) >= oldest or is_open_at(record, first_day)):
                kept.add(id(record.child))
    # a merge speaks of two children, and comes with either
    return {id(child) for child in world.children if id(child) not in kept}


def _row(  # noqa: PLR0917  (one row, and all that decides what becomes of it)
    world: World,
    placed: dict[int, InWccis],
    entity: str,
    identity: str,
    versions: list[Record],
    days: _Move,
    rng: random.Random,
) -> InSuccessor | None:
    first_day = days.first_day
    is_old = any(placed[id(record)].start < first_day for record in versions)
    states = list(_states(placed, versions, first_day, days.last))
    if is_old and entity == "mergedrecord" and states and states[0].values and states[0].values.get("inactive") == 1:
        changed = max((day for record in versions for day, _ in record.changes if day <= first_day), default=first_day)
        if changed < first_day - 7 * DAY:
            return None
        # it was undone after WCCIS's last delivery may have been made: the successor says so
        states[0] = State(first_day, None)
    if is_old and states and states[0].values is None and _gone_for_long(versions, first_day):
        return None
    if not states or (not is_old and states[0].values is None):
        return None
    named = _named(placed, identity, versions, days, rng) if is_old else _named_by_number(placed, versions)
    guid, created_at = world.guid(f"successor {entity}", identity), _created_at(versions[0], placed[id(versions[0])])
    return InSuccessor(tuple(versions), guid, named, created_at, tuple(states))


def _created_at(record: Record, place: InWccis) -> dt.datetime:
    """Return when a row was made: of a client whom RAISe knew and who was not migrated, when he or she came back."""
    if place.is_migrated or record.recorded_at.date() >= place.start:
        return record.recorded_at
    return dt.datetime.combine(place.start, CAME_BACK_AT)


def _gone_for_long(versions: list[Record], first_day: dt.date) -> bool:
    """Tell whether WCCIS's last delivery, at most a week before, no longer had the row."""
    return all(record.deleted_on is not None and record.deleted_on < first_day - 7 * DAY for record in versions)


def _named(placed: dict[int, InWccis], identity: str, versions: list[Record], days: _Move, rng: random.Random) -> str:
    """Return how a row that WCCIS had names it: by RAISe's number where it may, or where nobody was told of the GUID.

    An adopted child's number is named by what the first migration brought alone (deliveries.md section 8).
    """
    old = [record for record in versions if placed[id(record)].start < days.first_day]
    if old[0].entity == "client" and placed[id(old[0])].start > days.delivered_until:
        number = _named_by_number(placed, old)
        if number:
            return number
    numbers = [placed[id(record)].legacy_number for record in old if record.legacy_number is None]
    is_by_number = bool(numbers and numbers[0]) and placed[id(old[0])].is_migrated and rng.random() < _NAMED_BY_NUMBER
    if is_by_number and not (old[0].entity == "client" and was_adopted(old[0].child)):
        number = numbers[0]
        return f"raise:{number.lstrip('0') if rng.random() < 0.5 else number}"
    return f"{'WCCIS' if rng.random() < 0.1 else 'wccis'}:{identity.upper() if rng.random() < 0.3 else identity}"


def _named_by_number(placed: dict[int, InWccis], versions: list[Record]) -> str:
    """Return how a new row names a client whom only RAISe knew, and who has come back."""
    numbers = [placed[id(record)].legacy_number or record.legacy_number for record in versions]
    return f"raise:{numbers[0]}" if versions[0].entity == "client" and numbers and numbers[0] else ""


def _states(placed: dict[int, InWccis], versions: list[Record], first_day: dt.date, last: dt.date) -> Iterator[State]:
    """Yield what a row says from its first day here on, whenever it says something else."""
    days = {max(first_day, placed[id(record)].start) for record in versions}
    for record in versions:
        days |= {day for day, _ in record.changes}
        days |= {record.deleted_on} if record.deleted_on is not None else set()
    said: dict[str, Value] | None = {}
    for day in sorted(day for day in days if first_day <= day <= last):
        there = [record for record in versions if placed[id(record)].start <= day]
        values = _values([r for r in there if r.deleted_on is None or r.deleted_on > day], placed, day)
        if there and values != said:
            said = values
            yield State(day, values)


def _values(there: list[Record], placed: dict[int, InWccis], day: dt.date) -> dict[str, Value] | None:
    """Return what an assessment's first authorised version says, else its highest; of all else there is one version."""
    if not there:
        return None
    said = [_at(record, placed[id(record)], day) for record in there]
    said = [values for values in said if values.get("status") != "CANCELLED"] or said

    def number(values: dict[str, Value]) -> int:
        stated = values.get("version_no")
        return stated if isinstance(stated, int) else 1

    authorised = [values for values in said if values.get("authorised_date") is not None]
    return min(authorised, key=number) if authorised else max(said, key=number)


def _at(record: Record, place: InWccis, day: dt.date) -> dict[str, Value]:
    """Return what a record says at the end of a day; the times that WCCIS's own migration lost stay lost."""
    values = dict(record.values)
    for changed, new in record.changes:
        if changed < place.start:
            values |= new
    if place.is_migrated:
        values = {
            name: dt.datetime.combine(value.date(), dt.time()) if isinstance(value, dt.datetime) else value
            for name, value in values.items()
        }
    for changed, new in record.changes:
        if place.start <= changed <= day:
            values |= new
    return values
