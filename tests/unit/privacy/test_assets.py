"""The asset register, from an empty warehouse."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import pytest

from csc_warehouse.errors import UsageError
from csc_warehouse.landing.history import tables
from csc_warehouse.privacy import assets, roles
from csc_warehouse.settings import load_config
from csc_warehouse.warehouse import Warehouse


def test_the_register_lists_every_relation_with_its_readers(module_warehouse: Warehouse, tmp_path: Path) -> None:
    roles.apply_grants(module_warehouse)
    count = assets.write_register(module_warehouse, tmp_path / "register.csv")
    with (tmp_path / "register.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["asset"]: row for row in csv.DictReader(file) if not row["column"]}
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


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_personal_column_has_a_row_with_its_tag(module_warehouse: Warehouse, tmp_path: Path) -> None:
    tables.sync(module_warehouse)
    roles.apply_grants(module_warehouse)
    assets.write_register(module_warehouse, tmp_path / "register.csv")
    rows = {(row["asset"], row["column"]): row for row in read(tmp_path / "register.csv")}
    surname = rows["landing.raise_client", "surname"]
    assert (surname["category"], surname["special_category"]) == ("name", "no")
    assert surname["source"].startswith("RAISe, the council's case system")
    assert all(surname[term] for term in ("lawful_basis", "purpose", "recipients", "retention", "source"))
    assert rows["landing.wccis_person", "ethnicityid_cwname"]["special_category"] == "yes"
    assert rows["quality.decisions", "person"]["category"] == "decision"
    assert ("landing.raise_client", "valid_from_date") not in rows
    assert [column for asset, column in rows if asset == "landing.corporate_finance_monitor"] == [""]
    whole = rows["landing.raise_client", ""]
    assert {"name", "birth", "special", "identifier"} <= set(whole["category"].split("; "))
    assert whole["special_category"] == "yes"


def test_each_place_of_deliveries_says_how_long_they_stay_there(module_warehouse: Warehouse, tmp_path: Path) -> None:
    assets.write_register(module_warehouse, tmp_path / "register.csv", layout="processing")
    settings = module_warehouse.settings
    with (tmp_path / "register.csv").open(encoding="utf-8-sig", newline="") as file:
        said = {str(next(iter(row.values()))): " ".join(row.values()) for row in csv.DictReader(file)}
    assert "Until they are landed" in said[str(settings.spool)]
    assert "landing.keep_refused_days" in said[str(settings.archive / "refused")]
    assert "Until whoever delivers removes them" in said[str(settings.exports)]


def test_a_layout_for_a_councils_own_register_has_a_row_for_each_asset(
    module_warehouse: Warehouse, tmp_path: Path
) -> None:
    tables.sync(module_warehouse)
    count = assets.write_register(module_warehouse, tmp_path / "flowz.csv", layout="flowz")
    rows = read(tmp_path / "flowz.csv")
    assert len(rows) == count
    clients = next(row for row in rows if row["Asset name"] == "landing.raise_client")
    assert "Names (surname, forenames)" in clients["Personal data held"]
    assert clients["Special category data"] == "yes"
    home = module_warehouse.settings.home
    places = {row["Asset name"]: row for row in rows}
    assert places[str(home / "archive")]["Lawful basis"].startswith("UK GDPR article 6")
    assert places[str(home / "restricted" / "worklists")]["Recipients"].startswith("Reviewers")
    assert places[str(home / "logs")]["Personal data held"] == "none"
    pointer = next(row for row in rows if row["Asset name"] == "release.locks")
    assert (pointer["Personal data held"], pointer["Lawful basis"]) == ("none", "")


def test_a_council_configures_the_headings(module_warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "council.toml"
    path.write_text('[asset_register.layouts.flowz]\n"Ased" = "asset"\n"Sail" = "lawful_basis"\n"Maes" = "column"\n')
    settings = module_warehouse.settings.model_copy(update={"config": load_config(path)})
    warehouse = dataclasses.replace(module_warehouse, settings=settings)
    tables.sync(warehouse)
    assets.write_register(warehouse, tmp_path / "flowz.csv", layout="flowz")
    rows = read(tmp_path / "flowz.csv")
    assert list(rows[0]) == ["Ased", "Sail", "Maes"]
    assert {row["Maes"] for row in rows if row["Ased"] == "landing.raise_client"} >= {"", "surname", "upn"}


def test_a_layout_that_is_not_there_or_cannot_be_is_said(module_warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no layout flows"):
        assets.write_register(module_warehouse, tmp_path / "register.csv", layout="flows")
    path = tmp_path / "council.toml"
    path.write_text('[asset_register.layouts.flowz]\n"Asset" = "name"\n')
    with pytest.raises(UsageError, match=r"asset_register\.layouts"):
        load_config(path)
