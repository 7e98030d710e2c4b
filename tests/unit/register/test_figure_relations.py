"""The declared relations between figures: every indicator has some, and a row that cannot be right is refused."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.register import SEEDS, load_register

FILE = "figure_relations.csv"


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


def rows_of(seeds: Path) -> list[dict[str, str]]:
    with (seeds / FILE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(seeds: Path, rows: list[dict[str, str]]) -> None:
    with (seeds / FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_every_indicator_about_children_declares_how_its_figures_hang_together() -> None:
    assert load_register().without_relations() == []


def test_indicator_without_a_relation_when_asked_then_it_is_named(seeds: Path) -> None:
    write(seeds, [row for row in rows_of(seeds) if row["indicator_code"] not in ("CON08", "PRE01")])
    assert load_register(seeds).without_relations() == ["CON08", "PRE01"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"indicator_code": "XYZ01"}, "XYZ01 is no indicator"),
        ({"breakdown": "colour"}, "colour is no breakdown of CON02"),
        ({"breakdown_value": "POL"}, "the whole of CON02 is the breakdown all with the value all"),
        ({"comparison": "roughly"}, "comparison"),
        ({"coefficient": "2"}, "coefficient"),
        ({"moment": "later"}, "moment"),
        ({"comparison": "at_most"}, "has several comparisons"),
        ({"comparison": "alone", "relation": "of its own"}, "has one row|several comparisons|is alone"),
        ({"indicator_code": "FF01"}, "FF01 is not about children"),
    ],
)
def test_row_that_cannot_be_right_is_refused_in_one_sentence(
    seeds: Path, change: dict[str, str], sentence: str
) -> None:
    rows = rows_of(seeds)
    rows[0] |= change
    write(seeds, rows)
    with pytest.raises(CscWarehouseError, match=sentence):
        load_register(seeds)
