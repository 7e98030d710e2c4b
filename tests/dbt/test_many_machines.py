"""Where each table lies on several machines: every one is placed, and in the way that Citus can follow."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlglot import exp, parse
from typer.testing import CliRunner

from csc_warehouse.cli import _assemble
from csc_warehouse.contracts import load_contracts
from csc_warehouse.landing.history.tables import table_name
from csc_warehouse.publication import many_machines, published_relations
from csc_warehouse.publication.many_machines import AUTHORITY, Placed, Table
from csc_warehouse.settings import SOURCES
from tests.conftest import Night

CALLS = {"CREATE_REFERENCE_TABLE": "reference", "CREATE_DISTRIBUTED_TABLE": "distributed"}


@pytest.fixture(scope="module")
def placed(sample_night: Night) -> dict[tuple[str, str], Placed]:
    with sample_night.warehouse.raw_connection() as connection:
        tables = many_machines.read(connection)
    return {one.table.key: one for one in many_machines.place(tables, _manifest(sample_night))}


def _manifest(night: Night) -> Path:
    return night.settings.home / "dbt" / "target" / "manifest.json"


def test_rows_that_landed_are_by_authority(placed: dict[tuple[str, str], Placed]) -> None:
    contracts = load_contracts(SOURCES)
    landed = {("landing", table_name(c.source, entity)) for c in contracts.values() for entity in c.entities}
    assert len(landed) > 50
    assert {key: placed[key].place for key in landed} == dict.fromkeys(landed, "distributed")


def test_what_is_published_is_by_authority_or_where_it_belongs_to_none_everywhere(
    sample_night: Night, placed: dict[tuple[str, str], Placed]
) -> None:
    relations = published_relations.read(_manifest(sample_night))
    expected = {
        ("release", relation.storage_name): "reference" if relation.is_shared else "distributed"
        for relation in relations
    }
    assert set(expected.values()) == {"reference", "distributed"}
    assert {key: placed[key].place for key in expected} == expected


def test_what_models_read_is_never_on_the_coordinator_alone(
    sample_night: Night, placed: dict[tuple[str, str], Placed]
) -> None:
    reading = many_machines.read_by_models(_manifest(sample_night))
    assert ("restricted", "child_keys") in reading
    assert sorted(key for key in reading if placed[key].place == "local") == []


def test_no_table_is_left_out(sample_night: Night, placed: dict[tuple[str, str], Placed]) -> None:
    with sample_night.warehouse.raw_connection() as connection:
        there = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname = any(%s)"
            " and tablename !~ '__from_[0-9]+$' order by 1, 2",
            [["landing", "quality", "release", "restricted", "staging"]],
        ).fetchall()
    assert [key for key in there if key not in placed] == []


def test_keys_are_ones_that_citus_can_follow(placed: dict[tuple[str, str], Placed]) -> None:
    for one in placed.values():
        kept = [AUTHORITY in columns for columns in one.table.unique_keys]
        leads_to = {placed[key].place for key in one.table.refers_to}
        if one.place == "distributed":
            assert one.table.has_authority, one
            assert all(kept), one
            assert leads_to <= {"reference"}, one
        elif one.place == "reference":
            assert leads_to <= {"reference"}, one


def test_script_when_parsed_then_places_each_table_once_and_in_order(placed: dict[tuple[str, str], Placed]) -> None:
    done: dict[tuple[str, str], str] = {}
    for found in parse(many_machines.script(list(placed.values())), dialect="postgres"):
        assert found is not None
        if isinstance(found, exp.Create | exp.Command | exp.Semicolon):
            continue
        (call,) = found.find_all(exp.Anonymous)
        schema, _, name = call.expressions[0].name.partition(".")
        table = placed[schema, name].table
        assert set(table.refers_to) - {table.key} <= set(done)
        assert (schema, name) not in done
        done[schema, name] = CALLS[call.name.upper()]
    wanted = {key: one.place for key, one in placed.items() if one.place != "local"}
    assert done == wanted


def test_table_whose_key_has_no_authority_when_placed_then_not_by_authority(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text('{"sources": {}, "nodes": {}}', encoding="utf-8")

    def table(name: str, *keys: tuple[str, ...], refers_to: str | None = None, is_read: bool = False) -> Table:
        leads_to = (("release", refers_to),) if refers_to else ()
        return Table("release", name, True, keys, leads_to, False, is_read)

    tables = [
        table("whole", (AUTHORITY, "id")),
        table("numbered", (AUTHORITY, "id"), ("id",)),
        table("looked_at", ("id",), refers_to="numbered", is_read=True),
        table("of_a_step", ("id",), refers_to="looked_at"),
    ]
    found = {one.table.name: one.place for one in many_machines.place(tables, manifest)}
    assert found == {
        "whole": "distributed",
        "numbered": "reference",
        "looked_at": "reference",
        "of_a_step": "local",
    }


def test_command_when_run_then_writes_the_script(
    sample_night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSC_WAREHOUSE_HOME", str(sample_night.settings.home))
    out = tmp_path / "made" / "many-machines.sql"
    result = CliRunner().invoke(_assemble(), ["many-machines", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "create_distributed_table('landing.raise_client', 'authority_code'" in out.read_text(encoding="utf-8")
