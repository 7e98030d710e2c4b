"""The layout of the committee report: the shipped one holds together, and a council's is laid over it or refused."""

from __future__ import annotations

import csv

import pytest

from csc_warehouse import layouts
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import PROJECT_DIRECTORY

NEW_TABLE = """
items:
  police:
    shows: groups
    number: {en: Table 20, cy: Tabl 20}
    title: {en: Who makes contact, cy: Pwy sy'n cysylltu}
    indicators: [CON01]
    breakdowns: [source]
sections:
  reviews:
    holds: [table_9, police]
"""


def known() -> dict[str, list[str]]:
    """Return the breakdowns of every indicator of the register."""
    with (PROJECT_DIRECTORY / "dbt_project" / "seeds" / "indicators.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: [name for name in row["breakdowns"].split("|") if name] for row in csv.DictReader(file)}


def test_shipped_layout_when_compared_with_the_register_then_it_names_nothing_else_and_shows_all_that_it_defines() -> (
    None
):
    layout = layouts.load(known=known())
    shown = {code for name in layout.shown for code in layout.items[name].indicators}
    assert len(shown) > 60
    assert set(layout.items) == set(layout.shown)


def test_shipped_layout_when_counted_then_has_the_numbers_of_the_councils_appendix() -> None:
    layout = layouts.load()
    numbers = {item.number.en: item.indicators for item in layout.items.values() if item.number}
    assert set(numbers) == {"Figure 1", "Figure 3", "Table 1", "Table 3", "Table 7", "Table 9"}
    assert numbers["Figure 1"] == ("CON01",)
    assert numbers["Figure 3"] == ("ASM02",)
    assert numbers["Table 1"][0] == "PM24"
    assert numbers["Table 3"][0] == "CON03"
    assert numbers["Table 7"][0] == "ASM01"
    assert numbers["Table 9"][0] == "REV01"


def test_file_of_a_council_when_laid_over_then_adds_a_table_and_leaves_the_rest() -> None:
    layout, shipped = layouts.load(NEW_TABLE, known=known()), layouts.load()
    assert layout.sections["reviews"].holds == ("table_9", "police")
    assert layout.sections["reviews"].title == shipped.sections["reviews"].title
    assert layout.items["police"].indicators == ("CON01",)
    assert {name: item for name, item in layout.items.items() if name != "police"} == shipped.items
    assert layouts.entries(NEW_TABLE) == ["items.police", "sections.reviews"]


def test_item_when_only_its_number_is_given_then_the_rest_stays_and_another_kind_replaces_it() -> None:
    renamed = layouts.load("items:\n  table_9:\n    number: {en: Table 4, cy: Tabl 4}\n").items["table_9"]
    assert renamed.number is not None
    assert (renamed.number.en, renamed.indicators[0]) == ("Table 4", "REV01")
    other = "items:\n  table_9: {shows: bars, title: {en: Reviews, cy: Adolygiadau}, indicators: [REV01]}\n"
    assert layouts.load(other).items["table_9"].number is None


def test_file_when_it_says_nothing_then_the_layout_is_as_shipped() -> None:
    assert layouts.load("# nothing yet\n") == layouts.load()
    assert layouts.entries("# nothing yet\n") == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "sections:\n  reviews:\n    holds: [table_9, tabel_7]\n",
            "line 3, sections.reviews.holds.1: there is no",
        ),
        ("order:\n  - reviews\n  - revews\n", "line 3, order.1: there is no section revews; did you mean reviews?"),
        ("items:\n  table_9:\n    indicators: [REV1]\n", "line 3, items.table_9.indicators.0: REV1 is no indicator"),
        ("items:\n  table_9:\n    colour: red\n", "line 3, items.table_9.colour: no key of that name belongs here"),
        ("items:\n  table_9:\n    title: {en: Reviews}\n", "line 3, items.table_9.title.cy: it is missing; write it."),
        (
            "items:\n  contact_sources:\n    breakdowns: [sex]\n",
            "CON01 is not divided by sex; there is source,",
        ),
        ("items:\n  figure_1:\n    indicators: [CON01, CON02]\n", "what shows bars is of one indicator"),
        ("items:\n  figure_1:\n    rows: team\n", "what shows bars has no rows"),
        ("items:\n  table_9:\n    number: {en: Table 7, cy: Tabl 7}\n", "Table 7 is the number of table_7 already"),
        ("sections:\n  reviews:\n    holds: [table_9, table_7]\n", "table_7 stands in the section assessments already"),
        (
            "items:\n  x: {shows: pie, title: {en: A, cy: B}, indicators: [CON01]}\n",
            "items.x.shows: pie is none",
        ),
        ("items:\n  x: {}\nitems:\n  y: {}\n", "line 3, items: it stands on line 1 already."),
        ("items: [\n", "line 2: it is no YAML"),
        ("- table_9\n", "line 1: it holds no keys"),
        ("a: &x 1\nb: *x\n", "line 1: it repeats another place"),
        ("measures:\n  ASM8: {quarters_only: true}\n", "line 2, measures.ASM8: ASM8 is no indicator of the register"),
        ("sections:\n", "line 1, sections: it holds something else than it should"),
    ],
)
def test_file_when_it_has_a_fault_then_the_sentence_names_file_line_and_key(text: str, fault: str) -> None:
    faults = layouts.faults_of(text, known())
    assert any(fault in said and said.startswith("report_layout.yml, line ") for said in faults), faults
    with pytest.raises(UsageError, match=r"The layout of the report cannot be used: report_layout\.yml, line"):
        layouts.load(text, known=known())


def test_release_when_it_lacks_an_indicator_then_the_layout_still_holds() -> None:
    layout = layouts.load("items:\n  table_9:\n    indicators: [REV01, NEW99]\n")
    assert layout.items["table_9"].indicators == ("REV01", "NEW99")


def test_group_when_the_layout_names_it_then_in_both_languages_and_else_as_recorded() -> None:
    layout = layouts.load()
    assert layout.called("source", "POL", "en") == "Police"
    assert layout.called("source", "POL", "cy") == "Yr heddlu"
    assert layout.called("source", "ZZZ", "en") == "ZZZ"
