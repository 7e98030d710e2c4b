"""The asset register, from an empty warehouse."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from csc_warehouse.errors import UsageError
from csc_warehouse.privacy import assets, roles
from csc_warehouse.warehouse import Warehouse


def test_the_register_lists_every_relation_with_its_readers(module_warehouse: Warehouse, tmp_path: Path) -> None:
    roles.apply_grants(module_warehouse)
    count = assets.write_register(module_warehouse, tmp_path / "register.csv")
    with (tmp_path / "register.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["asset"]: row for row in csv.DictReader(file)}
    assert len(rows) == count
    quarantine = rows["landing.quarantine"]
    assert quarantine["holds"].startswith("One row per row of an accepted delivery")
    assert "csc_reader" not in quarantine["read_by"]
    assert rows["restricted.child_keys"]["identifiability"] == "children by the source's number, for case lists"
    assert "csc_reviewer" in rows["landing.deliveries"]["read_by"]
    assert str(module_warehouse.settings.key_file) in rows


def test_a_file_that_cannot_be_written_is_said(module_warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        assets.write_register(module_warehouse, tmp_path / "gone" / "register.csv")
