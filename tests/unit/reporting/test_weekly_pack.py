"""The weekly pack: whose page shows what, counts that add up, and no record anywhere but on a team's list."""

from __future__ import annotations

import datetime
import io
import stat
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.reporting import page_locations, weekly
from csc_warehouse.reporting.weekly import pages, workbook
from csc_warehouse.reporting.weekly.pack import Counts, Share, lists
from csc_warehouse.reporting.weekly.words import words as texts
from csc_warehouse.settings import load_settings
from tests.support.packs import AIT, AS_AT, HEAD, PACK, PANEL, SPOA, TYPED, work
from tests.unit.pages.test_quality_page import words


def test_scopes_when_a_team_has_a_level_then_its_work_is_on_its_pages_and_those_above() -> None:
    head = weekly.scopes(PACK)
    assert head.teams == (HEAD, PANEL, AIT, SPOA, TYPED)
    assert [(part.name, part.teams) for part in head.parts] == [
        ("Care and support", (PANEL,)),
        ("Front door", (AIT, SPOA)),
        ("Teams without a service", (TYPED,)),
    ]
    assert [[page.name for page in part.parts] for part in head.parts] == [
        [], ["Assessment and Intervention Team", "Single Point of Access"], ["A. JONES <B>"],
    ]  # fmt: skip
    assert {scope.teams for scope in lists(PACK)} == {(team,) for team in head.teams}


def test_file_names_when_a_team_was_typed_by_somebody_then_do_not_repeat_it() -> None:
    names = [scope.file_name for scope in lists(PACK)]
    assert names == ["team-1-head", "team-2-panel", "team-3-ait", "team-4-spoa", "team-5-not-listed"]


def test_counts_when_added_then_each_but_the_longest_is_a_sum() -> None:
    both = PACK.count((AIT, PANEL), "ASSESSMENT")
    assert both == Counts(164, 24, 9, 20, 186, 2, 24, 4, 449)
    assert PACK.count((AIT,), "CONTACT") == Counts()
    assert Counts().longest_working_days is None


def test_share_when_added_then_of_records_and_rounded_half_up() -> None:
    assert PACK.share((AIT,), "ASM04").percent == Decimal("86.2")
    assert PACK.share((AIT, PANEL), "ASM04") == Share(140, 164)
    assert Share(1, 800).percent == Decimal("0.1")
    assert Share(0, 0).percent is None


def test_page_of_a_team_when_read_then_says_what_is_open_late_and_in_time() -> None:
    text = words(pages.counts_page(PACK, weekly.scopes(PACK).parts[1].parts[0], weekly.scopes(PACK).parts[1]))
    assert "Wrexham, weekly pack: Assessment and Intervention Team" in text
    assert "As at the end of Monday 17 December 2018, beside the end of Monday 10 December 2018." in text
    assert "22 late open assessments: 159 open, 86.2% within the time allowed" in text
    assert "Open assessments 159 22 9 20" in text
    assert "Assessments completed within 42 working days 2018/19 Q3, so far 80.3% (290 of 361)" in text
    # open then, done, came, open now, became late
    assert "Open assessments 181 24 2 159 4" in text
    assert "FAMILY AWAY 15 No reason recorded 7" in text
    assert "Assessment and Intervention Team 1 9 3 1 11 1" in text
    assert "From release 7, which was not published." in text


def test_page_of_the_head_when_read_then_has_a_line_for_each_service_and_team() -> None:
    html = pages.counts_page(PACK, weekly.scopes(PACK), None)
    text = words(html)
    assert "Care and support 5 2 0 0 449 none Panel 5 2 0 0 449 none" in text
    assert "Front door 159 22 9 20 66 80.3% (290 of 361) Assessment and Intervention Team 159 22" in text
    # the head's own team stands on the head's page alone, and in its sums
    assert "Head's own 1 0 0 1 3" in text
    assert "Initial conferences to be held 1 0 0 1" in text
    assert 'href="service-2-front-door.html"' in html
    assert "A. JONES &lt;B&gt;" in html
    assert "<B>" not in html
    assert "Head's own" not in pages.counts_page(PACK, weekly.scopes(PACK).parts[0], weekly.scopes(PACK))


def test_pages_of_counts_when_written_then_name_no_worker_and_no_record(tmp_path: Path) -> None:
    written = weekly.write_counts(PACK, tmp_path)
    folder = tmp_path / "W06000006" / "2018-12-17"
    assert written[0] == folder / page_locations.HEAD_OF_SERVICE
    assert {path.suffix for path in written} == {".html", ".xlsx"}
    assert len(written) == len(set(written)) == 2 * (1 + 3 + 3)
    for path in written:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        said = path.read_bytes() if path.suffix == ".html" else _text_of(path.read_bytes())
        assert b"W100" not in said
        assert b"W200" not in said
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_list_of_a_team_when_read_then_names_record_child_worker_days_and_reason() -> None:
    scope = lists(PACK)[2]
    works = [
        work(),
        work(record_id="rec-2", is_late=False, working_days_left=3, working_days_used=39, was_open_before=False,
             delay_reason=""),
        work(record_id="rec-3", is_open=False, is_late=False, done=datetime.date(2018, 12, 12)),
        work(record_id="rec-4", is_restricted=True, child_id="child-4"),
    ]  # fmt: skip
    text = words(pages.list_page(PACK, scope, works, PACK.loads_of(scope.teams)))
    assert (
        "WCCIS rec-1 child-1 W100 11 October 2018 10 December 2018 47 \N{MINUS SIGN}5 Late since this week FAMILY AWAY"
        in text
    )
    assert "WCCIS rec-2 child-1 W100 11 October 2018 10 December 2018 39 3 Due in 5 New" in text
    assert "rec-3" not in text
    assert "Restricted record W100" in text
    assert "rec-4" not in text
    assert "child-4" not in text
    assert "W100 9 8 3 1" in text


def test_review_when_due_later_then_stands_in_the_spreadsheet_alone() -> None:
    late = work(clock="REVIEW_CP", working_days_left=0)
    soon = work(clock="REVIEW_CP", is_late=False, working_days_left=10)
    later = work(clock="REVIEW_CP", is_late=False, working_days_left=11)
    past_the_calendar = work(clock="REVIEW_CP", is_late=False, working_days_left=None)
    assert [each.is_on_the_page for each in (late, soon, later, past_the_calendar)] == [True, True, False, False]
    sheet = openpyxl.load_workbook(io.BytesIO(workbook.list_workbook(PACK, lists(PACK)[2], [late, later], [])))["Work"]
    assert sheet.max_row == 3


def test_time_when_a_clock_counts_hours_then_it_is_local_and_to_the_minute() -> None:
    at = datetime.datetime(2018, 7, 1, 23, 30, tzinfo=datetime.UTC)
    assert pages.due(work(clock="CONTACT", due_at=at)) == "2 July 2018, 00:30"
    assert pages.began(work()) == "11 October 2018"


def test_spreadsheets_when_opened_then_a_screen_reader_can_follow_them_and_nothing_calculates() -> None:
    head = weekly.scopes(PACK)
    book = openpyxl.load_workbook(io.BytesIO(workbook.counts_workbook(PACK, head)))
    assert book.sheetnames == ["About", "Clocks", "Late assessments", "Who holds what"]
    assert book.properties.title == "Weekly pack of Wrexham: Head of service, 17 December 2018"
    rows = [[cell.value for cell in row] for row in book["Clocks"].iter_rows(min_row=2)]
    of_ait = next(row for row in rows if row[1] == AIT.name)
    assert of_ait == ["Front door", AIT.name, "Open assessments", 159, 22, 9, 20, 181, 24, 2, 4, 66, 290, 361, 80.3]
    of_list = workbook.list_workbook(PACK, lists(PACK)[1], [work(delay_reason="=1+1")], PACK.loads_of([PANEL]))
    listed = openpyxl.load_workbook(io.BytesIO(of_list))
    for sheet in (*book.worksheets[1:], *listed.worksheets[1:]):
        assert sheet.freeze_panes == "A2"
        assert not sheet.merged_cells.ranges
    assert listed["Work"]["N2"].value == "=1+1"
    assert listed["Work"]["N2"].data_type == listed["Who holds what"]["A2"].data_type == "s"
    assert listed["Work"]["N2"].quotePrefix


def test_lists_when_written_again_then_those_of_the_week_before_are_gone(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "home")
    weekly.write_lists(settings, PACK, [work()])
    folder = page_locations.weekly_lists(settings) / "W06000006"
    assert len(list(folder.iterdir())) == 10
    weekly.write_lists(settings, replace(PACK, teams=[SPOA]), [])
    assert sorted(path.name for path in folder.iterdir()) == ["team-1-spoa.html", "team-1-spoa.xlsx"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    weekly.remove_lists(settings)
    assert page_locations.existing_weekly_lists(settings) == {}


def test_pack_when_there_is_no_work_then_every_page_says_so() -> None:
    empty = replace(PACK, counts={}, shares={}, reasons={}, loads=[], teams=[AIT])
    text = words(pages.counts_page(empty, weekly.scopes(empty), None))
    assert "No open assessment is late." in text
    assert "No plan and no assessment is open." in text
    assert lists(empty) == []


def test_texts_when_one_is_missing_then_its_name_is_told() -> None:
    with pytest.raises(CscWarehouseError, match=r"no text how_late\.NOTHING in en"):
        texts().says("how_late", "NOTHING")
    for clock in texts().clocks:
        assert pages.rule_of(clock)
    assert PACK.before + datetime.timedelta(days=7) == AS_AT


def _text_of(packed: bytes) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(packed))
    return "\n".join(str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row).encode()
