"""One pattern of names for dbt's YAML: a file's name says of which folder it speaks, and of what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from csc_warehouse.settings import PROJECT_DIRECTORY

DBT_PROJECT = PROJECT_DIRECTORY / "dbt_project"
KINDS = {
    "models",
    "unit_tests",
    "data_tests",
    "sources",
    "seeds",
    "macros",
    "exposures",
    "groups",
    "semantic_models",
    "metrics",
}
FILES = sorted(
    path
    for folder in ("models", "semantic_dev", "seeds", "tests", "macros")
    for path in (DBT_PROJECT / folder).rglob("*")
    if path.suffix in {".yml", ".yaml"}
)


def _content(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {kind: entries for kind, entries in content.items() if kind != "version"}


def _parts(path: Path) -> list[str]:
    return path.stem.removeprefix("_").split("__")


def test_the_files_are_found_in_every_folder_of_models() -> None:
    folders = {path.parent for path in (DBT_PROJECT / "models").rglob("*.sql")}
    assert folders <= {path.parent for path in FILES}
    assert len(folders) > 20


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DBT_PROJECT)))
def test_name_is_the_folder_then_a_subject_where_there_are_several_then_the_kind(path: Path) -> None:
    expected = f"_{path.parent.name}__models.yml, or _{path.parent.name}__<subject>__models.yml where a folder has many"
    kind = _parts(path)[-1]
    assert path.suffix == ".yml"
    assert path.name.startswith("_"), expected
    assert kind in KINDS, expected
    assert set(_content(path)) == {kind}, "one kind to a file, the one that its name says"
    if kind == "sources":
        # a source is a schema of the database, which folders share: it gives the name
        assert _parts(path) == [_content(path)["sources"][0]["name"], "sources"]
        assert len(_content(path)["sources"]) == 1
    else:
        assert _parts(path)[0] == path.parent.name, expected
        assert len(_parts(path)) in (2, 3), expected


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if _parts(path)[-1] == "models"],
    ids=lambda path: str(path.relative_to(DBT_PROJECT)),
)
def test_models_are_described_beside_their_sql(path: Path) -> None:
    described = [model["name"] for model in _content(path)["models"]]
    assert [name for name in described if not (path.parent / f"{name}.sql").is_file()] == []
