"""What must be mended is listed since when, drops out when it is mended, and stays in the restricted area."""

from __future__ import annotations

import datetime
import re
import stat
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, text

from csc_warehouse import landing
from csc_warehouse.commands import govern
from csc_warehouse.quality import failing_records
from csc_warehouse.reporting import page_locations
from csc_warehouse.reporting.pages import worklists
from expectations.catalogue import load_catalogue
from tests.conftest import Night

WREXHAM = "W06000006"
LAST_NIGHT = datetime.date(2018, 12, 31)
NEXT_NIGHT = datetime.date(2019, 1, 1)
UNDECIDED = "RCON12"


def count(connection: Connection, condition: str) -> int:
    return int(
        connection.execute(text(f"select count(*) from restricted.failing_records where {condition}")).scalar_one()
    )


def next_night(connection: Connection) -> failing_records.Refreshed:
    connection.execute(text("update staging.run_context set as_at_date = :day"), {"day": NEXT_NIGHT})
    return failing_records.refresh_in(connection)


def test_worklist_when_a_night_ends_then_holds_what_the_rules_counted(candidate: Connection) -> None:
    listed: dict[str, int] = dict(
        candidate.execute(text("select check_code, count(*) from restricted.failing_records group by check_code")).all()
    )
    told = {rule.code for rule in load_catalogue().rules if rule.is_on_worklists}
    counted: dict[str, int] = dict(
        candidate.execute(
            text("select check_code, failed from quality.check_results where check_code = any(:codes) and failed > 0"),
            {"codes": sorted(told)},
        ).all()
    )
    assert listed == counted
    assert len(listed) > 15
    assert count(candidate, "source_record_id is null or source_child_id is null or source_name is null") == 0
    assert count(candidate, "team_name is null") < 0.2 * count(candidate, "true")
    assert count(candidate, "worker_name is not null") > 0.5 * count(candidate, "true")


def test_source_id_when_followed_then_leads_to_a_row_of_the_case_system(candidate: Connection) -> None:
    lost: int = candidate.execute(
        text(
            "select count(*) from restricted.failing_records as f where f.source_entity = 'contact'"
            " and f.source_name = 'wccis' and not exists (select from landing.wccis_contact as c"
            " where lower(c.contactid) = f.source_record_id)"
        )
    ).scalar_one()
    assert lost == 0
    assert count(candidate, "source_entity = 'contact' and source_name = 'wccis'") > 10


def test_record_when_mended_then_leaves_the_list_and_the_rest_grows_older(candidate: Connection) -> None:
    before = count(candidate, "mended_date is null")
    mended = candidate.execute(
        text(
            "update marts_candidate.fct_contacts as c set decided_at = c.received_at + interval '1 hour'"
            " from restricted.failing_records as f where f.check_code = :code and f.record_key = c.record_key"
        ),
        {"code": UNDECIDED},
    ).rowcount
    assert mended > 5
    assert next_night(candidate).mended_count >= mended
    assert count(candidate, f"check_code = '{UNDECIDED}' and mended_date is null") == 0
    assert count(candidate, f"check_code = '{UNDECIDED}' and mended_date = '{NEXT_NIGHT}'") == mended
    still = count(candidate, f"mended_date is null and first_seen_date = '{LAST_NIGHT}'")
    assert 0 < still <= before - mended
    assert count(candidate, f"mended_date is null and last_seen_date <> '{NEXT_NIGHT}'") == 0


def test_record_when_it_breaks_again_then_its_age_begins_anew(candidate: Connection) -> None:
    key: str = candidate.execute(
        text("select min(record_key) from restricted.failing_records where check_code = :code"), {"code": UNDECIDED}
    ).scalar_one()
    candidate.execute(
        text(
            "update restricted.failing_records set first_seen_date = '2018-12-01', last_seen_date = '2018-12-05',"
            " mended_date = '2018-12-06' where record_key = :key and check_code = :code"
        ),
        {"key": key, "code": UNDECIDED},
    )
    next_night(candidate)
    assert count(candidate, f"record_key = '{key}' and first_seen_date = '{NEXT_NIGHT}' and mended_date is null") == 1


def test_key_when_it_was_changed_then_no_record_grows_younger(candidate: Connection) -> None:
    before = count(candidate, "mended_date is null")
    candidate.execute(
        text(
            "update restricted.failing_records set record_key = 'other' || record_key, child_key = 'other' || child_key"
        )
    )
    found = next_night(candidate)
    # a few leave because the twelve months that the rules look at have moved on
    assert found.mended_count < 0.05 * before
    assert found.open_count == before - found.mended_count
    assert count(candidate, f"mended_date is null and first_seen_date = '{LAST_NIGHT}'") == found.open_count


def test_earlier_day_when_built_again_then_the_lists_stay_as_they_were(candidate: Connection) -> None:
    candidate.execute(text("update staging.run_context set as_at_date = '2018-12-30'"))
    candidate.execute(text("update marts_candidate.fct_contacts set decided_at = received_at"))
    assert failing_records.refresh_in(candidate).mended_count == 0
    assert count(candidate, f"last_seen_date <> '{LAST_NIGHT}'") == 0
    # and whoever writes them then says of which day they are
    assert [row.as_at_date for row in worklists.authorities(candidate)] == [LAST_NIGHT]
    candidate.execute(text("delete from restricted.failing_records"))
    assert [row.as_at_date for row in worklists.authorities(candidate)] == [datetime.date(2018, 12, 30)]


def test_rules_when_they_cannot_be_applied_then_nothing_counts_as_mended(candidate: Connection) -> None:
    candidate.execute(text("alter table marts_candidate.fct_registrations rename to gone"))
    registrations = "check_code like 'RCPR%' and mended_date is null"
    before = count(candidate, registrations)
    next_night(candidate)
    assert count(candidate, registrations) == before > 0


def test_worklist_files_when_written_then_only_their_owner_may_read_them(sample_night: Night) -> None:
    page = page_locations.worklist(sample_night.settings, WREXHAM)
    sheet = page_locations.worklist_sheet(sample_night.settings, WREXHAM)
    assert stat.S_IMODE(page.stat().st_mode) == stat.S_IMODE(sheet.stat().st_mode) == 0o600
    for folder in (page.parent, page.parent.parent, page.parent.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    ids = set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", page.read_text(encoding="utf-8")))
    assert len(ids) > 50


def test_numbers_of_the_worklist_when_compared_with_the_rows_of_the_night_then_are_theirs(sample_night: Night) -> None:
    told = page_locations.worklist(sample_night.settings, WREXHAM).read_text(encoding="utf-8")
    first = [rule.code for rule in load_catalogue().rules if rule.severity != "info"]
    with sample_night.warehouse.transaction() as connection:
        by_team: dict[str, int] = dict(
            connection.execute(
                text(
                    "select coalesce(team_name, 'No team recorded'), count(*) from restricted.failing_records"
                    " where authority_code = :authority and mended_date is null group by 1"
                ),
                {"authority": WREXHAM},
            ).all()
        )
        urgent: int = connection.execute(
            text(
                "select count(*) from restricted.failing_records"
                " where authority_code = :authority and mended_date is null and check_code = any(:first)"
            ),
            {"authority": WREXHAM, "first": first},
        ).scalar_one()
    assert _tiles(told)[:2] == [sum(by_team.values()), urgent]
    headings = re.findall(r'<h2 id="team-\d+">([^<]*): ([\d,]+) corrections?</h2>', told)
    assert {unescape(team): _number(count) for team, count in headings} == by_team
    assert told.count('<tr role="row" class="worker-') == sum(by_team.values())


def test_numbers_of_the_quality_report_when_compared_with_the_release_then_are_its(sample_night: Night) -> None:
    (page,) = page_locations.quality_reports(sample_night.settings).glob("*/*/index.html")
    told = page.read_text(encoding="utf-8")
    with sample_night.warehouse.transaction() as connection:
        grades: dict[str, int] = dict(
            connection.execute(
                text(
                    "select grade, count(*) from quality.indicator_grades as grades"
                    " inner join release.pointer as pointer using (release_id, authority_code)"
                    " where authority_code = :authority group by grade"
                ),
                {"authority": WREXHAM},
            ).all()
        )
        figures = {
            (row.reference, row.period_label): row.display
            for row in connection.execute(
                text(
                    "select coalesce(local_code, indicator_code) as reference, period_label, display"
                    " from reporting.rpt_scorecard"
                    " where authority_code = :authority and profile = 'committee'"
                ),
                {"authority": WREXHAM},
            )
        }
    assert _tiles(told)[:4] == [
        grades.get("A", 0), grades.get("B", 0) + grades.get("C", 0), grades.get("D", 0),
        count_of_open(sample_night),
    ]  # fmt: skip
    shown = re.findall(
        r'<span class="soft">([^<]+)</span></th>\s*<td role="cell" data-label="Grade".*?data-label="Newest"'
        r' class="number">([^<]*)<br><span class="soft">([^<]*)</span>',
        told,
        re.DOTALL,
    )
    assert len(shown) == sum(number for grade, number in grades.items() if grade != "A") > 0
    assert {(code, label): unescape(display) for code, display, label in shown} == {
        (code, label): figures[code, label] for code, _, label in shown
    }


def count_of_open(night: Night) -> int:
    with night.warehouse.transaction() as connection:
        return count(connection, f"authority_code = '{WREXHAM}' and mended_date is null")


def _tiles(told: str) -> list[int]:
    (tiles,) = re.findall(r'<ul class="tiles">.*?</ul>', told, re.DOTALL)
    return [_number(found) for found in re.findall(r"<li><strong>([\d,]+)</strong>", tiles)]


def _number(told: str) -> int:
    return int(told.replace(",", ""))


def test_child_when_erased_then_the_lists_on_the_disk_are_written_anew(
    sample_night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = sample_night.settings.model_copy(
        update={"home": tmp_path, "database_url": sample_night.warehouse.url.render_as_string(hide_password=False)}
    )
    monkeypatch.setattr(govern, "load_settings", lambda: settings)
    monkeypatch.setattr(landing, "erase", lambda *_, **__: SimpleNamespace(removed={}))
    stale = page_locations.worklist(settings, "W06000005")
    stale.parent.mkdir(parents=True)
    stale.write_text("of an authority that is built no more")
    of_the_week = page_locations.weekly_lists(settings) / WREXHAM / "team-1-ait.html"
    of_the_week.parent.mkdir(parents=True)
    of_the_week.write_text("0001234")
    govern.erase("0001234", by="A. Jones", reason="request 2018/17")
    assert not of_the_week.exists()
    assert "corrections to make" in page_locations.worklist(settings, WREXHAM).read_text(encoding="utf-8")
    assert page_locations.worklist_sheet(settings, WREXHAM).exists()
    assert not stale.parent.exists()
