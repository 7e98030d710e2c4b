"""The dbt project keeps its own rules: descriptions, contracts, unit tests and forward arrows."""

from __future__ import annotations

import re
from typing import Any

import pytest

from csc_warehouse.warehouse import Warehouse

LAYERS = ["staging", "intermediate", "core", "indicators", "reporting"]


@pytest.fixture(scope="module")
def nodes(module_warehouse: Warehouse) -> dict[str, Any]:
    """Return the manifest's nodes by unique id; a parse needs no relation."""
    from csc_warehouse.transform import parse_project

    return dict(parse_project(module_warehouse).nodes)


def models(nodes: dict[str, Any]) -> dict[str, Any]:
    return {key: node for key, node in nodes.items() if node.resource_type == "model"}


COPY = re.compile(r"\{\{ successor_records\([^{}]*\) \}\}")


def layer_of(node: Any) -> str:
    folders = node.fqn[1:-1]
    return str(folders[1] if folders[0] == "marts" else folders[0])


def test_every_model_says_what_one_row_is(nodes: dict[str, Any]) -> None:
    assert [node.name for node in models(nodes).values() if not node.description.startswith("One row")] == []


def test_every_column_that_is_listed_is_described(nodes: dict[str, Any]) -> None:
    undescribed = [
        f"{node.name}.{column.name}"
        for node in models(nodes).values()
        for column in node.columns.values()
        if not column.description
    ]
    assert undescribed == []
    assert [node.name for node in models(nodes).values() if not node.columns] == []


def test_marts_have_enforced_contracts(nodes: dict[str, Any]) -> None:
    loose = [
        node.name
        for node in models(nodes).values()
        if layer_of(node) in ("core", "indicators", "reporting") and not node.config.contract.enforced
    ]
    assert loose == []


def test_what_is_published_to_readers_is_public_and_nothing_else(nodes: dict[str, Any]) -> None:
    published = {
        node.name
        for node in models(nodes).values()
        if node.schema in ("marts_candidate", "reporting_candidate") and "publication" in node.config.meta
    }
    assert {node.name for node in models(nodes).values() if node.config.access.value == "public"} == published
    assert "rpt_scorecard" in published


def test_every_model_has_an_owner(nodes: dict[str, Any]) -> None:
    assert [node.name for node in models(nodes).values() if not node.config.group] == []


def test_exposures_rest_on_what_is_public(module_warehouse: Warehouse) -> None:
    from csc_warehouse.transform import parse_project

    manifest = parse_project(module_warehouse)
    exposed = {exposure.name: exposure.depends_on.nodes for exposure in manifest.exposures.values()}
    assert {"scorecard", "committee_report", "quality_report", "dashboards"} <= set(exposed)
    closed = [
        f"{name} reads {key}"
        for name, keys in exposed.items()
        for key in keys
        if key.startswith("model.") and models(dict(manifest.nodes))[key].config.access.value != "public"
    ]
    assert closed == []


def test_models_depend_on_no_later_layer(nodes: dict[str, Any]) -> None:
    backward = []
    for node in models(nodes).values():
        if layer_of(node) not in LAYERS:
            continue
        for parent_id in node.depends_on.nodes:
            parent = nodes.get(parent_id)
            if parent is None or parent.resource_type != "model" or layer_of(parent) not in LAYERS:
                continue
            if LAYERS.index(layer_of(parent)) > LAYERS.index(layer_of(node)):
                backward.append(f"{node.name} reads {parent.name}")
    assert backward == []


def test_indicators_read_core_and_the_register_only(nodes: dict[str, Any]) -> None:
    strays = [
        f"{node.name} reads {parent_id}"
        for node in models(nodes).values()
        if layer_of(node) == "indicators"
        for parent_id in node.depends_on.nodes
        if parent_id.startswith("source.") or layer_of_parent(nodes, parent_id) in ("staging", "intermediate")
    ]
    assert strays == []


def layer_of_parent(nodes: dict[str, Any], parent_id: str) -> str:
    parent = nodes[parent_id]
    return layer_of(parent) if parent.resource_type == "model" else "seed"


def test_staging_reads_sources_only(nodes: dict[str, Any]) -> None:
    strays = [
        node.name
        for node in models(nodes).values()
        if layer_of(node) == "staging" and not all(key.startswith("source.") for key in node.depends_on.nodes)
    ]
    assert strays == []


def test_sources_of_landing_are_read_by_staging_and_restricted_only(nodes: dict[str, Any]) -> None:
    strays = [
        node.name
        for node in models(nodes).values()
        if layer_of(node) not in ("staging", "restricted")
        and any(key.startswith("source.csc_warehouse.landing.") for key in node.depends_on.nodes)
    ]
    assert strays == []


def test_staging_leaves_names_and_addresses_at_the_door(nodes: dict[str, Any]) -> None:
    personal = {"surname", "forenames", "lastname", "firstname", "postcode", "upn", "reason", "not_seen_reason"}
    strays = [
        f"{node.name}.{column}"
        for node in models(nodes).values()
        if layer_of(node) == "staging"
        for column in node.columns
        if column in personal
    ]
    assert strays == []


def test_facts_behind_an_indicator_when_read_from_the_files_then_are_those_of_dbt_s_graph(
    nodes: dict[str, Any],
) -> None:
    """What a council's own indicator shares with shipped ones is read without dbt."""
    from csc_warehouse.overlay import reach
    from csc_warehouse.register import SEEDS

    texts = reach.model_texts(SEEDS.parent)
    by_name = {node.name: node for node in models(nodes).values()}

    def behind(name: str) -> set[str]:
        parents = {nodes[key].name for key in by_name[name].depends_on.nodes if key.startswith("model.")}
        further = set().union(*(behind(parent) for parent in parents if not parent.startswith("dim_")))
        facts = {parent for parent in parents if parent.startswith("fct_") or parent.endswith("_conformed")}
        return facts | further

    indicators = [name for name in by_name if name.startswith("ind_")]
    assert len(indicators) > 60
    assert [name for name in indicators if reach.facts_behind(name, texts) != behind(name)] == []


def test_every_indicator_s_rule_has_a_unit_test(nodes: dict[str, Any], module_warehouse: Warehouse) -> None:
    """A copy of another indicator is held by the tests of a sibling that makes the same call."""
    from csc_warehouse.transform import parse_project

    tested = {test.model for test in parse_project(module_warehouse).unit_tests.values()}
    rules: dict[str, set[str]] = {}
    for node in models(nodes).values():
        if layer_of(node) == "indicators":
            rules.setdefault("copies" if COPY.fullmatch(node.raw_code.strip()) else node.name, set()).add(node.name)
    assert len(rules["copies"]) > 5
    # every indicator's records in one shape: its tests would need the rows of all indicators
    untested = sorted(rule for rule, names in rules.items() if not names & tested)
    assert untested == ["indicator_records"]


def test_an_indicator_is_one_select_that_is_read_in_its_own_file(nodes: dict[str, Any]) -> None:
    """Macros word an expression or a parameter; only a copy of another indicator is a whole select from elsewhere."""
    opaque = []
    for node in models(nodes).values():
        if node.name.startswith("ind_") and not COPY.fullmatch(node.raw_code.strip()):
            text = re.sub(r"^--.*$", "", node.raw_code, flags=re.MULTILINE).strip()
            names_itself = f"'{node.config.meta['indicator_code']}' as indicator_code" in text
            if (
                not text.startswith("with ")
                or not names_itself
                or re.search(r"from\s+\(\s*\{\{|\(\s*\{\{ (?!ref)\w+\(\) \}\}", text)
            ):
                opaque.append(node.name)
    assert opaque == []


def test_what_indicators_share_is_read_by_more_than_one(nodes: dict[str, Any]) -> None:
    shared = {
        node.unique_id: node.name
        for node in models(nodes).values()
        if layer_of(node) == "indicators" and node.name.startswith("int_")
    }
    readers: dict[str, int] = dict.fromkeys(shared.values(), 0)
    for node in models(nodes).values():
        for parent_id in node.depends_on.nodes:
            if parent_id in shared:
                readers[shared[parent_id]] += 1
    assert readers
    assert [name for name, count in readers.items() if count < 2] == []


def test_whose_child_it_is_is_said_in_one_place(nodes: dict[str, Any]) -> None:
    """Marts read the reason from dim_children, by a left join: a child in no list counts (indicators.md section 5)."""
    said = [
        node.name
        for node in models(nodes).values()
        if layer_of(node) in ("core", "indicators") and "'another authority is responsible" in node.raw_code
    ]
    assert said == ["dim_children"]
    readers = [
        node
        for node in models(nodes).values()
        if layer_of(node) == "indicators" and any(key.endswith(".dim_children") for key in node.depends_on.nodes)
    ]
    assert len(readers) > 8
    assert [node.name for node in readers if "left join children" not in node.raw_code] == []
    assert [node.name for node in readers if "is_own_responsibility, true" in node.raw_code] == []
