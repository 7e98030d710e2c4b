"""Groups of figures have names: each breakdown of the register is named, or its groups speak for themselves."""

from __future__ import annotations

import csv
import re

import pytest

from csc_warehouse.overlay import load_kinds
from csc_warehouse.register import SEEDS, load_register
from csc_warehouse.transform import code_labels

MODEL = SEEDS.parent / "models" / "marts" / "reporting" / "rpt_breakdown_labels.sql"
SPEAK_FOR_THEMSELVES = {
    "age_band": "years or days of age",
    "children": "all of them",
    "families": "all of them",
    "own_authority": "all of them",
    "delay_reason": "words of the source",
    "role": "words of the source",
    "team_role": "a team and words of the source",
    "heading": "words of the source",
    "component": "words",
    "months_on_register": "months",
    "team_role_cover": "a team, words of the source and how the post is covered",
    "heading_component": "words",
    "placing_authority": "codes of the ONS, of which the warehouse has no list",
}
LISTS = {
    "applicant_type": "applicant_type",
    "own_authority_applicant_type": "applicant_type",
    "area": "families_first_area",
    "commissioned": "commissioning",
    "conference_outcome": "conference_outcome",
    "cover": "post_cover",
    "enquiry_outcome": "s47_outcome",
    "disability": "yes_no",
    "language": "language",
    "on_hold": "yes_no",
    "reason": "care_end_reason",
    "second_time": "yes_no",
    "sex": "sex",
    "status": "waiting_status",
}
"""Breakdowns by codes of a list of the contracts."""


@pytest.fixture(scope="module")
def named() -> dict[str, list[dict[str, str]]]:
    groups: dict[str, list[dict[str, str]]] = {}
    with (SEEDS / "group_labels.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            groups.setdefault(row["breakdown"], []).append(row)
    return groups


def test_breakdowns_when_registered_then_named_or_speak_for_themselves(named: dict[str, list[dict[str, str]]]) -> None:
    of_dimensions = set(re.findall(r"'(\w+)' as breakdown,", MODEL.read_text(encoding="utf-8")))
    registered = {breakdown for indicator in load_register().indicators.values() for breakdown in indicator.breakdowns}
    assert len(of_dimensions) == 6
    assert not of_dimensions & set(named)
    assert not (of_dimensions | set(named)) & set(SPEAK_FOR_THEMSELVES)
    assert registered == of_dimensions | set(named) | set(SPEAK_FOR_THEMSELVES)


def test_groups_when_codes_of_a_list_then_all_of_it_is_named(named: dict[str, list[dict[str, str]]]) -> None:
    listed = code_labels.listed_codes()
    for breakdown, list_name in LISTS.items():
        assert {row["breakdown_value"] for row in named[breakdown]} == listed[list_name], breakdown
    census = load_kinds()["spellings.csv"].columns["canonical"].among["ethnicity_group"]
    assert {row["breakdown_value"] for row in named["ethnicity_group"]} == set(census)
    pairs = {f"{age['breakdown_value']} | {code}" for age in named["age"] for code in listed["waiting_status"]}
    assert {row["breakdown_value"] for row in named["age_status"]} == pairs


def test_names_when_shipped_then_in_two_languages_in_one_order(named: dict[str, list[dict[str, str]]]) -> None:
    for breakdown, rows in named.items():
        assert all(row["title"].strip() and row["title_cy"].strip() for row in rows), breakdown
        for column in ("breakdown_value", "title", "title_cy", "sort_order"):
            assert len({row[column] for row in rows}) == len(rows), (breakdown, column)
        assert code_labels.UNKNOWN not in {row["breakdown_value"] for row in rows}
