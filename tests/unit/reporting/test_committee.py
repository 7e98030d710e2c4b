"""Every indicator of the register has its chapter in the committee report."""

from __future__ import annotations

import csv

from csc_warehouse.reporting.committee import AREAS, chapter_of
from csc_warehouse.settings import PROJECT_DIRECTORY


def test_chapters_when_compared_with_the_register_then_none_is_missing() -> None:
    with (PROJECT_DIRECTORY / "dbt_project" / "seeds" / "indicators.csv").open(encoding="utf-8", newline="") as file:
        prefixes = {chapter_of(row["code"]) for row in csv.DictReader(file)}
    assert prefixes == set(AREAS)
