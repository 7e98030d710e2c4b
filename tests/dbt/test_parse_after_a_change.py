"""A night after a change of the project builds and tests what that says, not what an earlier parse kept of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from csc_warehouse.transform.runner import DBT_PROJECT, _parse
from csc_warehouse.warehouse.cluster import DATABASE


def _change_a_macro(project: Path) -> None:
    path = project / "macros" / "rounded_term.sql"
    path.write_text(path.read_text(encoding="utf-8") + "\n{# changed #}\n", encoding="utf-8")


def _move_a_unit_test(project: Path) -> None:
    path = project / "models" / "marts" / "reporting" / "_reporting__unit_tests.yml"
    path.rename(path.with_name("_a_file_of_another_name.yml"))


@pytest.mark.parametrize("change", [_change_a_macro, _move_a_unit_test])
def test_no_test_loses_what_it_holds_when_the_project_changes(tmp_path: Path, change: Callable[[Path], None]) -> None:
    project = tmp_path / "project"
    shutil.copytree(DBT_PROJECT, project)
    before = _holding(tmp_path / "state", project)
    assert len(before) >= 7
    change(project)
    assert _holding(tmp_path / "state", project) == before
    assert _holding(tmp_path / "state", project) == before


def _holding(state: Path, project: Path) -> list[str]:
    manifest = _parse(state, DATABASE, project)
    return sorted(name for name, node in manifest.nodes.items() if node.config.meta.get("holds_its_authority"))
