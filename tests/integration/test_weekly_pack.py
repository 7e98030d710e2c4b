"""The weekly pack of a finished night: its lists are what the indicators count, to the row, as at a past day too."""

from __future__ import annotations

import datetime
import io
import re
import shutil
import stat
from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from csc_warehouse import nightly, notification, weekly
from csc_warehouse.configuration import WeeklyConfig
from csc_warehouse.privacy import held_files
from csc_warehouse.reporting import page_locations
from csc_warehouse.reporting import weekly as pack_of
from csc_warehouse.settings import Config, NotificationConfig, Settings
from csc_warehouse.warehouse import Warehouse
from tests.conftest import Night
from tests.support.listeners import mail_server

WREXHAM = "W06000006"
DAY = datetime.date(2018, 12, 17)
SPOKEN = pack_of.words.Spoken(pack_of.words.IN_ENGLISH)
STOCKS = {"CON08": ("CONTACT", False), "ASM05": ("ASSESSMENT", False), "ASM06": ("ASSESSMENT", True)}
"""Indicator of what stands open on a day: the clock, and whether of the late alone."""
COUNTED = """
select sources.record_id
from release.marts__indicator_records as records
inner join release.restricted__record_sources as sources
    on records.authority_code = sources.authority_code and records.record_key = sources.record_key
    and sources.from_release_id <= :release and coalesce(sources.to_release_id, :release + 1) > :release
where records.authority_code = :authority and records.indicator_code = :code
    and records.counting_from_date = :day and records.is_in_numerator
    and records.from_release_id <= :release and coalesce(records.to_release_id, :release + 1) > :release
    and records.child_key not in (
        select child_key from release.marts__dim_children where release_id = :release and is_restricted
    )
"""
FIGURE = """
select sum(numerator) from release.marts__indicator_values
where release_id = :release and authority_code = :authority and indicator_code = :code
    and period_label = :label and breakdown = :breakdown and breakdown_value = :value
"""


WORK = """
select
    work.clock_code, work.worker_key, work.is_open, work.is_late, work.was_open_week_before, work.was_late_week_before,
    work.working_days_left, work.working_days_used, work.delay_reason,
    teams.team_name, teams.team_name_cy, teams.service_name, teams.service_name_cy
from release.marts__indicator_open_work as work
inner join release.marts__dim_teams as teams using (release_id, authority_code, team_key)
where release_id = :release and authority_code = :authority
"""
SHARES = """
select
    in_time.indicator_code, in_time.numerator, in_time.denominator,
    teams.team_name, teams.team_name_cy, teams.service_name, teams.service_name_cy
from release.marts__indicator_work_in_time as in_time
inner join release.marts__dim_teams as teams using (release_id, authority_code, team_key)
where release_id = :release and authority_code = :authority
"""
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def written(
    seventeenth_of_december: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], Warehouse, Path]:
    out = tmp_path_factory.mktemp("pack")
    made = weekly.write(out, as_at=DAY, settings=seventeenth_of_december.settings)
    return made, seventeenth_of_december, out


def _sheet(path: Path, name: str) -> list[dict[str, Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))[name]
    headings, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return [dict(zip(map(str, headings), row, strict=True)) for row in rows]


def _listed(made: dict[str, Any]) -> list[dict[str, Any]]:
    sheets = [path for path in made["lists"] if path.endswith(".xlsx") and not path.endswith(".cy.xlsx")]
    return [row for path in sheets for row in _sheet(Path(path), "Work")]


def _tables(html: str) -> dict[str, list[list[list[str]]]]:
    """Return the tables of a page below each of its headings: the rows of their bodies, as texts."""
    parts = re.split(r'<h2 id="(\w+)">', html)
    return {
        name: [_rows(body) for body in re.findall(r"<tbody.*?</tbody>", told, re.DOTALL)]
        for name, told in zip(parts[1::2], parts[2::2], strict=True)
    }


def _rows(body: str) -> list[list[str]]:
    rows = [re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)]
    return [[" ".join(unescape(re.sub(r"<[^>]+>", "", cell)).split()) for cell in row] for row in rows]


def _counted(rows: Rows) -> list[str]:
    """Return what a clock's rows come to: open, late, due soon, due next, open before, done, came, became late."""
    due = [row["working_days_left"] for row in rows if row["is_open"] and not row["is_late"]]
    counts = [
        sum(row["is_open"] for row in rows),
        sum(row["is_late"] for row in rows),
        sum(left is not None and left <= 5 for left in due),
        sum(left is not None and 5 < left <= 10 for left in due),
        sum(row["was_open_week_before"] for row in rows),
        sum(row["was_open_week_before"] and not row["is_open"] for row in rows),
        sum(row["is_open"] and not row["was_open_week_before"] for row in rows),
        sum(row["is_late"] and not row["was_late_week_before"] for row in rows),
    ]
    return [f"{count:,}" for count in counts]


def _share(rows: Rows, indicator: str) -> str:
    over, under = (
        sum(row[of] for row in rows if row["indicator_code"] == indicator) for of in ("numerator", "denominator")
    )
    if not under:
        return "none"
    percent = (Decimal(100 * over) / Decimal(under)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{percent}% ({over:,} of {under:,})"


def _asked(warehouse: Warehouse, statement: str, **key: Any) -> list[Any]:
    with warehouse.transaction() as connection:
        return list(connection.execute(text(statement), {"authority": WREXHAM, **key}).scalars())


def test_lists_when_compared_with_the_indicators_then_they_are_theirs_to_the_row(
    written: tuple[dict[str, Any], Warehouse, Path],
) -> None:
    made, warehouse, _ = written
    listed = [row for row in _listed(made) if row["State"] != "Done"]
    titles = {code: SPOKEN.clock(code) for code in ("CONTACT", "ASSESSMENT")}
    for code, (clock, is_of_the_late) in STOCKS.items():
        rows = [
            row["Record"]
            for row in listed
            if row["Clock"] == titles[clock]
            and (row["State"] == "Late" or not is_of_the_late)
            and row["Record"] != "Restricted record"
        ]
        counted = _asked(warehouse, COUNTED, release=made["release_id"], code=code, day=DAY)
        assert len(counted) > 10
        assert Counter(rows) == Counter(counted)


def test_test_of_the_night_when_run_then_finds_no_difference_of_any_clock(
    written: tuple[dict[str, Any], Warehouse, Path],
) -> None:
    _, warehouse, _ = written
    found = _asked(
        warehouse,
        "select failed_rows from staging.authority_tests where authority_code = :authority"
        " and test_name = 'assert_open_work_is_what_the_indicators_count'",
    )
    assert found == [0]


def test_pack_of_17_december_2018_when_read_then_shows_what_the_minutes_say(
    written: tuple[dict[str, Any], Warehouse, Path],
) -> None:
    made, _, out = written
    (page,) = (out / WREXHAM / "2018-12-17").glob("team-*-ait.html")
    assert "159 open, 86.2% within the time allowed" in " ".join(page.read_text(encoding="utf-8").split())
    (row,) = [row for row in _sheet(page.with_suffix(".xlsx"), "Clocks") if row["Clock"] == SPOKEN.clock("ASSESSMENT")]
    assert (row["Open"], row["Late"]) == (159, 22)
    assert made["as_at"] == "2018-12-17"


def test_counts_of_every_level_when_added_then_are_the_figures_of_the_release(
    written: tuple[dict[str, Any], Warehouse, Path],
) -> None:
    made, warehouse, out = written
    folder = out / WREXHAM / "2018-12-17"
    head = _sheet(folder / "head-of-service.xlsx", "Clocks")
    english = [path for path in folder.glob("service-*.xlsx") if not path.name.endswith(".cy.xlsx")]
    services = [row for path in english for row in _sheet(path, "Clocks")]
    assert sorted(map(str, head)) == sorted(map(str, services))
    with warehouse.transaction() as connection:
        pack = pack_of.read(connection, made["release_id"], WREXHAM)
    everybody = pack_of.scopes(pack).teams
    for code, clock, name in (("CON08", "CONTACT", "open_now"), ("ASM05", "ASSESSMENT", "open_now"),
                              ("ASM06", "ASSESSMENT", "late")):  # fmt: skip
        key = {"release": made["release_id"], "code": code, "label": "2018-12", "breakdown": "all", "value": "all"}
        assert [getattr(pack.count(everybody, clock), name)] == _asked(warehouse, FIGURE, **key)
    for code in pack.indicators:
        key = {"release": made["release_id"], "code": code, "label": "2018/19 Q3", "breakdown": "all", "value": "all"}
        assert [pack.share(everybody, code).numerator] == _asked(warehouse, FIGURE, **key)
    key = {"release": made["release_id"], "code": "PM24", "label": "2018/19 Q3", "breakdown": "team", "value": "AIT"}
    ait = [team for team in everybody if team.key == "AIT"]
    assert [pack.share(ait, "PM24").numerator] == _asked(warehouse, FIGURE, **key)
    assert len(pack.indicators) == 8
    for clock in pack_of.words.clocks():
        counts = pack.count(everybody, clock)
        assert counts.open_before - counts.done + counts.came == counts.open_now > 0


def test_every_number_of_every_page_when_compared_with_the_rows_of_the_release_then_is_theirs(
    written: tuple[dict[str, Any], Warehouse, Path],
) -> None:
    made, warehouse, out = written
    key = {"release": made["release_id"], "authority": WREXHAM}
    with warehouse.transaction() as connection:
        every_work: Rows = [dict(row) for row in connection.execute(text(WORK), key).mappings()]
        every_share: Rows = [dict(row) for row in connection.execute(text(SHARES), key).mappings()]
    clocks = pack_of.words.clocks()
    pages = sorted((out / WREXHAM / "2018-12-17").glob("*.html"))
    assert len(pages) == 2 * (1 + 4 + 8)
    for page in pages:
        html = page.read_text(encoding="utf-8")
        level, language = page.name.partition("-")[0], "_cy" if page.name.endswith(".cy.html") else ""
        (name,) = (unescape(found) for found in re.findall(r"<h1>[^:]*: (.*?)</h1>", html))
        work, shares = (
            [row for row in rows if level == "head" or row[f"{level}_name{language}"] == name]
            for rows in (every_work, every_share)
        )
        told_of = _tables(html)
        (now, in_time), (week,) = told_of["clocks"], told_of["week"]
        by_clock = {code: table for code in clocks for table in told_of.get(code.lower(), [])}
        for code, row, since in zip(clocks, now, week, strict=True):
            counted = _counted([each for each in work if each["clock_code"] == code])
            assert row[1:] == counted[:4], (page.name, code)
            assert since[1:] == [*counted[4:7], counted[0], counted[7]], (page.name, code)
        told = [_share(shares, code) for codes in clocks.values() for code in codes]
        assert [row[2].replace(" o ", " of ").replace("dim un", "none") for row in in_time] == told, page.name
        late, held = ([row for table in told_of[part] for row in table] for part in ("late", "work"))
        assert sum(int(row[1]) for row in late) == int(now[1][2]), page.name
        assert [sum(int(row[n].replace(",", "")) for row in held) for n in (2, 3, 4)] == [
            sum(row["is_open"] and row["clock_code"] == "PLAN" for row in work),
            sum(row["is_open"] and row["clock_code"] == "ASSESSMENT" for row in work),
            sum(row["is_late"] and row["clock_code"] == "ASSESSMENT" for row in work),
        ], page.name
        assert level == "team" or len(by_clock) > 1, page.name
        for code, table in by_clock.items():
            flow = next(each for each in clocks[code] if each != "ASM04")
            for row in table:
                of_row = [
                    [each for each in rows if row[0] in (each[f"team_name{language}"], each[f"service_name{language}"])]
                    for rows in (work, shares)
                ]
                counted = _counted([each for each in of_row[0] if each["clock_code"] == code])
                assert row[1:5] == counted[:4], (page.name, code, row)
                assert row[-1].replace(" o ", " of ").replace("dim un", "none") == _share(of_row[1], flow), row


def test_folder_of_the_counts_when_searched_then_holds_no_id_of_any_source(
    written: tuple[dict[str, Any], Warehouse, Path],
) -> None:
    made, warehouse, out = written
    children = _asked(
        warehouse, "select child_id from restricted.children where authority_code = :authority and length(child_id) > 8"
    )
    of_lists = {str(row["Child"]) for row in _listed(made) if row["Child"]}
    assert len(of_lists & set(children)) > 100
    home = warehouse.settings.model_copy(update={"home": out})
    ids = [*sorted(of_lists), *(str(row["Record"]) for row in _listed(made) if row["Record"] != "Restricted record")]
    assert held_files.files_naming(home, ids) == {}
    assert all(stat.S_IMODE(Path(path).stat().st_mode) == 0o600 for path in (*made["counts"], *made["lists"]))
    restricted = page_locations.weekly_lists(warehouse.settings)
    assert all(Path(path).is_relative_to(restricted) for path in made["lists"])


def test_child_whose_record_is_restricted_when_listed_then_without_its_numbers(
    written: tuple[dict[str, Any], Warehouse, Path],
) -> None:
    made, _, _ = written
    hidden = [row for row in _listed(made) if row["Record"] == "Restricted record"]
    assert hidden
    assert {(row["Child"], row["System"]) for row in hidden} == {(None, None)}


def test_names_when_the_council_chose_them_then_stand_on_the_lists_of_children_who_are_not_restricted(
    written: tuple[dict[str, Any], Warehouse, Path], tmp_path: Path
) -> None:
    made, warehouse, _ = written
    without = _listed(made)
    chosen = warehouse.settings.config.model_copy(update={"weekly": WeeklyConfig(names_on_lists=True)})
    settings = warehouse.settings.model_copy(update={"config": chosen})
    named = weekly.write(tmp_path, as_at=DAY, language="en", settings=settings)
    listed = _listed(named)
    weekly.write(tmp_path / "after", as_at=DAY, settings=warehouse.settings)
    assert [{name: row[name] for name in row if name != "Name"} for row in listed] == without
    held = {row["Child"]: row["Name"] for row in listed if row["Child"]}
    sent = _asked(
        warehouse,
        "select distinct on (row_key) row_key || '|' || trim(lastname) || ', ' || trim(firstname)"
        " from landing.wccis_person where authority_code = :authority order by row_key, valid_from_date desc",
    )
    names = dict(str(each).split("|", 1) for each in sent)
    compared = {child: name for child, name in held.items() if child in names}
    assert len(compared) > 100
    assert compared == {child: names[child] for child in compared}
    assert all(row["Name"] is None for row in listed if row["Record"] == "Restricted record")
    counts = b"".join(Path(path).read_bytes() for path in named["counts"] if path.endswith(".html"))
    assert not [name for name in set(compared.values()) if str(name).encode() in counts]


def test_day_when_no_release_stands_for_it_then_one_is_built_and_stored_first(
    written: tuple[dict[str, Any], Warehouse, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made, warehouse, _ = written
    asked: list[datetime.date] = []

    def store(as_at: datetime.date, *, settings: Settings) -> int:
        asked.append(as_at)
        return int(made["release_id"])

    monkeypatch.setattr(nightly, "store_as_at", store)
    weekly.write(tmp_path, as_at=DAY, settings=warehouse.settings)
    assert asked == []
    weekly.write(tmp_path, as_at=datetime.date(2018, 12, 14), settings=warehouse.settings)
    assert asked == [datetime.date(2018, 12, 14)]


@pytest.fixture
def shared_home(sample_night: Night) -> Iterator[Settings]:
    """Yield the settings of the finished night, and take out of its home again what a pack leaves there."""
    yield sample_night.settings
    pack_of.remove_lists(sample_night.settings)
    shutil.rmtree(page_locations.weekly_packs(sample_night.settings), ignore_errors=True)


def test_pack_of_what_readers_see_when_told_then_the_mail_has_a_link_and_no_figure(shared_home: Settings) -> None:
    with mail_server() as mail:
        told = NotificationConfig(
            smtp_host="127.0.0.1", smtp_port=mail.port, smtp_security="none", timeout_seconds=5,
            smtp_to=("night@council.example",), weekly_to=("head@council.example",),
            pages_address="https://airflow.council.example/",
        )  # fmt: skip
        settings = shared_home.model_copy(update={"config": Config(notification=told)})
        packs = weekly.write_all(settings=settings)
        assert weekly.tell(packs, settings=settings) == ["Told by mail."]
        # one who was told is not told again, whoever else hears of nights
        assert weekly.tell(packs, settings=settings) == []
    (heard,) = mail.heard
    assert "To: head@council.example" in heard
    assert "the weekly pack is out" in heard
    said = heard.replace("=\n", "")
    assert "as at 31 December 2018 is out: https://airflow.council.example/warehouse/weekly" in said
    assert "Mae pecyn wythnosol Wrecsam ar 31 Rhagfyr 2018 ar gael:" in said
    assert notification.addresses(told, "late") == ["night@council.example"]
    assert set(page_locations.latest_weekly_packs(settings)) == {WREXHAM}
    folder = page_locations.latest_weekly_packs(settings)[WREXHAM][1]
    assert (folder / page_locations.HEAD_OF_SERVICE).is_file()
    assert stat.S_IMODE(page_locations.weekly_packs(settings).stat().st_mode) == 0o700
