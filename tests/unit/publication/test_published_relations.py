"""Which models are published and how, read from a manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.publication import published_relations


def node(name: str, schema: str = "marts_candidate", **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resource_type": "model",
        "name": name,
        "alias": name,
        "schema": schema,
        "description": f"One row per {name}.\n",
        "config": {"enabled": True, "meta": {"publication": "partition"}},
        "columns": {
            "authority_code": {"name": "authority_code", "description": "ONS code.", "constraints": []},
            "child_key": {"name": "child_key", "description": "", "constraints": [{"type": "primary_key"}]},
        },
        "constraints": [],
    }
    meta = changes.pop("meta", None)
    if meta is not None:
        made["config"]["meta"] = meta
    return made | changes


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write_manifest(*nodes: dict[str, Any]) -> Path:
        path = tmp_path / "manifest.json"
        path.write_text(json.dumps({"nodes": {f"model.x.{n['name']}": n for n in nodes}}))
        return path

    return write_manifest


def test_published_models_and_seeds_are_read_in_order(write: Any) -> None:
    path = write(
        node("indicators", resource_type="seed", meta={"publication": "partition", "shared": True}),
        node("dim_children"),
        node("int_children", "intermediate", meta={}),
        node("assert_something", resource_type="test"),
        node("rpt_scorecard", "reporting_candidate", meta={"publication": "partition", "indexes": [["child_key"]]}),
    )
    relations = published_relations.read(path)
    assert [(str(r), r.kind, r.is_shared, r.indexes) for r in relations] == [
        ("marts.dim_children", "partition", False, ()),
        ("marts.indicators", "partition", True, ()),
        ("reporting.rpt_scorecard", "partition", False, (("child_key",),)),
    ]
    assert relations[0].description == "One row per dim_children."
    assert relations[0].column_descriptions == {"authority_code": "ONS code.", "child_key": ""}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({}, ("child_key",)),
        (
            {"constraints": [{"type": "primary_key", "columns": ["authority_code", "child_key"]}]},
            ("authority_code", "child_key"),
        ),
        ({"meta": {"publication": "partition", "key": "authority_code"}}, ("authority_code",)),
        ({"columns": {}}, ()),
    ],
)
def test_the_key_is_declared_or_the_contracts(write: Any, changes: dict[str, Any], key: tuple[str, ...]) -> None:
    (relation,) = published_relations.read(write(node("dim_children", **changes)))
    assert relation.key_columns == key


def test_the_key_of_a_range_names_its_authority(write: Any) -> None:
    (relation,) = published_relations.read(write(node("fct_contacts", meta={"publication": "range"})))
    assert relation.key_columns == ("authority_code", "child_key")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"meta": {"publication": "table"}}, "must be partition or range"),
        ({"meta": {"publication": "range"}, "columns": {}}, "needs a primary key"),
        ({"meta": {"publication": "range", "shared": True}}, "needs a primary key in its contract .* and an authority"),
        ({"schema": "intermediate"}, "only models of marts_candidate"),
        ({"schema": "marts"}, "only models of marts_candidate"),
        ({"alias": "dim_" + "x" * 45}, "too long a name"),
    ],
)
def test_metadata_that_cannot_be_used_are_refused_by_name(write: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CscWarehouseError, match=message) as caught:
        published_relations.read(write(node("dim_children") | node("dim_children", **changes)))
    assert "dim_" in str(caught.value)


def test_a_missing_manifest_says_to_build(tmp_path: Path) -> None:
    with pytest.raises(CscWarehouseError, match="build before publishing"):
        published_relations.read(tmp_path / "manifest.json")
