"""A first full into tables that never held a row: copied while files are read, seen by nobody until let in."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from csc_warehouse import landing
from csc_warehouse.landing import DeliveryProfile
from csc_warehouse.landing.history import versions
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_raise
from tests.support.landings import Place, day

MOVES = [{"MOVE_NO": n, "REASON": "HOME", "MOVE_DATE": "01/05/2018", "CLIENT_NO": "7"} for n in "1234"]
DOUBLED = {**MOVES[0], "REASON": "OTHER"}
TABLE = "landing.raise_school_move"


@dataclass(frozen=True)
class Verdict:
    is_refused: bool
    reason: str = "too few contacts"


@pytest.fixture
def place(module_warehouse: Warehouse, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(versions, "MANY_ROWS", 2)
    return Place(module_warehouse, tmp_path)


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the tables whose rows were copied while files were read, as they come."""
    copied: list[str] = []
    original = versions.write_first

    def noted(cursor: psycopg.Cursor, table: str, *values: Any, **named: Any) -> bool:
        is_done = original(cursor, table, *values, **named)
        copied.extend([table] if is_done else [])
        return is_done

    monkeypatch.setattr(versions, "write_first", noted)
    return copied


def has_index(place: Place) -> bool:
    return place.query("select to_regclass('landing.raise_school_move_version') is not null") == [(True,)]


def size(place: Place) -> int:
    return int(place.query(f"select pg_relation_size('{TABLE}')")[0][0])


def test_what_was_copied_ahead_is_what_would_have_been_written(
    place: Place, ahead: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_raise(place.exports, day(10), {"SCHOOL_MOVE": [*MOVES, DOUBLED]})
    write_raise(place.exports, day(11), {"SCHOOL_MOVE": [DOUBLED, *MOVES[2:]]})
    assert place.land().refused == []
    assert ahead == ["raise_school_move"], "the second night finds rows, and the smaller entities are too small"
    assert has_index(place)
    assert place.accounts_balance()
    expected = place.history_digest()
    quarantined = place.query("select record_number, reason_code from landing.quarantine order by 1, 2")
    place.empty()
    shutil.rmtree(place.warehouse.settings.archive)
    monkeypatch.setattr(versions, "MANY_ROWS", 1000)
    place.land()
    assert ahead == ["raise_school_move"]
    assert place.history_digest() == expected
    assert place.query("select record_number, reason_code from landing.quarantine order by 1, 2") == quarantined


def test_a_first_full_that_the_door_refuses_was_seen_by_nobody_and_leaves_nothing(
    place: Place, ahead: list[str]
) -> None:
    def door(profile: DeliveryProfile) -> Verdict:
        assert ahead == ["raise_school_move"]
        with place.warehouse.raw_connection() as other:
            other.execute("set lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute(f"select count(*) from {TABLE}")
            other.rollback()
        return Verdict(is_refused=profile.business_date == day(10))

    write_raise(place.exports, day(10), {"SCHOOL_MOVE": MOVES})
    assert len(place.land(door).refused) == 1
    assert size(place) == 0, "not even rows that nobody sees"
    assert has_index(place)
    shutil.rmtree(place.exports / "raise")
    ahead.clear()
    write_raise(place.exports, day(11), {"SCHOOL_MOVE": MOVES[:3]})
    assert place.land(door).refused == []
    assert place.query(f"select row_key, valid_from_date from {TABLE} order by 1") == [(n, day(11)) for n in "123"]


def test_a_table_that_is_being_read_is_not_waited_for(place: Place, ahead: list[str]) -> None:
    write_raise(place.exports, day(10), {"SCHOOL_MOVE": MOVES})
    with place.warehouse.raw_connection() as reader, reader.transaction():
        reader.execute(f"select count(*) from {TABLE}")
        assert place.land().refused == []
    assert ahead == []
    assert has_index(place)
    assert place.query(f"select count(*) from {TABLE}") == [(4,)]


def test_rows_that_stood_and_went_are_no_reason_to_copy_ahead(place: Place, ahead: list[str]) -> None:
    write_raise(place.exports, day(10), {"SCHOOL_MOVE": MOVES})
    place.land()
    delivery_id = place.query("select delivery_id from landing.deliveries")[0][0]
    landing.withdraw(place.warehouse, delivery_id=delivery_id, by="A Manager", reason="of another council")
    ahead.clear()
    write_raise(place.exports, day(11), {"SCHOOL_MOVE": MOVES[:2]})
    assert place.land().refused == []
    assert ahead == []
    assert place.query(f"select row_key from {TABLE} order by 1") == [("1",), ("2",)]
