"""The safeguarding board's quarterly: its data hold what its tables show, and each revision is beside its figure."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from csc_warehouse import layouts, stewardship
from csc_warehouse.reporting import board
from csc_warehouse.reporting.report import building
from csc_warehouse.reporting.report.book import Book, Entry, Figure, Period, Revised
from csc_warehouse.reporting.report.printing import Printer

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
