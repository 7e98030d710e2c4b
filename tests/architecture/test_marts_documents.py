"""What docs/bi says of the marts is what the models declare; and every declared foreign key is tested each night."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.publication import marts_documents
from csc_warehouse.publication.marts import FOREIGN_KEYS, Mart, read
from csc_warehouse.settings import PROJECT_DIRECTORY
from tests.support.prepared import prepared_settings

FOLDER = PROJECT_DIRECTORY / "docs" / "bi"
HOW = "run: .venv/bin/csc-warehouse marts --out docs/bi"
CHILD = ("authority_code", "child_key")
LEAD_NOWHERE = {
    "dim_children.family_key": "no mart has a row of each family",
    "fct_section_47s.family_key": "no mart has a row of each family",
    "fct_prevention_services.family_key": "no mart has a row of each family",
    "fct_family_services.organisation_key": "no mart has a row of each organisation",
    "fct_health_events.placement_key": "names no period of care, without which a placement may be two rows or none",
    "fct_registration_states.record_key": "is registration_key, which leads to the registration",
    "fct_reviews_due.subject_key": "a plan or a period of care, as review_kind says",
    "fct_reviews_due.review_key": "reviews that were held are published as the due days that they answer",
    "fct_reviews_to_come.subject_key": "a plan or a period of care, as review_kind says",
    "indicator_open_work.subject_key": "a record of the fact that the clock is about, as clock_code says",
    "indicator_records.count_key": "a record of the fact that the indicator counts, or what several records are one of",
}
"""Columns of keys that are no foreign key of one mart, each with the reason."""


@pytest.fixture(scope="module")
def manifest_path() -> Iterator[Path]:
    """Parse the project once; no model is built."""
    from csc_warehouse.transform import write_manifest
    from csc_warehouse.warehouse import open_warehouse

    with prepared_settings() as settings:
        warehouse = open_warehouse(settings)
        yield write_manifest(warehouse)
        warehouse.engine.dispose()


@pytest.fixture(scope="module")
def marts(manifest_path: Path) -> dict[str, Mart]:
    return {mart.name: mart for mart in read(manifest_path)}


def test_documents_of_the_marts_are_what_the_models_declare_now(marts: dict[str, Mart]) -> None:
    written = marts_documents.documents(list(marts.values()))
    assert set(written) == {"relations.json", "star.md", "marts.md"}
    stale = [
        name
        for name, text in written.items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text(encoding="utf-8") != text
    ]
    assert stale == [], HOW


def test_relations_when_a_tool_reads_them_then_name_tables_and_columns_that_are_there(marts: dict[str, Mart]) -> None:
    content = json.loads(marts_documents.relations(list(marts.values())))
    tables = {(table["schema"], table["name"]): table for table in content["tables"]}
    columns = {key: {column["name"] for column in table["columns"]} for key, table in tables.items()}
    assert ("restricted", "children") not in tables
    assert len(content["relations"]) > 100
    for relation in content["relations"]:
        start, end = relation["from"], relation["to"]
        assert set(start["columns"]) <= columns[start["schema"], start["table"]]
        target = tables[end["schema"], end["table"]]
        assert end["columns"] in [target["key"], *target["other_keys"]]
        assert len(start["columns"]) == len(end["columns"])


def test_ways_between_two_tables_when_active_then_one(marts: dict[str, Mart]) -> None:
    """A tool filters by one way alone: straight to the other table, and not by a third one besides."""
    active = {name: [key.to for key in mart.foreign_keys if key.is_active] for name, mart in marts.items()}

    def reached(name: str) -> list[str]:
        return [*active[name], *(further for to in active[name] for further in reached(to))]

    twice = {name: sorted({to for to in reached(name) if reached(name).count(to) > 1}) for name in active}
    assert {name: found for name, found in twice.items() if found} == {}


def test_facts_when_they_have_what_a_dimension_is_known_by_then_declare_it(marts: dict[str, Mart]) -> None:
    facts = [mart for mart in marts.values() if mart.role == "fact"]
    assert len(facts) > 20
    for fact in facts:
        declared = {key.columns for key in fact.foreign_keys}
        columns = {column.name: column for column in fact.columns}
        assert ("authority_code",) in declared, fact.name
        if "child_key" in columns:
            assert CHILD in declared, fact.name
            assert ("event_date",) in declared, fact.name
            assert {"record_key", "age_band"} <= set(columns), fact.name
        dimensions = [mart for mart in marts.values() if mart.role == "dimension"]
        for dimension in dimensions:
            own = dimension.relation.key_columns[-1]
            if own.endswith("_key") and own in columns:
                assert any(key.to == dimension.name for key in fact.foreign_keys), (fact.name, dimension.name)
                if own != "child_key":
                    assert not columns[own].is_nullable, f"{fact.name}.{own}: blank is the unknown member"


def test_columns_of_keys_when_published_then_lead_somewhere_or_say_why_not(marts: dict[str, Mart]) -> None:
    found = {
        f"{mart.name}.{column.name}"
        for mart in marts.values()
        for column in mart.columns
        if column.name.endswith("_key")
        and column.name
        not in {
            *mart.relation.key_columns,
            *(name for key in mart.other_keys for name in key),
            *(name for key in mart.foreign_keys for name in key.columns),
        }
    }
    assert found == set(LEAD_NOWHERE)


def test_views_of_reporting_when_a_reader_joins_them_then_say_by_what(marts: dict[str, Mart]) -> None:
    """A reader has no other schema, and no dimension to go by."""
    readable = {mart.name: mart for mart in marts.values() if mart.relation.schema == "reporting"}
    joined = {name for mart in readable.values() for key in mart.foreign_keys for name in (mart.name, key.to)}
    assert joined == set(readable)


def test_other_keys_when_declared_then_tested_each_night(manifest_path: Path, marts: dict[str, Mart]) -> None:
    manifest: dict[str, Any] = json.loads(manifest_path.read_text(encoding="utf-8"))
    tested = [
        (manifest["nodes"][node["attached_node"]]["name"], set(node["test_metadata"]["kwargs"]["columns"]))
        for node in manifest["nodes"].values()
        if (node.get("test_metadata") or {}).get("name") == "unique_combination"
    ]
    declared = [(mart, key) for mart in marts.values() for key in mart.other_keys]
    assert declared
    for mart, key in declared:
        assert set(key) <= {column.name for column in mart.columns}
        # where some of the columns tell the rows apart, all of them do
        assert any(name == mart.name and columns <= set(key) for name, columns in tested), (mart.name, key)


def test_foreign_keys_when_declared_then_compared_by_a_test_of_each_night(
    manifest_path: Path, marts: dict[str, Mart]
) -> None:
    """Which relations a test waits for dbt knows from its parse: those that declare, and those that they refer to."""
    manifest: dict[str, Any] = json.loads(manifest_path.read_text(encoding="utf-8"))
    names = {node_id: node["name"] for node_id, node in manifest["nodes"].items()}
    for test, role in (
        ("assert_foreign_keys_are_met", "model"),
        ("assert_foreign_keys_of_the_register_are_met", "seed"),
    ):
        node = next(node for node in manifest["nodes"].values() if node["name"] == test)
        waits_for = {names[node_id] for node_id in node["depends_on"]["nodes"]}
        declaring = {
            node["name"]
            for node in manifest["nodes"].values()
            if node["resource_type"] == role
            and node["config"]["meta"].get(FOREIGN_KEYS)
            # reporting is built after the test
            and marts[node["name"]].relation.schema == "marts"
        }
        referred = {key.to for name in declaring for key in marts[name].foreign_keys if not key.is_optional}
        assert declaring, role
        assert waits_for == declaring | referred, test


def test_relationships_when_a_test_of_dbt_names_them_then_foreign_keys_too(manifest_path: Path, tmp_path: Path) -> None:
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    targets = next(node_id for node_id, node in manifest["nodes"].items() if node["name"] == "targets")
    manifest["nodes"][targets]["config"]["meta"].pop(FOREIGN_KEYS)
    for name, to, field in (("whole", "indicators", "code"), ("a part", "dim_periods", "period_label")):
        manifest["nodes"][name] = {
            "name": name,
            "resource_type": "test",
            "attached_node": targets,
            "column_name": "indicator_code",
            "test_metadata": {
                "name": "relationships",
                "kwargs": {"arguments": {"to": f"ref('{to}')", "field": field}, "column_name": "indicator_code"},
            },
        }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    found = {mart.name: mart.foreign_keys for mart in read(path)}["targets"]
    # a column that is but a part of the other's key tells no row of it
    assert [(key.columns, key.to, key.to_columns) for key in found] == [(("indicator_code",), "indicators", ("code",))]


def _declares(columns: list[str], to: str, **more: object) -> Callable[[dict[str, Any]], None]:
    def change(node: dict[str, Any]) -> None:
        node["config"]["meta"][FOREIGN_KEYS] = [{"columns": columns, "to": to, **more}]

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_declares(["no_such_column"], "dim_dates"), "fct_contacts has a foreign key of the column no_such_column"),
        (_declares(["event_date"], "int_dates"), "fct_contacts has a foreign key to int_dates, which is not published"),
        (_declares(["team_key"], "dim_teams"), r"refers to dim_teams by \(team_key\), and the key of that is"),
        (
            _declares(["team_key"], "dim_teams", to_columns=["team_key"]),
            r"refers to dim_teams by its \(team_key\), by which no row of it is known",
        ),
    ],
)
def test_foreign_keys_when_they_cannot_be_right_then_one_sentence(
    manifest_path: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None], told: str
) -> None:
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    change(next(node for node in manifest["nodes"].values() if node["name"] == "fct_contacts"))
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(CscWarehouseError, match=told):
        read(path)


def test_join_guide_when_read_then_lists_every_mart_once(marts: dict[str, Mart]) -> None:
    page = (FOLDER / "marts.md").read_text(encoding="utf-8").partition("## Joins")[0]
    listed = re.findall(r"^\| `(\w+\.\w+)` \|", page, re.MULTILINE)
    assert sorted(listed) == sorted(str(mart.relation) for mart in marts.values())


def test_documents_when_written_then_all_of_them_or_one_sentence(marts: dict[str, Mart], tmp_path: Path) -> None:
    folder = tmp_path / "new" / "bi"
    written = marts_documents.write(list(marts.values()), folder)
    assert {path.name: path.read_text(encoding="utf-8") for path in written} == marts_documents.documents(
        list(marts.values())
    )
    (tmp_path / "taken").write_text("")
    with pytest.raises(UsageError, match=r"taken cannot be written \(.*\): name a folder of your own"):
        marts_documents.write(list(marts.values()), tmp_path / "taken")
