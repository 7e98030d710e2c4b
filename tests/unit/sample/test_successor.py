"""The successor's deliveries: their form, what the move lost and kept, changes that add up to the next full."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from csc_warehouse.errors import UsageError
from csc_warehouse.sample import CUT_OVER, HOME_AUTHORITY, write_sample
from csc_warehouse.sample.calibration import load_calibration
from csc_warehouse.sample.generate import generate
from csc_warehouse.sample.identities import add_merges
from csc_warehouse.sample.migration import InWccis, migrate
from csc_warehouse.sample.model import DAY, World
from csc_warehouse.sample.successor import InSuccessor, move
from csc_warehouse.sample.successor_tables import TEAMS
from csc_warehouse.sample.successor_writer import write_successor
from tests.support.parquet_deliveries import COFNOD_COLUMNS, schema

FIRST, LAST = dt.date(2018, 12, 5), dt.date(2018, 12, 16)


def council() -> tuple[World, dict[int, InWccis]]:
    world = generate(
        HOME_AUTHORITY,
        seed=8,
        start=dt.date(2018, 1, 1),
        horizon=LAST,
        cut_over=CUT_OVER,
        scale=0.1,
        calibration=load_calibration().uncalibrated(),
        is_clean=False,
        progress=_silent,
    )
    placed = migrate(world)
    add_merges(world, placed)
    return world, placed


def _silent(what: str, done: int, of: int) -> None:
    """Show no progress."""


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("successor")
    write_successor(*council(), out, FIRST, LAST, _silent)
    return out / "cofnod" / HOME_AUTHORITY


def rows(folder: Path, entity: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(folder / f"{entity}.parquet").to_pylist()
    return found


def test_each_delivery_has_every_entity_as_agreed_and_a_manifest_that_agrees(exports: Path) -> None:
    days = sorted(path.name for path in exports.iterdir())
    assert (days[0], days[-1], len(days)) == ("2018-12-05", "2018-12-16", 12)
    for folder in exports.iterdir():
        manifest = json.loads((folder / "manifest.json").read_text())
        is_full = folder.name in ("2018-12-05", "2018-12-09", "2018-12-16")
        assert manifest["extract_type"] == ("full" if is_full else "changes")
        assert [file["name"] for file in manifest["files"]] == [f"{entity}.parquet" for entity in COFNOD_COLUMNS]
        for file in manifest["files"]:
            content = (folder / file["name"]).read_bytes()
            found = pq.read_table(folder / file["name"])
            assert found.num_rows == file["rows"]
            assert hashlib.sha256(content).hexdigest() == file["sha256"]
            assert found.schema.equals(schema(file["name"].removesuffix(".parquet")))


def test_the_same_council_is_written_in_the_same_bytes(exports: Path, tmp_path: Path) -> None:
    write_successor(*council(), tmp_path, FIRST, LAST, _silent)
    again = tmp_path / "cofnod" / HOME_AUTHORITY
    for path in sorted(exports.rglob("*.parquet")):
        assert (again / path.relative_to(exports)).read_bytes() == path.read_bytes()


def test_changes_since_a_full_add_up_to_the_next(exports: Path) -> None:
    taken_back = 0
    for entity in COFNOD_COLUMNS:
        held = {str(row["id"]).lower(): row for row in rows(exports / "2018-12-09", entity)}
        for day in range(10, 17):
            folder = exports / f"2018-12-{day:02d}"
            said = rows(folder, entity)
            if day == 16:
                assert {str(row["id"]).lower() for row in said} == held.keys() | {
                    str(row["id"]).lower() for row in said if row["changed_at"].date() == dt.date(2018, 12, 16)
                }, entity
                break
            for row in said:
                taken_back += row["change"] == "delete"
                held[str(row["id"]).lower()] = row
            held = {key: row for key, row in held.items() if row["change"] == "upsert"}
    assert taken_back >= 0


def test_what_was_moved_names_the_row_that_it_was_and_has_ids_of_its_own(exports: Path) -> None:
    world, placed = council()
    guids = {record.identity for records in world.records.values() for record in records if id(record) in placed}
    contacts = rows(exports / FIRST.isoformat(), "contacts")
    named = [row["migrated_from"].strip().lower() for row in contacts if row["migrated_from"]]
    assert len(named) > 0.9 * len(contacts)
    assert {text.partition(":")[0] for text in named} == {"wccis", "raise"}
    assert all(text.partition(":")[2] in guids for text in named if text.startswith("wccis:"))
    assert not {str(row["id"]).lower() for row in contacts} & guids
    assert {row["team"] for row in contacts if row["team"]} - set(TEAMS.values()) != set(TEAMS.values())
    assert "Front Door" in {row["team"] for row in contacts}
    statuses = {row["status"] for row in contacts if row["change"] == "upsert" and row["status"]}
    assert {status.strip().lower() for status in statuses} == {"live", "void"}


def test_a_client_whom_wccis_did_not_deliver_is_named_by_the_old_number() -> None:
    world, placed = council()
    returned = {
        record.identity: placed[id(record)]
        for record in world.records["client"]
        if id(record) in placed and not placed[id(record)].is_migrated and placed[id(record)].legacy_number
    }
    returned = {identity: place for identity, place in returned.items() if place.start <= LAST}
    days = sorted(place.start for place in returned.values())
    delivered_until = days[len(days) // 2] - DAY
    rows = {row.first.identity: row for row in clients(world, placed, delivered_until, delivered_until + 4 * DAY)}
    told = {place.start <= delivered_until for place in returned.values()}
    assert told == {True, False}
    for identity, place in returned.items():
        row = rows[identity]
        assert row.created_at.date() == place.start
        if place.start <= delivered_until:
            assert row.migrated_from.lower() == f"wccis:{identity}"
        else:
            assert row.migrated_from == f"raise:{place.legacy_number}"


def test_an_adopted_child_is_named_by_what_the_first_migration_brought() -> None:
    world, placed = council()
    known = dt.date(2018, 11, 25), dt.date(2018, 11, 28)
    assert any(
        row.migrated_from.startswith("raise:") for row in clients(world, placed, *known) if is_migrated(row, placed)
    )
    for child in world.children:
        child.care_periods.append((FIRST - 100 * DAY, LAST, "ADOPTED"))
    named = {
        row.migrated_from.partition(":")[0].lower()
        for row in clients(world, placed, *known)
        if is_migrated(row, placed)
    }
    assert named == {"wccis"}


def clients(
    world: World, placed: dict[int, InWccis], delivered_until: dt.date, first_day: dt.date
) -> list[InSuccessor]:
    return move(world, placed, delivered_until, first_day, LAST)["client"]


def is_migrated(row: InSuccessor, placed: dict[int, InWccis]) -> bool:
    return placed[id(row.first)].is_migrated


def test_an_assessment_is_one_row_whatever_its_versions(exports: Path) -> None:
    world, placed = council()
    versions = [record for record in world.records["assessment"] if id(record) in placed]
    found = rows(exports / "2018-12-16", "assessments")
    assert len({record.identity for record in versions}) < len(versions)
    assert len({str(row["id"]).lower() for row in found}) == len(found)


def test_a_first_day_that_leaves_wccis_nothing_is_refused(tmp_path: Path) -> None:
    for day in (CUT_OVER, dt.date(2019, 1, 1)):
        with pytest.raises(UsageError, match="give a day after that, up to 2018-12-31"):
            write_sample(tmp_path, successor_from=day)
