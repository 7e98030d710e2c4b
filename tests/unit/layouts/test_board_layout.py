"""The layout of the safeguarding board's quarterly: it holds together, and the committee leaves its measures to it."""

from __future__ import annotations

import pytest

from csc_warehouse import layouts
from csc_warehouse.errors import UsageError
from csc_warehouse.layouts import Layout
from csc_warehouse.register import load_register

REGISTER = load_register().indicators
KNOWN = {code: row.breakdowns for code, row in REGISTER.items()}


@pytest.fixture(scope="module")
def board() -> Layout:
    return layouts.load(known=KNOWN, file=layouts.BOARD)


@pytest.fixture(scope="module")
def report() -> Layout:
    return layouts.load(known=KNOWN)


def shown(layout: Layout) -> set[str]:
    return {code for name in layout.shown for code in layout.items[name].indicators}


def test_board_layout_when_compared_with_the_register_then_shows_all_that_it_defines(board: Layout) -> None:
    assert set(board.items) == set(board.shown)
    assert {"CON01", "SGB01", "SGB03", "SGB05", "CPR02", "CPR03", "CPR04", "PM27", "PM28"} <= shown(board)
    for code in shown(board):
        assert {"quarter"} <= set(REGISTER[code].period_types), code


def test_board_layout_when_a_measure_stands_in_a_table_then_says_how_it_is_counted(board: Layout) -> None:
    told = {
        code for name in board.shown if board.items[name].shows == "measures" for code in board.items[name].indicators
    }
    assert len(told) == 13
    assert told == set(board.measures)
    assert all(board.measure(code).notes for code in told)


def test_board_layout_when_groups_have_no_names_of_its_own_then_takes_those_of_the_committee(
    board: Layout, report: Layout
) -> None:
    assert board.called("category", "EMO+NEG", "cy") == report.called("category", "EMO+NEG", "cy") != "EMO+NEG"
    assert board.called("enquiry_outcome", "ICPC", "en") == "Initial conference"
    bands = REGISTER["SGB09"].parameters["band_last_months"]
    assert isinstance(bands, list)
    named = board.groups["months_on_register"]
    assert [int(name.split("-")[-1]) for name in named if "-" in name] == bands
    assert f"{bands[-1] + 1}+" in named


def test_committee_layout_when_indicators_are_another_reports_then_leaves_out_those_and_loses_none(
    board: Layout, report: Layout
) -> None:
    assert set(report.left_out) == shown(board) - shown(report)
    for code in REGISTER:
        assert report.holds(code) or board.holds(code), code
        assert board.holds(code) == (code in shown(board))
    assert report.holds("a local indicator")


def test_sections_when_of_two_reports_then_have_names_of_their_own(board: Layout, report: Layout) -> None:
    """An author's paragraph names its section alone."""
    assert not set(board.sections) & set(report.sections)


def test_file_of_a_council_when_laid_over_the_board_then_changes_that_alone(board: Layout) -> None:
    text = "left_out: []\norder: [chain]\n"
    layout = layouts.load(text, known=KNOWN, file=layouts.BOARD)
    assert layout.order == ("chain",)
    assert layout.holds("LAC01")
    assert layout.title == board.title
    assert layouts.faults_of("left_out: [SGB99]\n", KNOWN, file=layouts.BOARD) == [
        "board_layout.yml, line 1, left_out.0: SGB99 is no indicator of the register; did you mean SGB09?"
    ]
    with pytest.raises(UsageError, match=r"board_layout\.yml, line 1, order\.0: there is no section"):
        layouts.load("order: [workforce]\n", known=KNOWN, file=layouts.BOARD)


@pytest.mark.parametrize("file", layouts.FILES)
def test_example_when_laid_over_then_changes_nothing_and_with_its_lines_in_force_adds_what_it_shows(file: str) -> None:
    text = layouts.EXAMPLES[file].read_text(encoding="utf-8")
    assert layouts.load(text, file=file) == layouts.load(file=file)
    lines = text.splitlines()
    shown = "\n".join(line.removeprefix("# ") for line in lines[lines.index("#") + 1 :])
    laid = layouts.load(shown, file=file)
    assert set(laid.items) - set(layouts.load(file=file).items)
    assert len(laid.order) == 3
    assert set(layouts.entries(shown)) > {"order"}
