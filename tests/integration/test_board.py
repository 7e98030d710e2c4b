"""The safeguarding board's quarterly of a finished night: its figures are what SQL says, and no revision is silent."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from csc_warehouse import layouts, stewardship
from csc_warehouse.errors import UsageError
from csc_warehouse.reporting import board
from tests.conftest import Night
from tests.support import report_sql
from tests.support.english import ENGLISH_WORDS, is_code
from tests.support.report_page import read
from tests.support.spoken import said

WREXHAM = "W06000006"
QUARTER = "2018/19 Q3"


@pytest.fixture(scope="module")
def connection(sample_night: Night) -> Iterator[Connection]:
    with sample_night.warehouse.engine.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def written(sample_night: Night, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Write the quarterly of the last quarter that had ended; return the page and the data."""
    folder = tmp_path_factory.mktemp("board")
    page, data = stewardship.write_report(
        None, folder, language="en", is_for_board=True, settings=sample_night.settings
    )
    assert Path(page).name.startswith("board-2018-19-Q3-release-")
    return Path(page), Path(data)


def test_data_when_compared_with_sql_then_every_figure_is_what_readers_see(
    written: tuple[Path, Path], connection: Connection
) -> None:
    with written[1].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told = {
        (row["indicator_code"], row["breakdown"], row["breakdown_value"], row["period_label"]): row["display"]
        for row in rows
    }
    assert len(told) == len(rows) > 200
    layout = layouts.load(file=layouts.BOARD)
    wanted = {
        (code, breakdown)
        for name in layout.shown
        for code in layout.items[name].indicators
        for breakdown in ("all", *layout.items[name].breakdowns)
    }
    found = connection.execute(
        text(
            "select indicator_code, breakdown, breakdown_value, period_label, display"
            " from reporting.rpt_indicator_series where profile = 'committee' and authority_code = :authority"
            " and period_type = 'quarter' and period_start_date >= date '2017-01-01'"
        ),
        {"authority": WREXHAM},
    )
    shown = {tuple(row)[:4]: row.display for row in found if (row.indicator_code, row.breakdown) in wanted}
    assert told == shown


def test_page_when_compared_with_sql_then_the_steps_hang_together(
    written: tuple[Path, Path], connection: Connection
) -> None:
    """Steps and shares are of the same records: each share's terms are those of the step that it leaves."""
    counted: dict[tuple[str, str], tuple[Any, Any]] = {
        (row.indicator_code, row.breakdown_value): (row.numerator, row.denominator)
        for row in connection.execute(
            text(
                "select indicator_code, breakdown_value, numerator, denominator from marts.indicator_values"
                " where authority_code = :authority and period_label = :period"
            ),
            {"authority": WREXHAM, "period": QUARTER},
        )
    }
    assert counted["SGB04", "all"][0] == counted["SGB03", "ICPC"][0] > 0
    assert counted["SGB06", "all"][0] == counted["SGB05", "REG"][0] > 0
    assert counted["SGB05", "all"][0] >= counted["CPR04", "all"][1]
    assert counted["SGB07", "all"][0] == counted["CPR02", "all"][0]
    assert counted["SGB08", "all"][0] == counted["CPR03", "all"][0]
    assert counted["SGB09", "all"][0] == counted["CPR01", "all"][0]
    says = written[0].read_text(encoding="utf-8")
    assert "Wrexham: child protection for the safeguarding board, 2018/19 Q3" in says
    assert says.count("The definition is to be confirmed") >= 8
    assert "Children looked after" not in says


def test_page_when_compared_with_sql_then_every_figure_of_its_tables_and_drawings_is_what_readers_see(
    written: tuple[Path, Path], connection: Connection
) -> None:
    shown = report_sql.published(connection, layouts.load(file=layouts.BOARD), WREXHAM)
    compared = shown.assert_page_is_of_it(read(written[0].read_text(encoding="utf-8")), QUARTER)
    assert compared["measures"] > 100
    assert compared["lines"] > 80
    assert compared["groups"] > 60


def test_page_in_welsh_when_read_then_no_english_is_left_but_names_and_codes(
    written: tuple[Path, Path], sample_night: Night, tmp_path: Path
) -> None:
    page, _ = stewardship.write_report(
        QUARTER, tmp_path, language="cy", is_for_board=True, settings=sample_night.settings
    )
    english = {each.text for each in said(written[0].read_text(encoding="utf-8"))}
    welsh = said(Path(page).read_text(encoding="utf-8"))
    assert {each.text for each in welsh if each.language != "cy"} == set()
    spoken = [each.text for each in welsh]
    assert len(spoken) > 700
    assert {text for text in spoken if text in english and not is_code(text)} == set()
    assert [text for text in spoken if ENGLISH_WORDS.search(text)] == []


def test_revisions_when_signed_and_to_be_signed_then_all_are_listed_with_their_reasons(connection: Connection) -> None:
    layout = layouts.load(file=layouts.BOARD)
    release = connection.execute(
        text("select release_id from release.pointer where authority_code = :authority"), {"authority": WREXHAM}
    ).scalar()
    key = {"release": release, "authority": WREXHAM, "profile": "committee"}
    with connection.begin_nested() as nested:
        for number, reason in ((1, None), (2, "Three were entered late.")):
            connection.execute(
                text(
                    "insert into quality.signed_figures (decision_id, release_id, profile, authority_code,"
                    " indicator_code, period_type, period_label, breakdown, breakdown_value, value, display, status,"
                    " signed_by, signed_at, note, code_version, revised_display, revision_reason)"
                    " select quality.record_decision('sign_off', 'Ann Price', 'Seen', authority_code),"
                    " -10 + cast(:number as integer),"
                    " profile, authority_code, indicator_code, period_type, period_label, breakdown, breakdown_value,"
                    " cast(:number as integer), 'signed ' || cast(:number as integer), 'final',"
                    " 'Ann Price', now(), 'Seen', 'test',"
                    " case when cast(:reason as text) is not null"
                    " then 'signed ' || (cast(:number as integer) - 1) end,"
                    " cast(:reason as text)"
                    " from reporting.rpt_indicator_series where profile = 'committee'"
                    " and period_label = '2018/19 Q1' and (indicator_code, breakdown_value) in"
                    " (('CPR02', 'all'), ('SGB03', 'PLAN'), ('LAC01', 'all'))"
                ),
                {"number": number, "reason": reason},
            )
        found = board.history(connection, key, layout, signed=None)
        nested.rollback()
    told = [(each.title, each.period, each.before, each.reason) for each in found]
    late, plans = "Three were entered late.", "Section 47 enquiries completed: Care and support plan"
    assert told == [
        ("Registrations in the period", "2018/19 Q1", "signed 1", late),
        ("Registrations in the period", "2018/19 Q1", "signed 2", ""),
        (plans, "2018/19 Q1", "signed 1", late),
        (plans, "2018/19 Q1", "signed 2", ""),
    ]
    assert [each.on is None for each in found] == [False, True, False, True]


def test_period_when_no_quarter_or_year_then_refused(sample_night: Night, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="2018/19 H1 is no quarter or year"):
        stewardship.write_report("2018/19 H1", tmp_path, is_for_board=True, settings=sample_night.settings)
    assert list(tmp_path.iterdir()) == []
