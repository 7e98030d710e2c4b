"""Worklists name each record once, by team and worker, gravest and oldest first; no cell can calculate."""

from __future__ import annotations

import datetime
import io
from dataclasses import replace

import openpyxl

from csc_warehouse.reporting.pages.worklist import NO_WORKER
from csc_warehouse.reporting.pages.worklist_workbook import COLUMNS, workbook
from csc_warehouse.reporting.pages.worklists import MOST_OF_A_TEAM, worklist_page
from tests.support.nights import ITEM, NIGHT, worklist
from tests.unit.pages.test_quality_page import words


def test_worklist_when_read_then_says_record_child_sentence_field_and_age() -> None:
    text = words(worklist_page(worklist()))
    assert "3 corrections to make" in text
    assert "2 of these first" in text
    assert "5 made since the night before" in text
    assert "1 explained" in text
    assert (
        "First Every contact with an outcome says when it was decided. Time of decision."
        " Contact form (RAISe CONTACT, WCCIS contact) W158 RAISe 0098765 0012345 20 December 2018 12" in text
    )
    assert "Jo Bell, until 31 January 2019" in text


def test_worklist_when_ordered_then_figures_first_and_nobody_last() -> None:
    made = worklist()
    items = [*made.items, replace(ITEM, worker=NO_WORKER, record_id="1")]
    teams = replace(made, items=items).by_team()
    assert [team for team, _ in teams] == ["LAC", "SPOA"]
    assert [worker for worker, _ in teams[1][1]] == ["W158", NO_WORKER]
    assert [item.record_id for item in teams[1][1][0][1]] == ["0098765", "0098766"]


def test_worklist_when_read_then_one_table_for_each_team_the_oldest_first() -> None:
    days = [datetime.date(2018, 12, day) for day in (20, 3, 11)]
    items = [
        replace(ITEM, worker=f"W{number}", record_id=f"R{number}", first_seen=day, is_first=number == 0)
        for number, day in enumerate(days)
    ]
    page = worklist_page(replace(worklist(), items=[*items, replace(ITEM, team="LAC")]))
    assert page.count("<table") == 2
    text = words(page)
    assert text.index("RAISe R1") < text.index("RAISe R2") < text.index("RAISe R0")
    assert "Worker All W0 (1) W1 (1) W2 (1)" in text


def test_worklist_when_too_long_then_what_figures_carry_a_caveat_for_is_not_cut_off() -> None:
    old = [replace(ITEM, is_first=False, first_seen=datetime.date(2018, 1, 1))] * MOST_OF_A_TEAM
    text = words(worklist_page(replace(worklist(), items=[*old, replace(ITEM, record_id="R1")])))
    assert "RAISe R1" in text
    assert "1 further correction in the spreadsheet" in text


def test_worklist_when_names_are_welsh_then_they_are_kept_and_stand_in_their_place() -> None:
    named = ["Ynys Môn", "Ŵyn", "Zeta", "adolygu", "Tŷ Llŷr"]
    made = replace(worklist(), items=[replace(ITEM, team=name, worker=f"Siân {name}") for name in named])
    assert [team for team, _ in made.by_team()] == ["adolygu", "Tŷ Llŷr", "Ŵyn", "Ynys Môn", "Zeta"]
    page = worklist_page(made)
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(made)))["Corrections"]
    for name in named:
        assert f"{name}: 1 correction" in words(page)
        assert f"Siân {name}" in {cell.value for cell in sheet["B"]}
    assert '<meta charset="utf-8">' in page


def test_worklist_when_very_long_then_the_page_points_to_the_spreadsheet() -> None:
    items = [replace(ITEM, record_id=str(number)) for number in range(MOST_OF_A_TEAM + 50)]
    text = words(worklist_page(replace(worklist(), items=items)))
    assert f"SPOA: {MOST_OF_A_TEAM + 50} corrections" in text
    assert "50 further corrections in the spreadsheet" in text


def test_empty_worklist_when_read_then_says_so() -> None:
    empty = replace(worklist(), items=[])
    assert "Nothing is to be mended." in words(worklist_page(empty))
    assert openpyxl.load_workbook(io.BytesIO(workbook(empty)))["Corrections"].max_row == 1


def test_spreadsheet_when_opened_then_a_screen_reader_can_follow_it() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(worklist())))
    sheet = book["Corrections"]
    assert book.properties.title == "Worklist of Wrexham, 31 December 2018"
    assert book.properties.language == "en-GB"
    assert [cell.value for cell in sheet[1]] == [heading for heading, _ in COLUMNS]
    assert sheet.freeze_panes == "A2"
    assert sheet.print_title_rows == "$1:$1"
    assert not any(each.merged_cells.ranges for each in book.worksheets)
    assert sheet.tables["Corrections"].ref == "A1:M5"
    assert sheet.tables["Corrections"].headerRowCount == 1
    first = [cell.value for cell in sheet[2]]
    assert first[:3] == ["LAC", '=HYPERLINK("http://x")', "Yes"] or first[:3] == ["SPOA", "W158", "Yes"]
    dates = {row[9].value for row in sheet.iter_rows(min_row=2)}
    assert datetime.datetime.combine(NIGHT, datetime.time()) in dates


def test_spreadsheet_when_text_looks_like_a_formula_then_it_stays_text() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(worklist())))["Corrections"]
    workers = [row[1] for row in sheet.iter_rows(min_row=2)]
    (formula,) = [cell for cell in workers if str(cell.value).startswith("=")]
    assert formula.data_type == "s"
    assert formula.quotePrefix
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
