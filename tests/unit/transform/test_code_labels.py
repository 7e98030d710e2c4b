"""The names of codes are those of the contracts' lists, and teams are listed once, or nothing is built."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from csc_warehouse.contracts.check import all_contracts
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.overlay import load_kinds
from csc_warehouse.register import SEEDS
from csc_warehouse.transform import code_labels

CORE = SEEDS.parent / "models" / "marts" / "core"
LISTED = {"provider": {"OWN", "IFA"}, "sex": {"M", "F"}}


def label(code: str, *, list_name: str = "provider", **other: str) -> dict[str, str]:
    row = {"list_name": list_name, "code": code, "title": "Own", "title_cy": "Ei hun", "sort_order": "10"}
    return row | other


def team(code: str, **other: str) -> dict[str, str]:
    row = {"authority_code": "W06000006", "team_code": code, "team_name": "A", "service_name": "B"}
    return row | {"level_of_management": "team"} | other


def test_shipped_names_when_checked_then_are_those_of_the_contracts() -> None:
    code_labels.check(SEEDS)
    listed = code_labels.listed_codes()
    assert listed["contact_source"] >= {"POL", "PRO", "CRT"}
    # of every source: one that says it another way means the same code
    assert {source for source, contract in all_contracts().items() if "provider" in contract.code_lists} >= {
        "raise",
        "wccis",
    }


def test_dimensions_when_they_read_a_list_then_it_is_named_and_a_council_may_word_it() -> None:
    texts = [path.read_text(encoding="utf-8") for path in CORE.glob("dim_*.sql")]
    read = {name for text in texts for name in re.findall(r"code_dimension\('(\w+)'", text)}
    read |= {name for text in texts for name in re.findall(r"list_name = '(\w+)'", text)}
    named = {row["list_name"] for row in code_labels._rows(SEEDS / code_labels.LABELS)}
    assert len(read) >= 6
    assert named == read
    assert set(load_kinds()["code_labels.csv"].columns["list_name"].of) == named
    assert load_kinds()["teams.csv"].columns["level_of_management"].of == code_labels.LEVELS


def test_names_when_they_are_those_of_the_list_then_no_fault() -> None:
    assert list(code_labels.faults_of_labels([label("OWN"), label("IFA")], LISTED)) == []


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([label("OWN")], "has no row for the code IFA of provider"),
        ([label("OWN"), label("IFA"), label("KIN")], "KIN of provider: no contract lists it"),
        ([label("OWN"), label("IFA"), label("OWN")], "OWN of provider: it is named twice"),
        ([label("OWN"), label("IFA", title_cy=" ")], "IFA of provider: it has no title in English and Welsh"),
        ([label("OWN"), label("IFA", sort_order="first")], "its sort_order is no whole number"),
        ([label("X", list_name="providers")], "no contract has a list of that name; did you mean provider?"),
    ],
)
def test_names_when_a_list_says_otherwise_then_one_sentence(rows: list[dict[str, str]], told: str) -> None:
    assert told in " ".join(code_labels.faults_of_labels(rows, LISTED))


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([team("A"), team("A")], "team A of W06000006: it is listed twice"),
        ([team("A", service_name="")], "it has no name or no service"),
        ([team("A", level_of_management="boss")], "none of team, service, head_of_service"),
        ([team("UNKNOWN")], "that is what stands for no team"),
    ],
)
def test_teams_when_a_row_cannot_be_right_then_one_sentence(rows: list[dict[str, str]], told: str) -> None:
    assert told in " ".join(code_labels.faults_of_teams(rows))
    assert list(code_labels.faults_of_teams([team("A"), team("A", authority_code="W06000005")])) == []


def test_seeds_when_a_code_has_no_name_then_nothing_is_built(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    shutil.copytree(SEEDS, seeds)
    text = (seeds / code_labels.LABELS).read_text(encoding="utf-8")
    (seeds / code_labels.LABELS).write_text(re.sub(r"contact_source,PRO,.*\n", "", text), encoding="utf-8")
    with pytest.raises(CscWarehouseError, match=r"no row for the code PRO of contact_source.*build again"):
        code_labels.check(seeds)
