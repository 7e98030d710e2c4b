"""The report from rows made by hand: what it says of them, and what it leaves out."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest

from csc_warehouse import layouts
from csc_warehouse.reporting.report import answer, building, words
from csc_warehouse.reporting.report.blocks import AnyBlock, Chart, CrossTable, GroupTable, MeasureRow, MeasureTable
from csc_warehouse.reporting.report.book import Book, Period
from csc_warehouse.reporting.report.printing import Printer
from tests.support import report_book
from tests.support.report_book import HALVES, LAYOUT, entry, figure, run


@pytest.fixture
def book() -> Book:
    """Return a book of five indicators, as reporting would have them."""
    return report_book.book()


@pytest.fixture
def printer(book: Book) -> Printer:
    """Return what prints the book in a layout with one of each kind."""
    return Printer(book, layouts.load(LAYOUT))


def blocks(printer: Printer) -> dict[str, AnyBlock]:
    """Return the tables and figures by their names."""
    return {block.head.key: block for chapter in building.chapters(printer) for block in chapter.blocks}


def row(printer: Printer, code: str) -> MeasureRow:
    """Return an indicator as its table shows it."""
    table = blocks(printer)["table"]
    assert isinstance(table, MeasureTable)
    return next(row for row in table.rows if row.code == code)


def test_measure_when_shown_then_has_terms_target_change_both_comparators_and_its_own_year_before(
    printer: Printer,
) -> None:
    timely = row(printer, "PM24")
    assert (timely.now.display, timely.now.terms) == ("77.6%", "738 of 951")
    assert [cell.display for cell in timely.within] == ["86.0%", "68.8%"]
    assert (timely.year_before.display, timely.since_year_before) == ("85.6%", "8.0 percentage points less")
    assert timely.change == words.Change(
        "▼", "lower: worse", "7.3 percentage points less than in 2016/17 H2 (84.9%)", "worse"
    )
    assert timely.target == "at least 80.0%"
    assert timely.rating == "Misses the target, within the margin"
    assert timely.elsewhere == (
        "Wales 2016/17: 90.8%; 13.2 percentage points below, which is worse",
        "Wrexham 2016/17: 85.3%; 7.7 percentage points below",
    )
    assert timely.notes == (
        "Not wholly comparable from 3 July 2017 on: The form changed.",
        "Nine are blank.",
        "Records lack a fact that it needs: if it were known, the figure could be higher than shown.",
    )
    assert (timely.shown_code, row(printer, "CON01").shown_code) == ("PMC024", "")


def test_projection_when_it_turns_into_an_overspend_then_the_quarter_tells_and_the_sign_is_a_word(
    printer: Printer,
) -> None:
    money = row(printer, "FIN01")
    assert [cell.display for cell in money.within] == ["£25,000 underspend", "£991,000 overspend"]
    assert money.change.judged == "worse"
    assert money.change.sentence == "£1,016,000 more than at the end of 2017/18 Q1 (-£25,000)"


def test_half_year_when_its_periods_do_not_nest_then_is_left_out_and_said(printer: Printer) -> None:
    overdue = row(printer, "ASM08")
    assert overdue.now.display == "\N{EN DASH}"
    assert [cell.display for cell in overdue.within] == ["2.5%", "8.8%"]
    assert overdue.notes[0].startswith("For each quarter")


def test_measure_when_of_whole_years_then_stands_in_a_table_of_its_own(printer: Printer) -> None:
    table = blocks(printer)["table_by_year"]
    assert isinstance(table, MeasureTable)
    assert (table.period, table.rows[0].code, table.rows[0].now.display) == ("2016/17", "PM33", "10.7%")
    assert "The definition is to be confirmed: Not read in full." in table.rows[0].notes
    assert not table.has_changes


def test_columns_when_nothing_stands_in_them_then_are_left_out(printer: Printer, book: Book) -> None:
    table = blocks(printer)["table"]
    assert isinstance(table, MeasureTable)
    assert table.has_targets
    assert table.has_elsewhere
    bare = replace(book, comparators={}, figures={key: kept for key, kept in book.figures.items() if key[0] == "CON01"})
    other = blocks(replace(printer, book=bare))["table"]
    assert isinstance(other, MeasureTable)
    assert (other.has_targets, other.has_elsewhere) == (False, False)


def test_group_when_it_has_no_row_then_is_nought_where_there_is_a_whole_and_else_nothing(printer: Printer) -> None:
    table = blocks(printer)["money"]
    assert isinstance(table, GroupTable)
    assert table.periods == ("2017/18 Q1", "2017/18 Q2", "2017/18 H1", "2016/17 H1")
    (rows,) = table.parts
    assert [name for name, _ in rows] == ["Police", "<b>"]
    assert [cell.display for cell in rows[0][1]] == ["1,352", "1,328", "2,680", "0"]
    assert [cell.display for cell in rows[1][1]] == ["0", "[c]", "0", "0"]
    assert [str(cell) for cell in table.whole] == ["2,798", "2,751 (r)", "5,549", "5,462"]


def test_variance_when_laid_out_then_the_saving_stands_apart(printer: Printer) -> None:
    table = blocks(printer)["heads"]
    assert isinstance(table, CrossTable)
    assert table.columns == ("Planned saving",)
    assert table.rows[0][0] == "PLACEMENTS"
    assert [cell.display for cell in table.rows[0][1]] == ["-£350,000"]
    assert table.rows[0][2].display == "£991,000 overspend"
    assert table.whole.display == "£991,000 overspend"


def test_drawing_when_made_then_its_title_says_the_trend_and_its_text_every_point(printer: Printer) -> None:
    line = blocks(printer)["line"]
    assert isinstance(line, Chart)
    assert line.trend == "down from 85.6% in 2016/17 Q1 to 68.8% in 2017/18 Q2"
    ((_, drawing),) = line.drawings
    assert "2017/18 Q1: 86.0%; 2017/18 Q2: 68.8%." in drawing
    assert 'class="break"' in drawing
    assert line.notes == ("Break on 3 July 2017: The form changed.",)
    bars = blocks(printer)["bars"]
    assert isinstance(bars, Chart)
    assert bars.drawings[0][1].count('class="bar') == 6


def test_drawing_when_a_figure_is_hidden_then_it_is_a_gap_with_its_mark(printer: Printer) -> None:
    teams = blocks(printer)["teams"]
    assert isinstance(teams, Chart)
    drawing = teams.drawings[1][1]
    assert teams.drawings[1][0] == ("Children with Disabilities: down from 100.0% in 2016/17 Q1 to 90.9% in 2016/17 Q4")
    assert drawing.count("<circle") == 4
    assert ">[c]</text>" in drawing


def test_drawing_when_of_several_measures_then_its_title_says_how_each_moved_that_shows_both_ends(
    printer: Printer, book: Book
) -> None:
    entries = [book.register[code] for code in ("CON01", "PM24", "PM33")]
    says = words.trends(book, entries, tuple(report_book.QUARTERS), "en", texts=printer.texts)
    assert says == (
        "from 2016/17 Q1 to 2017/18 Q2: Title of CON01 from 2,741 to 2,751; Title of PM24 from 85.6% to 68.8%"
    )
    assert not words.trends(book, entries[2:], tuple(report_book.QUARTERS), "en", texts=printer.texts)
    welsh = replace(printer, language="cy").texts
    said = words.trends(book, entries[:1], tuple(report_book.QUARTERS), "cy", texts=welsh)
    assert said == "o 2016/17 Ch1 i 2017/18 Ch2: Teitl CON01 o 2,741 i 2,751"


def test_answer_when_written_then_ten_lines_at_most_with_national_apart_from_local(printer: Printer) -> None:
    chapters = building.chapters(printer)
    lines = answer.lines(printer, chapters, reason="Nine are blank.", is_signed=False)
    said = {line.about: line.says for line in lines}
    assert len(lines) <= answer.MOST_LINES
    assert said["Worse, national measures"] == "Title of PM24 (77.6%, 84.9% in 2016/17 H2)."
    assert said["Worse, local measures"] == ("Title of FIN01 (£991,000 overspend, £25,000 underspend in 2017/18 Q1).")
    assert said["Better, local measures"] == "none by more than chance."
    assert said["Misses its target"] == "Title of PM24 (77.6%, target at least 80.0%)."
    assert said["Hidden"].startswith("1 of the ")
    assert said["Revised since it was signed"] == (
        "Title of CON01, 2017/18 Q2 (2,749 before, 2,751 now). The reason is given at sign-off."
    )
    assert said["How far to trust it"] == "5 of 5 measures may be used freely (grade A). Nine are blank."


def test_answer_when_a_share_moved_and_no_test_was_made_then_says_so_and_not_that_none_got_worse(
    printer: Printer, book: Book
) -> None:
    key = ("PM24", "all", "all")
    untested = {
        period: replace(figure, direction="", numerator=None, denominator=None)
        for period, figure in book.figures[key].items()
    }
    other = replace(printer, book=replace(book, figures={**book.figures, key: untested}))
    said = {line.about: line.says for line in answer.lines(other, building.chapters(other), reason="", is_signed=True)}
    assert said["Worse, national measures"] == "none of those that could be tested."
    assert said["Better, national measures"] == "none of those that could be tested."
    assert said["Moved, but not tested"].startswith(
        "Title of PM24: 77.6%, 7.3 percentage points less than in 2016/17 H2 (84.9%)"
    )
    assert len(said) <= answer.MOST_LINES


def test_answer_when_many_got_worse_then_names_a_few_and_counts_the_rest(printer: Printer, book: Book) -> None:
    codes = [f"LOC{number:02d}" for number in range(9)]
    timely = book.figures["PM24", "all", "all"]
    many = replace(
        book,
        figures={(code, "all", "all"): timely for code in codes},
        register={code: entry(code, kind="percent", good="high", unit="%") for code in codes},
        comparators={},
        leanings={},
    )
    other = replace(printer, book=many)
    lines = answer.lines(other, building.chapters(other), reason="", is_signed=True)
    worse = next(line for line in lines if line.about == "Worse, local measures")
    assert worse.says.endswith("; and 5 more.")
    assert worse.says.count("77.6%") == 4


def test_indicator_when_no_table_holds_it_then_stands_at_the_end(printer: Printer, book: Book) -> None:
    council = replace(
        book,
        figures={**book.figures, ("XCO01", "all", "all"): run(["5,462", "5,318", "5,549"], HALVES)},
        register={**book.register, "XCO01": entry("XCO01")},
    )
    last = building.chapters(replace(printer, book=council))[-1]
    assert last.title == "Other measures"
    (table,) = last.blocks
    assert isinstance(table, MeasureTable)
    assert [row.code for row in table.rows] == ["XCO01"]


def test_report_when_in_welsh_then_titles_and_texts_are(printer: Printer) -> None:
    chapter = building.chapters(replace(printer, language="cy"))[0]
    assert chapter.title == "Unig"
    table = chapter.blocks[0]
    assert isinstance(table, MeasureTable)
    assert table.rows[0].title == "Teitl PM24"


def test_change_when_no_test_was_made_then_no_arrow_and_no_verdict() -> None:
    register = entry("PM27", kind="percent", good="low", unit="%")
    now = figure("2017/18 H1", "2.2%", previous=Decimal("2.5"))
    change = words.change(register, now, figure("2016/17 H2", "2.5%"))
    says = "0.3 percentage points less than in 2016/17 H2 (2.5%)"
    assert change == words.Change("", "not tested", says, "", is_tested=False)


def test_change_when_its_verdict_is_on_another_figure_then_nothing_is_said() -> None:
    register = entry("ASM09", good="low")
    now = figure("2018/19 YTD Q3", "416", previous=Decimal(331), direction="worsened")
    assert words.change(register, now, figure("2017/18 YTD Q4", "500")) == words.NO_CHANGE_KNOWN
    assert words.change(register, now, figure("2017/18 YTD Q3", "331")).word == "higher: worse"


def test_year_to_date_when_compared_then_with_the_same_quarters_a_year_before(book: Book) -> None:
    def up_to(year: int, quarter: str, end: datetime.date) -> Period:
        return Period("year_to_date", f"{year}/{year - 1999} YTD {quarter}", datetime.date(year, 4, 1), end)

    third, fourth = (
        up_to(2017, "Q3", datetime.date(2017, 12, 31)),
        up_to(2017, "Q4", datetime.date(2018, 3, 31)),
    )
    now = up_to(2018, "Q3", datetime.date(2018, 12, 31))
    to_date = replace(book, period=now, periods=(third, fourth, now))
    assert to_date.before(now) == third
    assert to_date.year_before == third


def test_year_when_it_had_not_ended_on_the_day_then_is_no_whole_year(printer: Printer, book: Book) -> None:
    later = Period("year", "2017/18", datetime.date(2017, 4, 1), datetime.date(2018, 3, 31))
    half = Period("half_year", "2017/18 H2", datetime.date(2017, 10, 1), datetime.date(2018, 3, 31))
    running = replace(book, period=half, as_at=datetime.date(2017, 12, 5), periods=(*book.periods, later, half))
    assert [year.label for year in replace(printer, book=running).years()] == ["2016/17"]
    assert not running.is_ended
    ended = replace(running, as_at=datetime.date(2018, 3, 31))
    assert [year.label for year in replace(printer, book=ended).years()] == ["2016/17", "2017/18"]
    assert ended.is_ended


def test_provisional_figure_when_it_moved_then_the_answer_marks_it(printer: Printer, book: Book) -> None:
    timely = dict(book.figures["PM24", "all", "all"])
    timely["2017/18 H1"] = replace(timely["2017/18 H1"], status="provisional")
    other = replace(printer, book=replace(book, figures={**book.figures, ("PM24", "all", "all"): timely}))
    lines = answer.lines(other, building.chapters(other), reason="", is_signed=True)
    assert "(77.6% (p), 84.9% in 2016/17 H2)" in lines[0].says


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        ("1", "children", "1 child"),
        ("2", "children", "2 children"),
        ("1", "families", "1 family"),
        ("8.2", "days", "8.2 days"),
    ],
)
def test_number_when_counted_then_has_its_unit_in_one_or_many(value: str, unit: str, said: str) -> None:
    assert words.counted(Decimal(value), unit) == said
