"""Deliveries of Parquet files: complete or not there yet, refused or landed, taken back, rebuilt, erased."""

from __future__ import annotations

import datetime
import json
import os
import shutil
from typing import Any

import pyarrow as pa
import pytest

from csc_warehouse import landing
from csc_warehouse.landing.keeping.erasure import erase
from csc_warehouse.landing.keeping.holdings import holdings, known_child
from csc_warehouse.landing.keeping.rebuild import rebuild
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_wccis
from tests.support.landings import Place
from tests.support.parquet_deliveries import describe_again, guid, schema, table, write_cofnod

SUNDAY = datetime.date(2020, 4, 5)
A_DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def shared(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(module_warehouse, tmp_path_factory.mktemp("parquet"))


@pytest.fixture
def place(shared: Place) -> Place:
    shared.start_again()
    return shared


def move(number: int, **values: Any) -> dict[str, Any]:
    return {"id": guid(number), "person_id": guid(7, "person"), "reason": "home", **values}


def standing(place: Place, on: datetime.date) -> dict[str, str]:
    return place.state("cofnod_school_moves", "reason || '/' || change", on)


def refusal(place: Place) -> str:
    summary = place.land()
    assert not summary.landed
    (sentence,) = summary.refused
    return sentence


def test_fulls_and_changes_make_one_history_whatever_their_order(place: Place) -> None:
    def write(kinds: list[int]) -> None:
        rows: dict[int, tuple[str, list[dict[str, Any]]]] = {
            0: ("full", [move(1), move(2), move(3)]),
            1: ("changes", [move(1, reason="other"), {"id": guid(2), "change": "delete", "authority": None}]),
            2: ("changes", [move(2, reason="transition"), {"id": guid(3).upper(), "change": " DELETE"}]),
            7: ("full", [move(2, reason="transition")]),
        }
        for kind in kinds:
            extract, said = rows[kind]
            write_cofnod(place.exports, SUNDAY + kind * A_DAY, {"school_moves": said}, extract_type=extract)
            assert len(place.land().landed) == 1

    write([0, 1, 2, 7])
    assert standing(place, SUNDAY) == {guid(n): "home/upsert" for n in (1, 2, 3)}
    assert standing(place, SUNDAY + A_DAY) == {
        guid(1): "other/upsert",
        guid(2): "/delete",
        guid(3): "home/upsert",
    }
    # a row that was taken back may return; one that a full lacks has gone, one that was taken back is still known by it
    assert standing(place, SUNDAY + 2 * A_DAY)[guid(2)] == "transition/upsert"
    assert standing(place, SUNDAY + 7 * A_DAY) == {guid(2): "transition/upsert", guid(3): "/ DELETE"}
    assert place.query("select kind from landing.deliveries order by business_date") == [
        ("full",), ("delta",), ("delta",), ("full",),
    ]  # fmt: skip
    assert place.accounts_balance()
    in_order = place.history_digest()
    assert rebuild(place.warehouse).deliveries == 4
    assert place.history_digest() == in_order
    place.empty()
    for folder in (place.exports, place.warehouse.settings.archive):
        shutil.rmtree(folder)
    write([7, 2, 0, 1])
    assert place.history_digest() == in_order


def test_an_unchanged_full_writes_nothing_however_it_is_packed(place: Place) -> None:
    rows = {"registrations": [{"id": guid(1), "categories": ["neglect", "physical"], "is_temporary": False}]}
    write_cofnod(place.exports, SUNDAY, rows)
    again = table(
        "registrations", [{**rows["registrations"][0], "id": guid(1).upper(), "categories": ["physical", "neglect"]}]
    )
    again = again.set_column(2, "created_at", again.column("created_at").cast(pa.timestamp("ns", "UTC")))
    write_cofnod(place.exports, SUNDAY + 7 * A_DAY, tables={"registrations": again}, compression="gzip")
    place.land()
    assert place.query("select sum(rows_changed + rows_new), sum(rows_unchanged) from landing.delivery_entities") == [
        (1, 1)
    ]


def test_what_was_taken_back_is_no_loss_and_what_was_never_there_is_said(place: Place) -> None:
    write_cofnod(place.exports, SUNDAY, {"school_moves": [move(n) for n in range(120)]})
    gone = [{"id": guid(n), "change": "delete"} for n in range(60)]
    never = [{"id": guid(500), "change": "delete"}, {"id": guid(501), "change": "delete", "migrated_from": "raise:5"}]
    write_cofnod(place.exports, SUNDAY + A_DAY, {"school_moves": gone + never}, extract_type="changes")
    write_cofnod(place.exports, SUNDAY + 7 * A_DAY, {"school_moves": [move(n) for n in range(60, 120)]})
    summary = place.land()
    assert summary.refused == []
    assert [notice for notice in summary.notices if "takes back" in notice] == [
        "cofnod W06000006 2020-04-06: school_moves.parquet takes back one row that nobody had delivered (the first is"
        " record 61): no fact changes."
    ]
    write_cofnod(place.exports, SUNDAY + 14 * A_DAY, {"school_moves": [move(n) for n in range(60, 62)]})
    # sixty rows are too few to be guarded, so that the loss is one that nobody announced
    assert len(place.land().landed) == 1


def test_links_that_name_no_system_are_said_and_kept(place: Place) -> None:
    rows = [move(1, migrated_from="wccis-42"), move(2, migrated_from="mosaic:42"), move(3, migrated_from="RAISE: 0042")]
    write_cofnod(place.exports, SUNDAY, {"school_moves": rows})
    (notice,) = [notice for notice in place.land().notices if "names no row" in notice]
    assert "the migrated_from of 2 rows names no row of a known system (the first is record 1)" in notice
    assert place.query(
        "select landing.canonical_former(migrated_from) from landing.cofnod_school_moves order by record_number"
    ) == [("wccis-42",), ("mosaic:42",), ("raise:42",)]


def test_a_folder_is_not_there_yet_until_it_agrees_or_stands_still(place: Place) -> None:
    folder = write_cofnod(place.exports, SUNDAY, {"school_moves": [move(1)]})
    whole = (folder / "school_moves.parquet").read_bytes()
    assert len(place.waiting(stable_seconds=60).deliveries) == 1, "all is there, with the bytes that were stated"
    (folder / "school_moves.parquet").write_bytes(whole[:-20])
    waiting = place.waiting(stable_seconds=60)
    assert waiting.deliveries == []
    assert "not there yet" in waiting.not_there_yet[0]
    (folder / "school_moves.parquet").unlink()
    assert place.waiting(stable_seconds=60).deliveries == []
    manifest = (folder / "manifest.json").read_text()
    (folder / "manifest.json").unlink()
    assert "its manifest has not arrived" in place.waiting(stable_seconds=60).not_there_yet[0]
    (folder / "manifest.json").write_text(manifest)
    for path in folder.iterdir():
        os.utime(path, (1, 1))
    (delivery,) = place.waiting(stable_seconds=60).deliveries
    (sentence,) = landing.land(place.warehouse, [delivery]).refused
    assert "school_moves.parquet is listed in the manifest but absent" in sentence


def test_what_cannot_be_trusted_is_refused_in_one_sentence(place: Place) -> None:
    def written(**options: Any) -> Any:
        return write_cofnod(place.exports, SUNDAY, {"school_moves": [move(1)]}, **options)

    written(manifest={"extract_type": "delta"})
    assert "states an extract type that is neither full nor changes" in refusal(place)
    written(manifest={"authority": "W06000001"})
    assert "has a manifest of another authority than W06000006" in refusal(place)
    folder = written()
    content = (folder / "school_moves.parquet").read_bytes()
    (folder / "school_moves.parquet").write_bytes(content + b" ")
    assert "school_moves.parquet has another sha256 than the manifest states" in refusal(place)
    for damaged in (
        content[: len(content) // 2],
        content[:-1] + b"2",
        b"",
        b"PAR1PAR1",
        b"PARE" + content[4:-4] + b"PARE",
    ):
        (folder / "school_moves.parquet").write_bytes(damaged)
        describe_again(folder)
        assert "Parquet file" in refusal(place)
    folder = written()
    said = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**said, "files": said["files"][1:]}))
    assert "people.parquet is missing: the manifest does not list this entity" in refusal(place)
    for file in said["files"]:
        file["rows"] += 1
    (folder / "manifest.json").write_text(json.dumps(said))
    assert "holds 0 rows where 1 were stated in the manifest" in refusal(place)
    odd = table("school_moves", [move(1)])
    written(tables={"school_moves": odd.drop_columns(["reason"])})
    assert "school_moves.parquet lacks the required column reason" in refusal(place)
    written(tables={"school_moves": odd.set_column(7, "moved_on", pa.array(["2020-04-01"]))})
    assert "school_moves.parquet holds the column moved_on as string, where a date was agreed" in refusal(place)
    assert place.query("select count(*) from landing.cofnod_school_moves") == [(0,)]
    written()
    assert len(place.land().landed) == 1


def test_a_file_that_unpacks_to_far_too_much_is_refused_before_it_is_read(place: Place) -> None:
    rows = 1_000
    found = table("services", [{"id": guid(n)} for n in range(rows)])
    values = pa.array([f"{n:07d}" + "x" * 40_000 for n in range(rows)])
    bomb = found.set_column(found.schema.get_field_index("outcome"), "outcome", values)
    write_cofnod(place.exports, SUNDAY, tables={"services": bomb}, compression="zstd", use_dictionary=False)
    assert "services.parquet unpacks to more than " in refusal(place)
    nothing = pa.table({name: pa.nulls(5_000_000, kind) for name, kind in zip(*_parts("services"), strict=True)})
    write_cofnod(place.exports, SUNDAY, tables={"services": nothing}, compression="zstd")
    assert "fewer than a byte a row" in refusal(place)


def _parts(entity: str) -> tuple[list[str], list[pa.DataType]]:
    return schema(entity).names, schema(entity).types


def test_a_child_is_found_and_erased_with_whom_the_earlier_systems_knew(place: Place) -> None:
    old, new = guid(1, "wccis"), guid(1, "cofnod")
    write_wccis(place.exports, datetime.date(2018, 9, 30), {"person": [{"personid": old, "legacyid": "0000042"}]})
    person = {"id": new, "migrated_from": f"WCCIS:{old.upper()}", "family_name": "Made up"}
    rows = {"people": [person, {"id": guid(2)}], "school_moves": [move(1, person_id=new), move(2, person_id=guid(2))]}
    write_cofnod(place.exports, SUNDAY, rows)
    place.land()
    child = known_child(place.warehouse, old)
    assert child.ids == {"wccis": [old], "cofnod": [new]}
    held = holdings(place.warehouse, child)
    assert held.rows == {"landing.wccis_person": 1, "landing.cofnod_people": 1, "landing.cofnod_school_moves": 1}
    assert sorted(name.partition(": ")[2] for name in held.files) == [
        "people.parquet", "person.csv", "school_moves.parquet",
    ]  # fmt: skip
    erase(place.warehouse, old, by="A Tester", reason="a test", authority_code="W06000006")
    # a third id that names the second comes later, and is the same child's
    later = {"people": [{"id": guid(9), "migrated_from": f"cofnod:{new}"}, person, {"id": guid(2)}]}
    write_cofnod(place.exports, SUNDAY + 7 * A_DAY, later)
    assert len(place.land().landed) == 1
    assert place.query("select row_key from landing.cofnod_people where valid_to_date is null") == [(guid(2),)]
    assert place.query("select count(*) from landing.wccis_person") == [(0,)]
    assert place.accounts_balance()


def test_a_first_day_that_is_not_configured_is_said_and_held_against_the_earlier_system(place: Place) -> None:
    def timing() -> list[str]:
        return [notice for notice in place.land().notices if "cut-over" in notice or "first day" in notice]

    write_wccis(place.exports, datetime.date(2018, 9, 30), {})
    assert timing() == []
    write_cofnod(place.exports, SUNDAY + 7 * A_DAY, {"school_moves": [move(1)]})
    (said,) = timing()
    assert "no first day of cofnod is configured for Wrexham (W06000006): it is taken to be 2020-04-12" in said
    write_cofnod(place.exports, SUNDAY + 8 * A_DAY, {}, extract_type="changes")
    write_wccis(place.exports, SUNDAY + 14 * A_DAY, {})
    (said,) = timing()
    assert said.startswith("wccis W06000006 2020-04-19: it is dated on or after the cut-over of 2020-04-12")
    # one that comes late, of an earlier day, is the first from then on
    write_cofnod(place.exports, SUNDAY, {"school_moves": [move(1)]})
    assert "it is taken to be 2020-04-05" in timing()[0]
