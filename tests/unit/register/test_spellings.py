"""The shipped spellings of ethnicities: each leads to one group of the Census, and none is a guess."""

from __future__ import annotations

import csv

import pytest

from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.overlay.kinds import load_kinds
from csc_warehouse.register import SEEDS
from csc_warehouse.sample.people import ETHNICITIES

ETHNICITY = "ethnicity_group"
GROUPS = set(load_kinds()["spellings.csv"].columns["canonical"].among[ETHNICITY])


def spellings() -> list[dict[str, str]]:
    """Return the rows of the seed."""
    with (SEEDS / "spellings.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def group_of(text: str) -> str:
    """Return the group that a text as sent leads to."""
    name = canonical_name(text)
    led = {row["spelling"]: row["canonical"] for row in spellings() if row["list_name"] == ETHNICITY}
    group = led.get(name, name)
    return group if group in GROUPS else "unknown"


def test_spellings_when_listed_then_are_written_as_they_compare_and_once() -> None:
    rows = spellings()
    assert [row for row in rows if canonical_name(row["spelling"]) != row["spelling"]] == []
    assert len({(row["list_name"], row["spelling"]) for row in rows}) == len(rows)


def test_ethnicities_when_listed_then_lead_to_a_group_and_no_group_leads_elsewhere() -> None:
    rows = [row for row in spellings() if row["list_name"] == ETHNICITY]
    assert {row["canonical"] for row in rows} == GROUPS == {"ASIAN", "BLACK", "MIXED", "WHITE", "OTHER"}
    assert {row["spelling"] for row in rows}.isdisjoint(GROUPS)


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("White: Welsh, English, Scottish, Northern Irish or British", "WHITE"),
        ("English/Welsh/Scottish/Northern Irish/British", "WHITE"),
        ("White - Gypsy or Irish Traveller", "WHITE"),
        ("  white \N{EN DASH}  british ", "WHITE"),
        ("Any other White background", "WHITE"),
        ("Mixed or multiple ethnic groups: White and Black Caribbean", "MIXED"),
        ("Mixed - White & Asian", "MIXED"),
        ("White and Asian", "MIXED"),
        ("Asian, Asian Welsh or Asian British: Chinese", "ASIAN"),
        ("Asian or Asian British - Pakistani", "ASIAN"),
        ("Chinese", "ASIAN"),
        ("Black, Black Welsh, Black British, Caribbean or African: African", "BLACK"),
        ("Any other Black/African/Caribbean background", "BLACK"),
        ("Other ethnic group: Arab", "OTHER"),
        ("Any other ethnic group", "OTHER"),
        ("Gwyn: Cymreig, Seisnig, Albanaidd, Gwyddelig Gogledd Iwerddon neu Brydeinig", "WHITE"),
        ("Asiaidd, Asiaidd Cymreig neu Asiaidd Prydeinig: Tsieineaidd", "ASIAN"),
        ("Du, Du Cymreig, Du Prydeinig, Carib\u00efaidd neu Affricanaidd: Affricanaidd", "BLACK"),
        ("Du: Caribi\u0308aidd", "BLACK"),
        ("Grwpiau ethnig Cymysg neu Amlethnig: Gwyn a Du Affricanaidd", "MIXED"),
        ("Gr\u0175p ethnig arall: Arabaidd", "OTHER"),
        # RAISe has no circumflex on w
        ("Grwp ethnig arall", "OTHER"),
        ("MWBC", "MIXED"),
        ("WBRI", "WHITE"),
        # A is Asian in one list of codes and White British in another, and a nationality is no ethnicity
        ("A", "unknown"),
        ("1", "unknown"),
        ("British", "unknown"),
        ("Chinese or other ethnic group", "unknown"),
        ("Not stated", "unknown"),
        ("Refused", "unknown"),
        ("", "unknown"),
    ],
)
def test_ethnicity_when_written_in_either_language_then_in_its_group(text: str, group: str) -> None:
    assert group_of(text) == group


def test_ethnicities_of_the_sample_when_written_then_are_in_every_group_and_in_none() -> None:
    assert {group_of(text) for text in ETHNICITIES} == {*GROUPS, "unknown"}
