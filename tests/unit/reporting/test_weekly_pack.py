"""The weekly pack: whose page shows what, counts that add up, and no record anywhere but on a team's list."""

from __future__ import annotations

import datetime
import io
import re
import stat
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pydantic import ValidationError

from csc_warehouse import weekly as packs
from csc_warehouse.configuration import WeeklyConfig
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.reporting import page_locations, weekly
from csc_warehouse.reporting.weekly import pages, workbook
from csc_warehouse.reporting.weekly.pack import SHIPPED, Counts, Share, Windows, lists
from csc_warehouse.reporting.weekly.words import Spoken, clocks
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.texts import LANGUAGES, Texts
from tests.support.english import ENGLISH_WORDS
from tests.support.packs import AIT, AS_AT, HEAD, PACK, PANEL, SPOA, TYPED, work
from tests.unit.pages.test_quality_page import words


def test_scopes_when_a_team_has_a_level_then_its_work_is_on_its_pages_and_those_above() -> None:
    head = weekly.scopes(PACK)
    assert head.teams == (HEAD, PANEL, AIT, SPOA, TYPED)
    assert [(part.name, part.teams) for part in head.parts] == [
        ("Care and support", (PANEL,)),
        ("Front door", (AIT, SPOA)),
        ("", (TYPED,)),
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
    assert [each.is_on_the_page(SHIPPED) for each in (late, soon, later, past_the_calendar)] == [
        True,
        True,
        False,
        False,
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(workbook.list_workbook(PACK, lists(PACK)[2], [late, later], [])))["Work"]
    assert sheet.max_row == 3


def test_time_when_a_clock_counts_hours_then_it_is_local_and_to_the_minute() -> None:
    at = datetime.datetime(2018, 7, 1, 23, 30, tzinfo=datetime.UTC)
    english, welsh = Spoken(Texts("en", "weekly")), Spoken(Texts("cy", "weekly"))
    assert english.due(work(clock="CONTACT", due_at=at)) == "2 July 2018, 00:30"
    assert welsh.due(work(clock="CONTACT", due_at=at)) == "2 Gorffennaf 2018, 00:30"
    assert english.began(work()) == "11 October 2018"


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


def test_clocks_when_spoken_then_each_has_a_title_and_a_rule_in_both_languages() -> None:
    for language in LANGUAGES:
        spoken = Spoken(Texts(language, "weekly"))
        assert len({spoken.clock(code) for code in clocks()}) == len(clocks()) == 7
        assert len(spoken.rules()) == 5
    assert PACK.before + datetime.timedelta(days=7) == AS_AT


def test_welsh_pages_when_read_then_no_english_is_left_but_what_says_that_it_is_english() -> None:
    welsh, head = Texts("cy", "weekly"), weekly.scopes(PACK)
    own = lists(PACK)[2]
    listed = [work(), work(is_late=False, working_days_left=3, was_open_before=False, delay_reason="")]
    for html in (
        pages.counts_page(PACK, head, None, welsh, beside="en"),
        pages.counts_page(PACK, head.parts[1], head, welsh, beside="en"),
        pages.counts_page(PACK, head.parts[1].parts[0], head.parts[1], welsh, beside="en"),
        pages.list_page(PACK, own, listed, PACK.loads_of(own.teams), welsh, beside="en"),
        pages.counts_page(replace(PACK, counts={}, shares={}, reasons={}, loads=[]), head, None, welsh),
    ):
        assert '<html lang="cy">' in html
        assert "Drafft yw Cymraeg y dudalen hon" in html
        told = re.sub(r"<style>.*?</style>|<(\w+)[^>]* lang=\"en(-GB)?\"[^>]*>.*?</\1>", " ", html, flags=re.DOTALL)
        told = " ".join([*re.findall(r'(?:aria-label|data-label)="([^"]*)"', told), re.sub(r"<[^>]+>", " ", told)])
        told = re.sub(r"[\w-]+(\.cy)?\.xlsx|csc-warehouse \S+|weekly\.names_on_lists|WCCIS|\b\w+-1\b", " ", told)
        assert ENGLISH_WORDS.findall(told) == []
        assert re.findall(r"\b(Open|Late|Team|Due|Worker|Contacts|Service|New)\b", told) == []
    front = " ".join(words(pages.counts_page(PACK, head.parts[1].parts[0], head.parts[1], welsh)).split())
    assert "Wrecsam, pecyn wythnosol: Tîm Asesu ac Ymyrryd" in front
    assert "Ar ddiwedd dydd Llun 17 Rhagfyr 2018" in front
    assert "Asesiadau agored 159 22 9 20" in front
    assert "Asesiadau a gwblhawyd o fewn 42 diwrnod gwaith 2018/19 Ch3, hyd yma 80.3% (290 o 361)" in front


def test_pack_in_both_languages_when_written_then_pages_link_to_each_other_and_hold_the_same_figures(
    tmp_path: Path,
) -> None:
    written = weekly.write_counts(PACK, tmp_path, languages=LANGUAGES)
    assert len(written) == len(set(written)) == 4 * (1 + 3 + 3)
    folder = written[0].parent
    for page in folder.glob("*.html"):
        for link in re.findall(r'href="([^"#]+)"', page.read_text(encoding="utf-8")):
            assert (folder / link).is_file(), (page.name, link)
    english, welsh = (
        [path for path in sorted(folder.glob("*.xlsx")) if (".cy." in path.name) is is_welsh]
        for is_welsh in (False, True)
    )
    for one, two in zip(english, welsh, strict=True):
        assert two.name == one.name.replace(".xlsx", ".cy.xlsx")
        figures = []
        for path in (one, two):
            book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
            figures.append([
                [cell.value for cell in row if not isinstance(cell.value, str)]
                for sheet in book.worksheets[1:]
                for row in sheet.iter_rows()
            ])  # fmt: skip
        assert figures[0] == figures[1]
    book = openpyxl.load_workbook(io.BytesIO((folder / "head-of-service.cy.xlsx").read_bytes()))
    assert book.sheetnames == ["Ynghylch", "Clociau", "Asesiadau hwyr", "Pwy sy'n dal beth"]
    assert book.properties.language == "cy"


def test_wording_of_a_council_when_laid_over_then_the_pack_says_it(tmp_path: Path) -> None:
    laid = "weekly:\n  clock:\n    CONTACT: {en: Contacts to decide}\n"
    (page, *_) = weekly.write_counts(PACK, tmp_path, laid_over=laid)
    assert "Contacts to decide" in page.read_text(encoding="utf-8")
    assert "Contacts without a decision" not in page.read_text(encoding="utf-8")


def test_windows_when_a_council_chose_its_own_then_headings_tags_and_lists_are_of_those() -> None:
    own = replace(PACK, windows=Windows(3, 20))
    text = words(pages.counts_page(own, weekly.scopes(own), None))
    assert "Due in 3 working days Due in 4 to 20" in text
    assert "Due in 5" not in text
    later = work(clock="REVIEW_CP", is_late=False, working_days_left=15)
    assert (later.is_on_the_page(SHIPPED), later.is_on_the_page(own.windows)) == (False, True)
    assert "Due in 20" in words(pages.list_page(own, lists(own)[2], [later], []))
    with pytest.raises(ValidationError, match=r"due_next_working_days \(10\) has to be more than"):
        WeeklyConfig(due_soon_working_days=10)


def test_names_when_the_council_chose_them_then_stand_on_lists_alone_and_of_no_restricted_child() -> None:
    scope = lists(PACK)[2]
    named = [work(name="Jones, Alys"), work(name="Evans, Ifan", is_restricted=True)]
    for language in LANGUAGES:
        texts = Texts(language, "weekly")
        html = pages.list_page(PACK, scope, named, [], texts)
        sheet = _text_of(workbook.list_workbook(PACK, scope, named, [], texts)).decode()
        for said in (html, sheet):
            assert "Jones, Alys" in said
            assert "Evans" not in said
            assert texts("head.names") in said
    unnamed = pages.list_page(PACK, scope, [work()], [])
    assert "names_on_lists" not in unnamed
    assert WeeklyConfig().names_on_lists is False


def test_packs_when_that_of_one_authority_cannot_be_written_then_the_others_are_and_it_is_told_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def write(*, authority_code: str, settings: Settings) -> dict[str, Any]:
        if authority_code == "W06000005":
            raise CscWarehouseError("Release 3 does not say which work was open.")
        return {"authority_code": authority_code, "as_at": "2018-12-17", "counts": ["a"], "lists": ["b", "c"]}

    monkeypatch.setattr(packs, "_published", lambda settings: ["W06000005", "W06000006"])
    monkeypatch.setattr(packs, "write", write)
    written = packs.write_all(settings=load_settings(home=tmp_path))
    assert written == [
        {"authority_code": "W06000005", "failure": "W06000005: Release 3 does not say which work was open."},
        {"authority_code": "W06000006", "as_at": "2018-12-17", "counts": 1, "lists": 2},
    ]
    with pytest.raises(CscWarehouseError, match=r"^W06000005: Release 3 does not say which work was open\.$"):
        packs.require_all(written)
    packs.require_all(written[1:])


def _text_of(packed: bytes) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(packed))
    return "\n".join(str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row).encode()
