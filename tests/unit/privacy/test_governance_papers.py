"""The papers for information governance say what the tags and the register say."""

from __future__ import annotations

import re

import yaml

from csc_warehouse.contracts.personal import categories
from csc_warehouse.privacy.assets import LAYOUTS_FILE
from csc_warehouse.settings import PROJECT_DIRECTORY

GOVERNANCE = PROJECT_DIRECTORY / "docs" / "governance"


def test_assessment_when_it_lists_categories_then_all_of_them_with_the_special_ones() -> None:
    page = (GOVERNANCE / "dpia.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| ([^|]+) \| (yes|no) \|$", page, re.MULTILINE))
    assert listed == {category.title: "yes" if category.is_special else "no" for category in categories().values()}


def test_assessment_when_read_then_has_every_step_of_the_template() -> None:
    page = (GOVERNANCE / "dpia.md").read_text(encoding="utf-8")
    steps = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert [int(number) for step in steps for number in re.findall(r"\b(\d)\.", step)] == [1, 2, 3, 4, 5, 6, 7]


def test_record_of_processing_when_laid_out_then_holds_what_the_article_asks_for() -> None:
    layout = yaml.safe_load(LAYOUTS_FILE.read_text(encoding="utf-8"))["processing"]
    assert set(layout.values()) >= {
        "purpose", "category", "special_category", "lawful_basis", "recipients", "retention", "source",
    }  # fmt: skip
    # a row for each place: with a column there would be one for each column
    assert "column" not in layout.values()
    page = (GOVERNANCE / "records-of-processing.md").read_text(encoding="utf-8")
    for asked in ("controller", "transfers", "measures", "people concerned"):
        assert asked in page
