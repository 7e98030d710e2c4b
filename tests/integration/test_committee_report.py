"""Every number of the committee report is what SQL says of the release: tables, groups, drawings, the first page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from csc_warehouse import layouts, stewardship
from csc_warehouse.errors import UsageError
from csc_warehouse.reporting import committee
from csc_warehouse.reporting.report import formats
from csc_warehouse.reporting.report.formats import laying
from tests.conftest import Night
from tests.support import report_files, report_sql
from tests.support.browser import chromium, opened, violations
from tests.support.debian import needs_library, needs_program
from tests.support.report_page import Page, Row, read
from tests.support.report_sql import MARKS, printed

WREXHAM = "W06000006"
PERIODS = ("2017/18 H1", "2018/19 H1")
LAYOUT = layouts.load()
LABEL = re.compile(r"\d{4}/\d{2}( [QH][1-4])?")
NONE = "\N{EN DASH}"


_OF_THE_PERIOD = text(
    "select distinct indicator_code from reporting.rpt_scorecard where profile = 'committee'"
    " and period_label = :period and authority_code = :authority"
)


@dataclass(frozen=True)
class Written:
    """One report as it was written, and the database it was written from."""

    period: str
    path: Path
    page: Page
    connection: Connection

    def figures(self, code: str, breakdown: str = "all") -> dict[tuple[str, str], Any]:
        """Return the figures of an indicator that the committee may see, by group and period."""
        rows = self.connection.execute(
            text(
                "select * from reporting.rpt_indicator_series where profile = 'committee'"
                " and authority_code = :authority and indicator_code = :code and breakdown = :breakdown"
            ),
            {"authority": WREXHAM, "code": code, "breakdown": breakdown},
        )
        return {(row.breakdown_value, row.period_label): row for row in rows}

    def titles(self) -> dict[str, str]:
        """Return the titles of the register by code."""
        rows = self.connection.execute(text("select code, title from marts.indicators"))
        return {row.code: row.title for row in rows}


@pytest.fixture(scope="module", params=PERIODS)
def written(
    request: pytest.FixtureRequest, sample_night: Night, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Written]:
    """Write the report of a half year."""
    folder = tmp_path_factory.mktemp("report")
    page, *_ = stewardship.write_report(request.param, folder, settings=sample_night.settings)
    with sample_night.warehouse.engine.connect() as connection:
        yield Written(request.param, Path(page), read(Path(page).read_text(encoding="utf-8")), connection)


def measures(written: Written) -> Iterator[tuple[str, str, Row]]:
    """Yield the code, table and row of every indicator in every table of measures, those of eight quarters included."""
    titles = written.titles()
    named = {name: item.indicators for name, item in LAYOUT.items.items() if item.shows == "measures"}
    shown = {code for name in LAYOUT.shown for code in LAYOUT.items[name].indicators}
    named["other_measures"] = tuple(sorted(set(titles) - shown))
    for name, indicators in named.items():
        codes = {titles[code]: code for code in reversed(indicators)}
        for table in (name, f"{name}_by_year", f"{name}-trend"):
            for rows in written.page.tables.get(table, []):
                yield from ((codes[row.name], table, row) for row in rows)


def test_measures_when_compared_with_sql_then_every_figure_is_what_readers_see(written: Written) -> None:
    compared = 0
    for code, _, row in measures(written):
        figures = written.figures(code)
        for cell in row.cells:
            figure = figures.get(("all", cell.label)) if LABEL.fullmatch(cell.label) else None
            if figure is None or cell.text == NONE:
                continue
            compared += 1
            assert printed(cell.text) == figure.display, (code, cell.label)
            assert ("(p)" in cell.text) == (figure.status == "provisional")
            made_of = [words for words in cell.terms if re.fullmatch(r"[\d,]+ (of|over) [\d,]+", words)]
            if made_of:
                numbers = [int(number.replace(",", "")) for number in re.findall(r"[\d,]+", made_of[0])]
                assert numbers == [int(figure.numerator), int(figure.denominator)]
    assert compared > 500


def test_measures_when_compared_with_sql_then_none_of_the_period_is_missing(written: Written) -> None:
    shown = {code for code, table, _ in measures(written) if not table.endswith("-trend")}
    # in rows and columns a measure stands with its whole
    shown |= {item.indicators[0] for item in map(LAYOUT.items.__getitem__, LAYOUT.shown) if item.shows == "cross"}
    asked = {"period": written.period, "authority": WREXHAM}
    there: list[str] = list(written.connection.execute(_OF_THE_PERIOD, asked).scalars())
    assert set(there) - shown == set()


def test_changes_when_compared_with_sql_then_say_what_its_own_commentary_says(written: Written) -> None:
    verdicts = {"improved": "better", "worsened": "worse", "higher": "higher", "lower": "lower"}
    said = 0
    for code, table, row in measures(written):
        if table.endswith(("-trend", "_by_year")):
            continue
        change = row.cell("Change")
        measure = LAYOUT.measure(code)
        by_quarter = measure.quarters_only or measure.compared_with == "quarter"
        period = f"{written.period[:7]} Q2" if by_quarter else written.period
        figure = written.figures(code)["all", period]
        if figure.direction is None and change.text == NONE:
            continue
        said += 1
        if change.text == "◆ the same":
            assert figure.direction is None
            continue
        if figure.direction is None:
            assert change.text == "not tested"
        elif figure.direction == "no clear change":
            assert change.text == "◆ no clear change"
        else:
            assert verdicts[figure.direction] in change.text, code
            assert ("▲" in change.text) == (figure.value > figure.previous_value)
        if figure.direction is not None:
            assert change.terms[0] in figure.commentary, code
    assert said > 40


def test_difference_from_the_year_before_when_compared_with_sql_then_is_that_of_the_printed_figures(
    written: Written,
) -> None:
    before = f"{int(written.period[:4]) - 1}/{int(written.period[2:4]):02d}{written.period[7:]}"
    compared = 0
    for code, table, row in measures(written):
        if table.endswith(("-trend", "_by_year")):
            continue
        figures = written.figures(code)
        now, then = figures.get(("all", written.period)), figures.get(("all", before))
        cells = [cell for cell in row.cells if cell.label == before and cell.terms]
        if now is None or then is None or now.value is None or then.value is None or not cells:
            continue
        apart: str = written.connection.execute(
            text("select abs(round(cast(:now as numeric), :places) - round(cast(:then as numeric), :places))::text"),
            {"now": now.value, "then": then.value, "places": 1 if "." in then.display else 0},
        ).scalar_one()
        compared += 1
        words = cells[0].terms[-1].replace(",", "")
        assert words == "the same now" if not float(apart) else words.lstrip("£").startswith(f"{apart} "), code
    assert compared > 30


def test_targets_and_comparators_when_compared_with_sql_then_stand_with_scope_and_year(written: Written) -> None:
    told: dict[str, str] = {}
    for code, table, row in measures(written):
        if table.endswith("-trend"):
            continue
        figure = written.figures(code).get(("all", written.period))
        for cell in row.cells:
            if cell.label == "Target" and cell.text != NONE:
                assert figure is not None
                assert f"{figure.target:.1f}" in cell.text
                assert f"({figure.rating})" in cell.text
            if cell.label == "Elsewhere" and cell.text != NONE:
                told[code] = cell.text
    rows = written.connection.execute(
        text(
            "select distinct on (indicator_code, scope_code) indicator_code, scope, period_label, value"
            " from marts.comparators where value is not null and published_on_date <= '2018-12-31'"
            " and period_label <= :year order by indicator_code, scope_code, period_label desc"
        ),
        {"year": written.period[:7]},
    ).all()
    assert {known.indicator_code for known in rows} == set(told) == {"PM24"}
    for known in rows:
        assert f"{known.scope} {known.period_label}: {known.value:.1f}%" in told[known.indicator_code]


def test_groups_when_compared_with_sql_then_every_one_is_there(written: Written) -> None:
    before = f"{int(written.period[:4]) - 1}/{int(written.period[2:4]):02d}{written.period[7:]}"
    year = written.period[:7]
    periods = (f"{year} Q1", f"{year} Q2", written.period, before)
    compared = 0
    for name, item in LAYOUT.items.items():
        if item.shows != "groups" or name not in written.page.tables:
            continue
        rows = written.page.rows(name)
        named = {row.name: row for row in rows}
        for breakdown in item.breakdowns:
            figures = written.figures(item.indicators[0], breakdown)
            for (group, period), figure in figures.items():
                if period in periods:
                    compared += 1
                    assert printed(named[label_of(written, breakdown, group)].cell(period).text) == figure.display
        whole = written.figures(item.indicators[0])
        for cell in rows[-1].cells:
            assert cell.text in (NONE, whole["all", cell.label].display)
    assert compared > 150


def label_of(written: Written, breakdown: str, group: str) -> str:
    """Return what a group is called on the page: by the layout, else by the lists that readers see."""
    if LAYOUT.names(breakdown, group):
        return LAYOUT.called(breakdown, group, "en")
    named: str | None = written.connection.execute(
        text(
            "select title from reporting.rpt_breakdown_labels where authority_code = :authority"
            " and breakdown = :breakdown and breakdown_value = :group"
        ),
        {"authority": WREXHAM, "breakdown": breakdown, "group": group},
    ).scalar()
    if named is not None or " | " not in group:
        return named or group
    pairs = zip(breakdown.split("_"), group.split(" | "), strict=True)
    return ": ".join(label_of(written, part, value) for part, value in pairs)


def test_variance_when_added_up_then_headings_give_the_total_with_the_saving_apart(written: Written) -> None:
    rows = {row.name: row for row in written.page.rows("variance")}
    whole = written.figures("FIN01")["all", written.period]
    saving, before = "Planned saving", "Variance before the planned saving"

    def pounds(cell_text: str) -> int:
        return 0 if cell_text == NONE else int(printed(cell_text).replace("£", "").replace(",", ""))

    headings = [row for name, row in rows.items() if name != "All"]
    assert sum(pounds(row.cell("Together").text) for row in headings) == int(whole.value)
    for row in rows.values():
        assert pounds(row.cell(saving).text) + pounds(row.cell(before).text) == pounds(row.cell("Together").text)
    assert printed(rows["All"].cell("Together").text) == whole.display


def test_tables_and_drawings_when_compared_with_sql_then_say_every_figure_and_point(written: Written) -> None:
    """Those in rows and columns and those drawn by group too, which nothing else here looks at cell by cell."""
    shown = report_sql.published(written.connection, LAYOUT, WREXHAM)
    compared = shown.assert_page_is_of_it(written.page, written.period)
    assert compared["measures"] > 500
    assert compared["groups"] > 300
    least = {"bars": 12, "lines": 36, "multiples": 12, "cross": 40}
    assert {kind: compared[kind] >= number for kind, number in least.items()} == dict.fromkeys(least, True)


def test_answer_when_read_then_has_ten_lines_at_most_and_every_figure_in_it_is_published(written: Written) -> None:
    assert 5 <= len(written.page.answer) <= 10
    known = {
        row.display
        for row in written.connection.execute(
            text("select distinct display from reporting.rpt_scorecard where profile = 'committee'")
        )
    }
    for about, says in written.page.answer:
        if about.startswith(("Worse", "Better")):
            for now, before in re.findall(r"\(([^(),]+(?:,\d{3})*[^(),]*), ([^()]+?) in \d{4}/\d{2}", says):
                assert printed(now) in known
                assert printed(before) in known
        if about == "Moved, but not tested":
            told = re.findall(r": ([£\d.,]+%?), [^;]+? than [^;]+?\(([^()]+)\)", says)
            assert told
            assert {printed(figure) for pair in told for figure in pair} <= known
    assert [about for about, _ in written.page.answer][-3:] == ["Hidden", "Revised", "How far to trust it"]


def test_hidden_figures_when_counted_on_the_page_then_are_as_many_as_its_first_page_says(written: Written) -> None:
    cells = []
    for name, tables in written.page.tables.items():
        shows = LAYOUT.items[name].shows if name in LAYOUT.items else "measures"
        if shows in ("measures", "groups", "cross") and not name.endswith("-trend"):
            rows = [row for rows in tables for row in rows]
            cells += [c.text for row in rows for c in row.cells if shows == "cross" or LABEL.fullmatch(c.label)]
    figures = [text for text in cells if text != NONE]
    hidden = sum(MARKS.sub("", text) == "[c]" for text in figures)
    assert dict(written.page.answer)["Hidden"].startswith(f"{hidden} of the {len(figures)} figures in the tables")


PUBLISHED = {
    "2017/18 H1": [
        ("contacts", "Contacts received", "2017/18 H1", "5,549"),
        ("table_1", "Assessments completed within 42 working days", "2017/18 Q1", "86.0%"),
        ("table_1", "Assessments completed within 42 working days", "2017/18 Q2", "68.8%"),
        ("table_7", "Average working days of assessments that took longer than 42", "2017/18 Q1", "51.5"),
        ("table_7", "Average working days of assessments that took longer than 42", "2017/18 Q2", "59.7"),
        ("figure_3", "Children seen as part of the assessment", "2017/18 Q1", "99.2%"),
        ("figure_3", "Children seen as part of the assessment", "2017/18 Q2", "98.7%"),
        ("adopters", "All: Families in assessment as adopters", "2017/18 H1", "27"),
        ("adopters", "General adopters", "2017/18 H1", "16"),
        ("adopters", "Partners of a parent", "2017/18 H1", "8"),
        ("adopters", "Foster carers", "2017/18 H1", "3"),
        ("adopters", "Adopting for a second time", "2017/18 H1", "6"),
        ("adopters", "On hold", "2017/18 H1", "1"),
        ("adopters", "Families of this authority", "2017/18 H1", "5"),
        ("adopters", "Of this authority: partners of a parent", "2017/18 H1", "1"),
        ("waiting", "6 and over: waiting", "2017/18 Q1", "1"),
        ("waiting", "6 and over: waiting", "2017/18 Q2", "0"),
        ("waiting", "6 and over: a link is under consideration", "2017/18 Q2", "1"),
        ("vacancies", "Assessment and Intervention: Social worker", "2017/18 H1", "6"),
        ("vacancies", "Fostering: Social worker", "2017/18 H1", "2"),
        ("vacancies", "Leaving Care: Social worker", "2017/18 H1", "1"),
        ("vacancies", "Looked After Children: Social worker", "2017/18 H1", "1"),
        ("vacancies", "PASS: Family aid worker", "2017/18 H1", "1"),
        ("vacancies", "PASS: Family support worker", "2017/18 H1", "1"),
        ("vacancies", "PASS: Waking hours worker", "2017/18 H1", "1"),
        (
            "vacancies",
            "Safeguarding People: Independent review and safeguarding officer",
            "2017/18 H1",
            "2",
        ),
        ("workforce", "Vacant posts that are covered", "2017/18 H1", "100.0%"),
        ("budget", "Projected variance", "2017/18 H1", "£991,000 overspend"),
        ("variance", "Out-of-county placements", "Variance before the planned saving", "£1,551,000"),
        ("variance", "Out-of-county placements", "Planned saving", "-£350,000"),
        ("variance", "Out-of-county placements", "Together", "£1,201,000 overspend"),
        ("variance", "Business support", "Together", "£90,000 underspend"),
        ("variance", "Child and family inclusion", "Together", "£73,000 underspend"),
        ("variance", "Departmental efficiencies", "Together", "£47,000 underspend"),
        ("families_first", "Disability services", "2017/18 H1", "4"),
        ("families_first", "Parenting services", "2017/18 H1", "10"),
    ],
    "2018/19 H1": [
        ("contacts", "Contacts received", "2018/19 H1", "5,677"),
        ("contacts", "Contacts received", "2017/18 H1", "5,549"),
        ("table_1", "Assessments completed within 42 working days", "2018/19 Q2", "70.8%"),
    ],
}
"""What the council printed (HCSC/02/2018, and the minutes on HCSC/05/18), and where the report now says it."""


def test_published_figures_when_the_report_is_written_then_stand_in_it(written: Written) -> None:
    for table, name, label, figure in PUBLISHED[written.period]:
        rows = [row for rows in written.page.tables[table] for row in rows if row.name == name]
        assert MARKS.sub("", rows[0].cell(label).text) == figure, (table, name, label)
    within_24_hours = written.page.rows("table_3")[0]
    if written.period == "2017/18 H1":
        assert all(float(within_24_hours.cell(f"2017/18 Q{n}").text.rstrip("%")) > 99 for n in (1, 2))
    reviews = written.page.rows("table_9")[0]
    assert float(reviews.cells[2].text.rstrip("%")) > 90


def test_working_copy_when_the_council_lays_another_layout_over_then_has_it(
    sample_night: Night, tmp_path: Path
) -> None:
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    later = sample_night.settings.model_copy(update={"overlay": overlay})
    laid = replace(sample_night.warehouse, settings=later)
    (overlay / layouts.FILE).write_text("order: [budgets]\n", encoding="utf-8")
    with laid.transaction() as connection:
        chosen = committee.choose(connection, laid, PERIODS[0], None, WREXHAM)
        with pytest.raises(UsageError, match=r"report_layout\.yml, line 1, order\.0: there is no section budgets"):
            committee.read(connection, laid, chosen)
        (overlay / layouts.FILE).write_text("order: [budget]\n", encoding="utf-8")
        report = committee.read(connection, laid, chosen)
    assert [chapter.key for chapter in report.chapters] == ["budget", "others"]


@needs_program("chromium", package="chromium")
def test_page_when_opened_wide_and_narrow_then_accessible_and_never_wider_than_the_screen(written: Written) -> None:
    with chromium() as browser, opened(browser, written.path) as (shown, requested):
        assert violations(shown) == []
        assert requested == []
        for width in (1366, 390):
            shown.set_viewport_size({"width": width, "height": 844})
            assert shown.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(shown) == []


@needs_library("pangoft2-1.0", package="libpangoft2-1.0-0")
def test_files_when_compared_with_the_page_then_hold_every_figure_of_it(sample_night: Night) -> None:
    with sample_night.warehouse.transaction() as connection:
        chosen = committee.choose(connection, sample_night.warehouse, PERIODS[0], None, WREXHAM)
        report = committee.read(connection, sample_night.warehouse, chosen)
    paper = laying.laid(report)
    assert report_files.assert_paper_is_of_page(report) > 500
    assert report_files.assert_workbook_is_of_page(formats.written(report, "xlsx"), report) > 500
    report_files.assert_document_is_of_paper(formats.written(report, "docx"), paper)
    report_files.assert_pdf_is_of_paper(formats.written(report, "pdf"), paper)
