"""What people decide about deliveries of Parquet: taken back, set right, kept no longer; and a very large one."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse import landing
from csc_warehouse.errors import UsageError
from csc_warehouse.landing import rebuild
from csc_warehouse.landing.history import standing_rows, versions
from csc_warehouse.landing.merging import delivery_reader
from csc_warehouse.landing.reading import parquet_texts, rows_on_disk
from csc_warehouse.settings import Config, LandingConfig
from csc_warehouse.transform import apply_rectifications
from csc_warehouse.warehouse import Warehouse
from tests.support.landings import WREXHAM, Place
from tests.support.parquet_deliveries import guid, write_cofnod

SUNDAY, A_DAY = datetime.date(2020, 4, 5), datetime.timedelta(days=1)
BY = {"by": "A. Jones", "reason": "a test"}


@pytest.fixture
def place(module_warehouse: Warehouse, tmp_path: Path) -> Place:
    place = Place(module_warehouse, tmp_path, Config(landing=LandingConfig(keep_superseded_days=0)))
    place.warehouse.settings.home.mkdir(parents=True, exist_ok=True)
    with place.warehouse.raw_connection() as connection:
        connection.execute("truncate staging.rectified_rows, staging.rectification_states, landing.retention_proofs")
    return place


def move(number: int, **values: Any) -> dict[str, Any]:
    return {"id": guid(number), "person_id": guid(7), "moved_on": datetime.date(2020, 4, 1), "reason": "home"} | values


def write(place: Place, days: int, *rows: dict[str, Any]) -> None:
    kind = "full" if days % 7 == 0 else "changes"
    write_cofnod(place.exports, SUNDAY + days * A_DAY, {"school_moves": rows}, extract_type=kind)


def newest(place: Place) -> int:
    found: int = place.query("select max(delivery_id) from landing.deliveries")[0][0]
    return found


def test_a_delivery_that_is_taken_back_and_put_back(place: Place) -> None:
    write(place, 0, move(1), move(2))
    place.land()
    without = place.history_digest()
    # changes, one of them a delete: without the delivery its row stands again
    write(place, 1, move(1, reason="other"), {"id": guid(2), "change": "delete"}, move(3))
    place.land()
    taken = newest(place)
    with_it = place.history_digest()
    landing.withdraw(place.warehouse, delivery_id=taken, **BY)
    assert place.history_digest() == without
    assert rebuild(place.warehouse).deliveries == 2
    assert place.history_digest() == without
    (withdrawn,) = place.query("select delivery_id from landing.deliveries where status = 'withdrawn'")[0]
    landing.undo_withdrawal(place.warehouse, delivery_id=withdrawn, **BY)
    assert place.history_digest() == with_it
    assert place.accounts_balance()


def test_files_of_a_replaced_delivery_go_with_a_proof_and_a_rebuild_says_the_same(place: Place) -> None:
    write(place, 0, move(1, reason="other"))
    place.land()
    write(place, 0, move(1), move(2))
    place.land()
    history = place.history_digest(with_ids=True)
    summary = landing.expire(place.warehouse, by="A. Jones")
    assert {file.file_name for file in summary.files if file.holding == "superseded"} >= {"school_moves.parquet"}
    # what the delivery that stands has byte for byte is kept
    assert "people.parquet" not in {file.file_name for file in summary.files}
    rebuild(place.warehouse)
    assert place.history_digest(with_ids=True) == history


def test_a_value_is_set_right_until_the_source_says_the_same(place: Place) -> None:
    registration = {"id": guid(1), "person_id": guid(7), "categories": ["neglect"], "is_temporary": False}
    write_cofnod(place.exports, SUNDAY, {"school_moves": [move(1)], "registrations": [registration]})
    place.land()
    row = {"source": "cofnod", "record": guid(1).upper(), "authority_code": WREXHAM} | BY
    history = place.history_digest(with_ids=True)
    landing.rectify(place.warehouse, entity="school_moves", column="moved_on", value="2020-03-31", **row)
    landing.rectify(place.warehouse, entity="registrations", column="categories", value="physical+neglect", **row)
    landing.rectify(place.warehouse, entity="registrations", column="is_temporary", value="true", **row)
    apply_rectifications(place.warehouse)
    right = "select entity, right_values from staging.rectified_rows order by entity"
    assert place.query(right) == [
        ("registrations", {"categories": "physical+neglect", "is_temporary": "true"}),
        ("school_moves", {"moved_on": "2020-03-31"}),
    ]
    assert place.history_digest(with_ids=True) == history
    for column, value in (("moved_on", "31/03/2020"), ("migrated_from", f"wccis:{guid(9)}"), ("id", guid(3))):
        with pytest.raises(UsageError):
            landing.rectify(place.warehouse, entity="school_moves", column=column, value=value, **row)
    later = registration | {"categories": ["neglect", "physical"], "is_temporary": True}
    moved = move(1, moved_on=datetime.date(2020, 3, 31))
    write_cofnod(
        place.exports, SUNDAY + A_DAY, {"school_moves": [moved], "registrations": [later]}, extract_type="changes"
    )
    place.land()
    assert sum("has ended" in said for said in apply_rectifications(place.warehouse)) == 3


def test_a_large_delivery_ends_as_a_small_one(
    module_warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def landed(name: str) -> list[Any]:
        place = Place(module_warehouse, tmp_path / name)
        rows = [move(n, reason="home" if n % 3 else "other") for n in range(400)]
        write(place, 0, *rows, rows[5] | {"id": guid(5).upper()}, move(0, id="none"))
        write(place, 1, move(3, reason="other"), move(500), {"id": guid(4), "change": "delete"})
        write(place, 7, *rows[:350], *(move(n, migrated_from=f"wccis:{guid(n)}") for n in range(600, 640)))
        assert place.land().refused == []
        assert place.accounts_balance()
        apart = "select entity, record_number, reason_code, raw_record from landing.quarantine order by 1, 2"
        return [place.history_digest(), place.query(apart)]

    small = landed("small")
    for owner, name, value in (
        (delivery_reader, "LARGE_DELIVERY_BYTES", 1),
        (delivery_reader, "SMALL_FILE_BYTES", 1),
        (parquet_texts, "LARGE_CHUNK_BYTES", 1),
        (standing_rows, "STRETCH_PAGES", 3),
        (rows_on_disk, "PART_ROWS", 90),
        (rows_on_disk, "SOME_KEYS", 7),
        (versions, "FEW_KEYS", 2),
    ):
        monkeypatch.setattr(owner, name, value)
    assert landed("large") == small
