"""After staging nothing knows a system's name, and every system's staging keeps one interface."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.systems import case_systems
from csc_warehouse.settings import PROJECT_DIRECTORY, SOURCES
from tests.conftest import Night

PROJECT = PROJECT_DIRECTORY / "dbt_project"
NAMELESS = [
    PROJECT / "macros",
    PROJECT / "models" / "intermediate",
    PROJECT / "models" / "marts",
    PROJECT_DIRECTORY / "expectations",
    PROJECT_DIRECTORY / "src" / "csc_warehouse" / "transform",
    PROJECT_DIRECTORY / "src" / "csc_warehouse" / "quality",
]
SYSTEMS = case_systems(load_contracts(SOURCES).values())
DEPRECATED = {"raise_as_at_date", "wccis_as_at_date", "raise_records", "wccis_records", "begun_in_wccis"}
"""Columns that readers have; they go with the next release."""


def _named(path: Path) -> list[str]:
    content = path.read_text(encoding="utf-8")
    for column in DEPRECATED:
        content = content.replace(column, "")
    if path.suffix == ".py":
        # one system's name is a statement of the language too
        return re.findall(r"RAISe|(?i:wccis|cofnod)|[\"']raise[\"'_]|\braise_\w+", content)
    return re.findall(rf"(?i)\b(?:stg_)?(?:{'|'.join(SYSTEMS)})(?:_|\b)", content)


@pytest.mark.parametrize("folder", NAMELESS, ids=lambda folder: folder.name)
def test_files_behind_staging_when_read_then_they_name_no_system(folder: Path) -> None:
    files = [
        path
        for path in folder.rglob("*")
        if path.suffix in (".sql", ".yml", ".py") and not path.name.endswith("unit_tests.yml")
    ]
    assert files
    assert {str(path.relative_to(PROJECT_DIRECTORY)): found for path in files if (found := _named(path))} == {}


def test_systems_of_the_project_when_compared_then_those_of_the_contracts() -> None:
    said = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    assert said["case_systems"] == SYSTEMS


def test_staging_of_each_system_when_compared_then_the_same_models_with_the_same_columns(sample_night: Night) -> None:
    with sample_night.warehouse.transaction() as connection:
        rows = connection.execute(
            text(
                "select c.relname, a.attname, a.atttypid::regtype::text from pg_class as c"
                " join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
                " where c.relnamespace = 'staging'::regnamespace and c.relname ~ '^stg_'"
            )
        ).all()
    found: dict[str, dict[str, dict[str, str]]] = {system: {} for system in SYSTEMS}
    for row in rows:
        relation, column, kind = str(row.relname), str(row.attname), str(row[2])
        system, _, plural = relation.removeprefix("stg_").partition("__")
        if system in found:
            found[system].setdefault(plural, {})[column] = kind
    first = found[SYSTEMS[0]]
    assert len(first) >= 20
    for system in SYSTEMS[1:]:
        assert found[system] == first, system
