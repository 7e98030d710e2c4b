"""A database that went back to an earlier moment lacks what people decided since: no night goes on before a rebuild."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from csc_warehouse import landing, nightly, stewardship
from csc_warehouse.commands import maintenance, reading
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.privacy import published_erasure
from csc_warehouse.warehouse import Warehouse, open_warehouse
from tests.support.deliveries import write_raise, write_wccis
from tests.support.landings import WREXHAM, Place, day

CHILD, OTHER = "0000042", "0000043"
PERSON = "aaaa-0042"
BY: dict[str, Any] = {"by": "A. Jones", "reason": "decided after the moment"}
BUILT = """
create table intermediate.int_children as select 'W06000006'::text as authority_code, * from (
    values ('raise', '42', '42'), ('wccis', 'aaaa-0042', '42'), ('raise', '43', '43')
) as v (source_name, child_id, canonical_child_id);
create table release.marts__probe as select 'W06000006'::text as authority_code, * from (
    values ('key-42', 'record-1', 1), ('key-43', 'record-2', 1)
) as v (child_key, record_key, release_id);
create table release.restricted__probe as select 'W06000006'::text as authority_code, * from (
    values ('42', 1), ('aaaa-0042', 1), ('43', 1)
) as v (source_child_id, release_id);
insert into restricted.child_keys values ('W06000006', '42', 'key-42'), ('W06000006', '43', 'key-43')
"""
SAID = "knows 4 decisions that the database lacks (erasures: 1, withdrawals: 1, accepted losses: 1, rectifications: 1)"


@pytest.fixture(scope="module")
def decided(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return landing with what was built and stored of it, and decisions that the copy `before` of it lacks."""
    place = Place(module_warehouse, tmp_path_factory.mktemp("way_back"))
    place.warehouse.settings.home.mkdir(parents=True, exist_ok=True)
    for number, name in ((10, "Secretname"), (11, "Secretname"), (12, "Wrong")):
        clients = [{"CLIENT_NO": CHILD, "SURNAME": name}, {"CLIENT_NO": OTHER, "SURNAME": name}]
        write_raise(place.exports, day(number), {"CLIENT": clients})
    write_wccis(place.exports, day(1, 6), {"person": [{"personid": PERSON, "legacyid": CHILD}, {"personid": "b-43"}]})
    assert len(place.land().landed) == 4
    with place.warehouse.raw_connection() as connection:
        connection.execute(BUILT)
    _copy(place.warehouse, "before").engine.dispose()
    _decide(place)
    return place


@pytest.fixture
def place(decided: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Yield the database as it came back, while the archive went on."""
    monkeypatch.setattr("csc_warehouse.stewardship.time.sleep", lambda seconds: None)
    journal = decided.warehouse.settings.archive / "journal.jsonl"
    kept = journal.read_bytes()
    back = _copy(decided.warehouse, "back", of="before")
    found = copy.copy(decided)
    found.warehouse = back
    yield found
    back.engine.dispose()
    journal.write_bytes(kept)


def _copy(warehouse: Warehouse, name: str, of: str | None = None) -> Warehouse:
    """Copy a database as it is now, the warehouse's own unless another is named; home and archive stay the same."""
    warehouse.engine.dispose()
    server = warehouse.url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")
        connection.execute(f'create database {name} template "{of or warehouse.url.database}" strategy file_copy')
    address = warehouse.url.set(database=name).render_as_string(hide_password=False)
    return open_warehouse(warehouse.settings.model_copy(update={"database_url": address}))


def _decide(place: Place) -> None:
    """Decide what the copy lacks, and what leaves nothing to lack: a withdrawal that was undone."""
    warehouse = place.warehouse
    (wrong,), (undone,) = (
        place.query("select delivery_id from landing.deliveries where business_date = %s", day(number))
        for number in (12, 11)
    )
    landing.withdraw(warehouse, delivery_id=wrong[0], **BY)
    landing.withdraw(warehouse, delivery_id=undone[0], **BY)
    landing.undo_withdrawal(warehouse, delivery_id=undone[0], **BY)
    landing.accept_loss(warehouse, source="raise", business_date=day(20), **BY)
    place_of_other = {"source": "raise", "entity": "client", "record": OTHER, "authority_code": WREXHAM}
    landing.rectify(warehouse, **place_of_other, column="surname", value="Right", **BY)
    landing.erase(warehouse, CHILD, **BY, elsewhere=published_erasure.remove_child)


def invoke(place: Place, monkeypatch: pytest.MonkeyPatch, command: str) -> str:
    app = typer.Typer()
    for commands in (reading, maintenance):
        monkeypatch.setattr(commands, "load_settings", lambda: place.warehouse.settings)
        commands.register(app)
    result = CliRunner().invoke(app, [command], catch_exceptions=False)
    return " ".join(result.output.split())


def persons(place: Place) -> list[tuple[Any, ...]]:
    """Return everybody's keys and ids in the stored release and in row history."""
    return place.query(
        "select child_key from release.marts__probe union all select source_child_id from release.restricted__probe"
        " union all select row_key from landing.raise_client where valid_to_date is null"
        " union all select row_key from landing.wccis_person union all select child_id from intermediate.int_children"
        " order by 1"
    )


def test_no_night_goes_on_without_the_decisions_and_a_rebuild_brings_them_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = place.warehouse.settings
    assert ("key-42",) in persons(place)
    for step in (nightly.run, nightly.build, lambda settings: nightly.land_tickets([], settings=settings)):
        with pytest.raises(CscWarehouseError, match=r"Next: csc-warehouse rebuild .*Nothing was changed\.") as raised:
            step(settings=settings)
        assert SAID in str(raised.value)
    assert f"DECISIONS MISSING: The archive's journal {SAID}" in invoke(place, monkeypatch, "status")
    # the child in row history, in what was built and in the stored release, by number, by GUID and by pseudonym
    told = invoke(place, monkeypatch, "rebuild")
    assert "2 withdrawals" not in told
    assert "rows of erased children were removed from what was built and from stored releases" in told
    assert persons(place) == [("43",), ("43",), ("43",), ("b-43",), ("key-43",)]
    assert place.query("select erased_by from landing.erasures") == [("A. Jones",)]
    assert place.query("select surname from landing.raise_client where valid_to_date is null") == [("Secretname",)]
    assert place.query("select right_value from landing.rectifications") == [("Right",)]
    assert stewardship.missing_decisions(place.warehouse) == []
    assert nightly.land_tickets([], settings=settings)["refused"] == []
    assert "MISSING" not in invoke(place, monkeypatch, "status")


def test_a_stored_release_loses_the_child_also_where_landing_had_lost_it_before(place: Place) -> None:
    """As where landing was made again by a version that left stored releases alone."""
    with place.warehouse.raw_connection() as connection:
        connection.execute("delete from landing.raise_client; delete from landing.wccis_person")
        connection.execute("delete from intermediate.int_children where canonical_child_id = '42'")
    assert landing.rebuild(place.warehouse).removed == 4
    assert persons(place) == [("43",), ("43",), ("43",), ("b-43",), ("key-43",)]
    # and nothing is removed twice
    assert landing.rebuild(place.warehouse).removed == 0


def test_a_decision_on_quality_is_missing_too_and_an_older_archive_lacks_none(place: Place) -> None:
    landing.rebuild(place.warehouse)
    with place.warehouse.raw_connection() as connection:
        connection.execute("select quality.record_decision('accept_loss', 'A. Jones', 'They left.', null, '{}')")
    assert stewardship.journal_decisions(place.warehouse) == 1
    ahead = _copy(place.warehouse, "ahead")
    with ahead.raw_connection() as connection:
        connection.execute("alter table quality.decisions disable trigger user; delete from quality.decisions")
    (row,) = stewardship.missing_decisions(ahead)
    assert "knows 1 decision that the database lacks (explanations, signatures and the like: 1)" in row["sentence"]
    assert stewardship.restore_decisions(ahead) == 1
    assert stewardship.missing_decisions(ahead) == []
    # the journal of a moment before what the database has: nothing that it knows is lacking
    journal = place.warehouse.settings.archive / "journal.jsonl"
    older = journal.read_bytes().splitlines(keepends=True)
    (wrong,) = place.query("select delivery_id from landing.deliveries where business_date = %s", day(12))
    landing.undo_withdrawal(place.warehouse, delivery_id=wrong[0], **BY)
    journal.write_bytes(b"".join(older))
    assert stewardship.missing_decisions(place.warehouse) == []
    ahead.engine.dispose()
