"""The safeguarding board's quarterly: its data hold what its tables show, and each revision is beside its figure."""

from __future__ import annotations

import csv
import datetime
import io
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from csc_warehouse import layouts, stewardship
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.reporting import board, committee
from csc_warehouse.reporting.papers import BOARD, COMMITTEE, Paper
from csc_warehouse.reporting.report import answer, building, formats
from csc_warehouse.reporting.report.blocks import Report
from csc_warehouse.reporting.report.book import Book, Entry, Figure, Period, Revised
from csc_warehouse.reporting.report.formats.laying import NONE
from csc_warehouse.reporting.report.printing import Printer
from csc_warehouse.texts import LANGUAGES, Language
from csc_warehouse.version import Origin

BEFORE = Period("quarter", "2018/19 Q2", datetime.date(2018, 7, 1), datetime.date(2018, 9, 30))
QUARTER = Period("quarter", "2018/19 Q3", datetime.date(2018, 10, 1), datetime.date(2018, 12, 31))
YEAR = Period("year", "2017/18", datetime.date(2017, 4, 1), datetime.date(2018, 3, 31))


def entry(code: str) -> Entry:
    return Entry(
        code=code,
        local_code="",
        titles={"en": f"Title of {code}", "cy": f"Teitl {code}"},
        framework="local",
        flow_or_stock="flow",
        value_type="count",
        unit="children",
        good_direction="none",
        period_types=frozenset({"quarter", "year"}),
        is_confirmed=False,
        confirm_note="To be agreed.",
        numerator_text="children counted",
    )


def figure(period: Period, number: int | None) -> Figure:
    shown = None if number is None else Decimal(number)
    status = "suppressed" if number is None else "final"
    return Figure(period.label, "[c]" if number is None else str(number), shown, shown, None, status, grade="A")


@pytest.fixture
def printer() -> Printer:
    figures = {
        ("SGB07", "all", "all"): {BEFORE.label: figure(BEFORE, 31), QUARTER.label: figure(QUARTER, 26)},
        ("SGB07", "category", "EMO"): {QUARTER.label: figure(QUARTER, 26)},
        ("SGB07", "category", "NEG"): {QUARTER.label: figure(QUARTER, None)},
        ("SGB01", "all", "all"): {QUARTER.label: figure(QUARTER, 107), YEAR.label: figure(YEAR, 400)},
        ("LAC01", "all", "all"): {QUARTER.label: figure(QUARTER, 300)},
    }
    book = Book(
        period=QUARTER,
        as_at=datetime.date(2018, 12, 31),
        periods=(BEFORE, QUARTER, YEAR),
        figures=figures,
        register={code: entry(code) for code in ("LAC01", "SGB01", "SGB07")},
        revised=(
            Revised(
                "SGB07", "Title of SGB07", BEFORE.label, "30", "31", "One was late.", on=datetime.date(2018, 11, 5)
            ),
            Revised("SGB07", "Title of SGB07: Emotional", QUARTER.label, "25", "26", "", "category", "EMO"),
        ),
    )
    return Printer(book, layouts.load(file=layouts.BOARD))


def test_rows_when_written_then_hold_each_figure_of_the_tables_once_and_no_other(printer: Printer) -> None:
    rows = list(board.rows(printer, "W06000006", 5))
    keys = [(row["indicator_code"], row["breakdown_value"], row["period_label"]) for row in rows]
    assert keys == [
        ("SGB01", "all", "2018/19 Q3"),
        ("SGB07", "all", "2018/19 Q2"),
        ("SGB07", "all", "2018/19 Q3"),
        ("SGB07", "EMO", "2018/19 Q3"),
        ("SGB07", "NEG", "2018/19 Q3"),
    ]
    assert set(board.COLUMNS) - set(rows[0]) == {"code_version", "code_address"}
    assert {row["group_title"] for row in rows} == {"", "Emotional abuse", "Neglect"}
    assert {row["group_title_cy"] for row in rows} == {"", "Cam-drin emosiynol", "Esgeulustod"}
    assert {row["title_cy"] for row in rows} == {
        printer.book.register[row["indicator_code"]].titles["cy"] for row in rows
    }
    # nobody has translated it
    assert {row["confirm_note_cy"] for row in rows} == {""}
    assert all((row["counted"], row["confirm_note"]) == ("children counted", "To be agreed.") for row in rows)


def test_rows_when_hidden_then_hold_no_number_and_when_revised_then_the_one_before(printer: Printer) -> None:
    rows = {(row["breakdown_value"], row["period_label"]): row for row in board.rows(printer, "W06000006", 5)}
    assert (rows["NEG", QUARTER.label]["display"], rows["NEG", QUARTER.label]["numerator"]) == ("[c]", None)
    late = rows["all", BEFORE.label]
    assert (late["revised_from"], late["revision_reason"], late["revised_on"]) == (
        "30",
        "One was late.",
        datetime.date(2018, 11, 5),
    )
    assert rows["EMO", QUARTER.label]["revised_from"] == "25"
    assert rows["all", QUARTER.label]["revised_from"] == ""


def report(printer: Printer, language: Language) -> Report:
    spoken = replace(printer, language=language)
    chapters = building.chapters(spoken)
    return Report(
        authority_code="W06000006",
        authority_name="Wrecsam" if language == "cy" else "Wrexham",
        release_id=5,
        period=QUARTER.label,
        as_at_date=QUARTER.end,
        verdict="published",
        reason="",
        origin=Origin("1.0"),
        signatures=(),
        answer=answer.lines(spoken, chapters, reason="", is_signed=False),
        chapters=chapters,
        revisions=spoken.revisions,
        texts=spoken.texts,
        about=spoken.layout.title[language],
        prefix=BOARD.prefix,
    )


@pytest.mark.parametrize(
    ("language", "heading", "revised"),
    [
        (
            "en",
            "Wrexham: child protection for the safeguarding board, 2018/19 Q3",
            [
                ("Title of SGB07", "2018/19 Q2", "30", "31", "One was late.", "5 November 2018"),
                ("Title of SGB07: Emotional abuse", "2018/19 Q3", "25", "26", "to be given at sign-off", NONE),
            ],
        ),
        (
            "cy",
            "Wrecsam: amddiffyn plant ar gyfer y bwrdd diogelu, 2018/19 Ch3",
            [
                ("Teitl SGB07", "2018/19 Ch2", "30", "31", "One was late.", "5 Tachwedd 2018"),
                ("Teitl SGB07: Cam-drin emosiynol", "2018/19 Ch3", "25", "26", "i'w roi wrth gymeradwyo", NONE),
            ],
        ),
    ],
)
def test_paper_when_in_a_language_then_each_format_lists_the_revisions_in_it(
    printer: Printer, language: Language, heading: str, revised: list[tuple[str, ...]]
) -> None:
    made = report(printer, language)
    page = committee.as_page(made)
    assert f"<h1>{heading}</h1>" in page
    for row in revised:
        assert all(f">{says.replace(chr(39), '&#39;')}<" in page or f">{says}<" in page for says in row), row
    book = openpyxl.load_workbook(io.BytesIO(formats.written(made, "xlsx")))
    assert any(cell.value == heading for row in book.worksheets[0].iter_rows() for cell in row)
    lines = [tuple(str(cell.value) for cell in row) for sheet in book.worksheets for row in sheet.iter_rows()]
    for row in revised:
        assert [line for line in lines if line[:1] == row[:1] and row[-2] in line], row
    assert len(formats.written(made, "docx")) > 1000


def test_data_when_the_page_is_welsh_then_are_the_same(printer: Printer) -> None:
    published = SimpleNamespace(code_version="1", code_address=None)
    chosen = committee.Chosen("W06000006", 5, QUARTER.label, published, (), (), BOARD)
    data = {language: committee._data(replace(printer, language=language), chosen) for language in LANGUAGES}
    assert data["cy"] == data["en"]
    rows = list(csv.DictReader(io.StringIO(data["cy"])))
    assert {row["title"] for row in rows} == {"Title of SGB01", "Title of SGB07"}


def test_files_when_of_two_papers_of_one_signature_then_have_no_name_in_common() -> None:
    def names(paper: Paper) -> set[str]:
        chosen = committee.Chosen("W06000006", 5, QUARTER.label, None, (), (), paper)
        return {chosen.name(form, language) for form in formats.ALL for language in LANGUAGES}

    assert len(names(BOARD)) == len(names(COMMITTEE)) == 9
    assert not names(BOARD) & names(COMMITTEE)


def test_page_when_a_group_was_revised_then_marks_that_and_not_its_whole(printer: Printer) -> None:
    emotional = printer.group_cell("SGB07", QUARTER, "category", "EMO")
    whole = printer.cell(entry("SGB07"), printer.book.figure("SGB07", QUARTER))
    before = printer.cell(entry("SGB07"), printer.book.figure("SGB07", BEFORE))
    assert [str(cell) for cell in (emotional, whole, before)] == ["26 (r)", "26", "31 (r)"]


def test_page_when_the_register_holds_more_then_the_board_is_given_its_own_alone(printer: Printer) -> None:
    assert {chapter.key for chapter in building.chapters(printer)} == {"chain", "registrations"}
    of_committee = Printer(printer.book, layouts.load())
    others = building.chapters(of_committee)
    assert [chapter.key for chapter in others] == ["looked_after"]


@pytest.mark.parametrize(
    ("label", "is_quarter"),
    [
        ("2018/19 Q3", True),
        ("2018/19  q1 ", True),
        ("2018/19 YTD Q3", False),
        ("2018/19 YTD  Q3", False),
        ("2018/19 H1", False),
        ("2018/19", False),
        ("2018-04", False),
    ],
)
def test_sign_off_when_for_a_quarter_then_writes_the_boards_paper_too(
    monkeypatch: pytest.MonkeyPatch, label: str, is_quarter: bool
) -> None:
    monkeypatch.setattr(
        stewardship, "write_report", lambda *_, is_for_board, **__: ["board" if is_for_board else "report"]
    )
    decided = {"is_signed": True, "release_id": 1, "authority_code": "W06000006"}
    written = stewardship.report_of_decision(decided, label)
    assert written == (["report", "board"] if is_quarter else ["report"])
    assert stewardship.report_of_decision(decided, None) == ["report"]
    assert stewardship.report_of_decision(decided | {"is_signed": False}, label) == []


def test_sign_off_when_one_paper_cannot_be_written_whole_then_the_other_is_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = []

    def write(*_: Any, is_for_board: bool, formats: tuple[str, ...], **__: Any) -> list[str]:
        tried.append((is_for_board, "pdf" in formats))
        if not is_for_board:
            raise CscWarehouseError("A pdf needs the library Pango.")
        return ["board"]

    monkeypatch.setattr(stewardship, "write_report", write)
    decided = {"is_signed": True, "release_id": 1, "authority_code": "W06000006"}
    with pytest.raises(CscWarehouseError, match="Pango"):
        stewardship.report_of_decision(decided, "2018/19 Q3")
    assert tried == [(False, True), (True, True)]
