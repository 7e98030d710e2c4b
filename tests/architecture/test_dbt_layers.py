"""The arrows between dbt's layers, and what every model must say of itself; read from the manifest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY
from tests.support.prepared import prepared_settings

MAY_READ = {
    "staging": {"source:landing", "source:context"},
    "intermediate": {"source:context", "source:keys", "seed", "staging", "intermediate"},
    "core": {"source:context", "source:keys", "seed", "intermediate", "core"},
    "indicators": {"seed", "core", "indicators"},
    "reporting": {"source:quality", "source:context", "source:run", "seed", "core", "indicators", "reporting"},
    "restricted": {"source:context", "intermediate", "core"},
}
"""Forward only. What a layer may read beside the one before it, and why, stands in docs/architecture.md."""
CONTRACTED = {"core", "indicators", "reporting"}
CLOCK = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(\s*\)"
    r"|\b(current_date|current_timestamp|current_time|localtimestamp|localtime)\b|run_started_at|modules\.datetime",
    re.IGNORECASE,
)
COMMENTS = re.compile(r"\{#.*?#\}|--[^\n]*|/\*.*?\*/", re.DOTALL)
WHOLE = re.compile(r"\bselect\s+\*\s+from\s+[a-z_][a-z0-9_]*", re.IGNORECASE)
STAR = re.compile(r"(?:\bselect|,)\s+(?:distinct\s+)?(?:[a-z_][a-z0-9_]*\.)?\*", re.IGNORECASE)


@pytest.fixture(scope="module")
def manifest() -> Iterator[Any]:
    """Parse the project once; no model is built."""
    from csc_warehouse.transform import parse_project
    from csc_warehouse.warehouse import open_warehouse

    with prepared_settings() as settings:
        warehouse = open_warehouse(settings)
        yield parse_project(warehouse)
        warehouse.engine.dispose()


def _layer(node: Any) -> str:
    """Return a node's layer: its seed, its source's name, or the folder of its model."""
    if node.resource_type.value == "seed":
        return "seed"
    if node.resource_type.value == "source":
        return f"source:{node.source_name}"
    folders = node.original_file_path.split("/")
    return str(folders[2] if folders[1] == "marts" else folders[1])


def _models(manifest: Any) -> list[Any]:
    return [node for node in manifest.nodes.values() if node.resource_type.value == "model"]


def test_manifest_when_parsed_then_holds_every_layer(manifest: Any) -> None:
    layers = [_layer(model) for model in _models(manifest)]
    assert set(layers) == set(MAY_READ)
    assert len(layers) > 100


def test_model_when_it_reads_then_along_an_arrow(manifest: Any) -> None:
    wrong = []
    for model in _models(manifest):
        for parent_id in model.depends_on.nodes:
            parent = manifest.nodes.get(parent_id) or manifest.sources[parent_id]
            if _layer(parent) not in MAY_READ[_layer(model)]:
                wrong.append(f"{_layer(model)} {model.name} reads {_layer(parent)} {parent.name}")
    assert wrong == []


def test_arrow_when_allowed_then_is_used(manifest: Any) -> None:
    used: dict[str, set[str]] = {layer: set() for layer in MAY_READ}
    for model in _models(manifest):
        for parent_id in model.depends_on.nodes:
            parent = manifest.nodes.get(parent_id) or manifest.sources[parent_id]
            used[_layer(model)].add(_layer(parent))
    assert used == MAY_READ


def test_staging_when_it_reads_then_joins_nothing_but_the_context(manifest: Any) -> None:
    # codes are looked up by the macro decode_join; beside it a delivery is compared with the day that is shown
    joined = re.compile(r"\bjoin\b(?!\s+\{\{\s*source\('context')", re.IGNORECASE)
    staging = [model for model in _models(manifest) if _layer(model) == "staging"]
    assert [model.name for model in staging if joined.search(COMMENTS.sub(" ", model.raw_code))] == []


@pytest.mark.parametrize(
    ("layer", "pattern"),
    [
        ("staging", r"stg_[a-z0-9]+__[a-z0-9_]+"),
        ("intermediate", r"int_[a-z0-9_]+"),
        ("core", r"(dim|fct|bridge)_[a-z0-9_]+"),
        (
            "indicators",
            r"ind_[a-z0-9]+__[a-z0-9_]+|indicator_[a-z_]+|indicators|targets|comparators|series_breaks|int_[a-z_]+",
        ),
        ("reporting", r"rpt_[a-z0-9_]+|int_[a-z0-9_]+"),
    ],
)
def test_model_when_named_then_by_its_layer(manifest: Any, layer: str, pattern: str) -> None:
    names = [model.name for model in _models(manifest) if _layer(model) == layer]
    assert names
    assert [name for name in names if not re.fullmatch(pattern, name)] == []


def test_model_when_described_then_says_what_one_row_is(manifest: Any) -> None:
    wrong = [model.name for model in _models(manifest) if not model.description.strip().startswith("One row per ")]
    assert wrong == []


def test_column_when_listed_then_is_described(manifest: Any) -> None:
    undescribed = [
        f"{model.name}.{column.name}"
        for model in _models(manifest)
        for column in model.columns.values()
        if not column.description.strip()
    ]
    unlisted = [model.name for model in _models(manifest) if not model.columns]
    assert undescribed == []
    assert unlisted == []


def test_contract_when_the_layer_promises_columns_then_is_enforced(manifest: Any) -> None:
    loose = [m.name for m in _models(manifest) if _layer(m) in CONTRACTED and not m.config.contract.enforced]
    assert loose == []


def _sql(manifest: Any) -> Iterator[tuple[str, str]]:
    """Yield every model's and macro's name and text without comments."""
    for model in _models(manifest):
        yield model.name, COMMENTS.sub(" ", model.raw_code)
    for path in sorted((PROJECT_DIRECTORY / "dbt_project" / "macros").rglob("*.sql")):
        yield path.name, COMMENTS.sub(" ", path.read_text())


def test_model_when_it_needs_a_date_then_reads_the_context_and_no_clock(manifest: Any) -> None:
    assert CLOCK.search("where day <= current_date")
    assert CLOCK.search("select now ()")
    found = {name: match.group() for name, text in _sql(manifest) if (match := CLOCK.search(text))}
    assert found == {}


def _outermost(text: str) -> str:
    """Return what stands outside all parentheses: without common table expressions, only the last select is left."""
    text = re.sub(r"\{%.*?%\}", " ", re.sub(r"\{\{.*?\}\}", "relation", text, flags=re.DOTALL), flags=re.DOTALL)
    depth, kept = 0, []
    for character in text:
        depth += (character == "(") - (character == ")")
        kept.append(character if depth == 0 and character != ")" else " ")
    return "".join(kept)


def test_model_when_it_ends_then_names_its_columns_or_takes_all_of_its_last_step(manifest: Any) -> None:
    assert STAR.findall(_outermost("with a as (select *, 1 as b from c) select a.*, d from a"))
    assert not STAR.findall(WHOLE.sub("", _outermost("with a as (select *, 1 as b from c) select * from a")))
    found = {}
    for model in _models(manifest):
        stars = STAR.findall(WHOLE.sub("", _outermost(COMMENTS.sub(" ", model.raw_code))))
        if stars:
            found[model.name] = stars
    assert found == {}
