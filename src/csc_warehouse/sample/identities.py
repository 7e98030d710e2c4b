"""The mess of identity: doubled and merged children, odd client rows, adopted children, links that mislead."""

from __future__ import annotations

import datetime as dt

from csc_warehouse.sample.migration import InWccis
from csc_warehouse.sample.model import DAY, Child, Record, World

_MERGED = 0.6
"""Share of the doubled children whose rows were merged after the cut-over."""


def add_client_mess(world: World) -> None:
    """Blur some client rows; children who are assessed keep their responsible authority."""
    rng = world.rng
    assessed = {id(record.child) for record in world.records["assessment"]}
    for client in world.records["client"]:
        child = client.child
        draw = rng.random()
        if child is None:
            continue
        if draw < 0.06 and child.responsible is None:
            client.values["resp_la"] = world.authority
        elif draw < 0.063 and child.responsible is None and id(child) not in assessed and not child.plans:
            client.values["resp_la"] = "W06000099"
        elif draw < 0.068:
            client.values["dob"] = None
            client.values["expected_dob"] = None
            client.changes = [
                (day, {name: value for name, value in new.items() if name != "dob"}) for day, new in client.changes
            ]
        elif draw < 0.072:
            client.values["sex"] = rng.choice(("X", None))
        elif draw < 0.08:
            client.values["postcode"] = None
        elif draw < 0.081 and not child.plans:
            client.change(
                client.recorded_at.date() + DAY * rng.randint(30, 300),
                date_of_death=client.recorded_at.date() + DAY * 20,
            )
        elif draw < 0.085:
            client.values["surname"] = (
                f"{client.values['surname']}, also known as {rng.choice(('Hughes', 'Bevan', 'Wynne'))}"
            )


def add_merges(world: World, placed: dict[int, InWccis]) -> None:
    """Merge doubled children in WCCIS, some in a chain; undo one; leave a pair pointing at each other."""
    rng = world.rng
    if world.cut_over is None:
        return
    first_day = world.cut_over + DAY * 12
    span = max((world.horizon - first_day).days - 20, 30)
    merged: list[tuple[Record, Record, dt.date]] = []
    for child in world.children:
        master = child.duplicate_of.record if child.duplicate_of else None
        subordinate = child.record
        if master is None or subordinate is None or rng.random() >= _MERGED or was_adopted(child.duplicate_of):
            continue
        if id(master) not in placed or id(subordinate) not in placed:
            continue
        day = max(
            first_day + DAY * rng.randrange(span), placed[id(master)].start + DAY, placed[id(subordinate)].start + DAY
        )
        merged.append((master, subordinate, day))
        _merge(world, placed, master, subordinate, day)
        subordinate.change(day, inactive=1)
    if len(merged) > 5:
        undone = world.records["mergedrecord"][0]
        undone.change(undone.recorded_at.date() + DAY * 9, inactive=1)
        merged[0][1].change(undone.recorded_at.date() + DAY * 9, inactive=0)
        # A chain: the master of one merge turns out to be a double of somebody else again.
        (_, lower, _), (upper, _, day) = merged[1], merged[2]
        _ = lower
        _merge(world, placed, upper, merged[1][0], day + DAY * 3)
        # A cycle, made by two clerks on one day: it is reported, and both children stay apart.
        (left, _, _), (right, _, day) = merged[3], merged[4]
        _merge(world, placed, left, right, day + DAY * 5)
        _merge(world, placed, right, left, day + DAY * 5)


def was_adopted(child: Child | None) -> bool:
    """Tell whether any of a child's periods of care ends with an adoption."""
    return child is not None and any(reason == "ADOPTED" for _, _, reason in child.care_periods)


def _merge(world: World, placed: dict[int, InWccis], master: Record, subordinate: Record, day: dt.date) -> None:
    at = dt.datetime.combine(day, dt.time(11)) + dt.timedelta(minutes=world.rng.randrange(300))
    record = world.add(
        Record(
            entity="mergedrecord",
            child=None,
            recorded_at=at,
            values={"entity": "person", "masterid": master, "subordinateid": subordinate, "mergedon": at},
        )
    )
    record.identity = world.guid("mergedrecord", len(world.records["mergedrecord"]))
    placed[id(record)] = InWccis(day, is_migrated=False, legacy_number="")


def mislead(world: World, placed: dict[int, InWccis]) -> None:
    """Add links as migrations and clerks leave them: two rows for one old row, an unknown number, adopted children."""
    rng = world.rng
    if world.cut_over is None:
        return
    migrated = [
        record for record in world.records["contact"] if id(record) in placed and placed[id(record)].is_migrated
    ]
    migrated = [record for record in migrated if record.latest("status") == "ACTIVE" and record.deleted_on is None]
    for record in rng.sample(migrated, min(3, len(migrated))):
        final = dict(record.values)
        for _, new in record.changes:
            final |= new
        twin = world.add(
            Record("contact", record.child, record.recorded_at, final, legacy_number=f"{record.number:07d}")
        )
        twin.identity = world.guid("contact twin", record.number)
        placed[id(twin)] = InWccis(world.cut_over, is_migrated=True, legacy_number=f"{record.number:07d}")
    native = [
        record for record in world.records["contact"] if id(record) in placed and not placed[id(record)].is_migrated
    ]
    for number, record in enumerate(rng.sample(native, min(2, len(native)))):
        record.legacy_number = f"{9990001 + number:07d}"
    _hide_adopted(world, placed)


def _hide_adopted(world: World, placed: dict[int, InWccis]) -> None:
    """Give two adopted children a new identity; a clerk ties one to the old one, which nobody may follow."""
    assert world.cut_over is not None  # noqa: S101 - mislead has looked
    adopted = [
        child
        for child in world.children
        if was_adopted(child)
        and child.record is not None
        and id(child.record) in placed
        and placed[id(child.record)].is_migrated
        and any(reason == "ADOPTED" and end <= world.horizon - 90 * DAY for _, end, reason in child.care_periods)
    ]
    for index, child in enumerate(adopted[:2]):
        old = child.record
        assert old is not None  # noqa: S101 - chosen above
        day = max(world.cut_over, *(end for _, end, _ in child.care_periods)) + DAY * 30
        at = dt.datetime.combine(day, dt.time(10, 15))
        values = dict(old.values) | {"surname": "Newydd", "family_no": 7000 + world.next("family"), "upn": None}
        person = world.add(Record("client", None, at, values))
        person.identity = world.guid("adopted", index)
        placed[id(person)] = InWccis(day, is_migrated=False, legacy_number=f"{old.number:07d}" if index == 0 else "")
        if index == 1:
            _merge(world, placed, person, old, day + DAY)
