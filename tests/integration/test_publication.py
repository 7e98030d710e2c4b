"""Releases and their pointer: what readers see after a night that passed, was held, came late, or was taken back."""

from __future__ import annotations

import datetime

import pytest
import typer
from typer.testing import CliRunner

from csc_warehouse import publication
from csc_warehouse.commands import reading
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.warehouse import Warehouse
from tests.support.candidates import (
    CONTACTS,
    FLINTSHIRE,
    PASSED,
    WREXHAM,
    fill,
    fill_night,
    night,
    open_night,
    read,
)

HELD = {"verdict": "held", "reason": "Contacts fell by 60%."}
DAY_1, DAY_2, DAY_3 = (datetime.date(2018, 1, day) for day in (1, 2, 3))
AT = datetime.datetime(2018, 1, 1, 12, tzinfo=datetime.UTC)


def shown(warehouse: Warehouse) -> dict[str, tuple[int, int]]:
    """Return per authority the release and the run whose values readers see."""
    rows = read(warehouse, "select authority_code, release_id, run from marts.indicator_values")
    return {code: (release_id, run) for code, release_id, run in rows}


def publications(warehouse: Warehouse, release_id: int) -> dict[str, tuple[str, bool, str | None]]:
    rows = read(
        warehouse,
        "select authority_code, verdict, published_at is not null, reason from quality.publications"
        f" where release_id = {release_id}",
    )
    return {code: (verdict, is_published, reason) for code, verdict, is_published, reason in rows}


def test_releases_are_listed_by_their_command(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    night(warehouse, 1, DAY_1)
    night(warehouse, 2, DAY_2)
    monkeypatch.setenv("CSC_WAREHOUSE_HOME", str(warehouse.settings.home))
    app = typer.Typer()
    reading.register(app)
    told = CliRunner().invoke(app, ["releases"])
    assert told.exit_code == 0, told.exception
    assert [line.count(WREXHAM) for line in told.output.splitlines() if WREXHAM in line] == [1, 1]


def test_a_night_that_passed_is_what_readers_see(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY_1)
    summary = night(warehouse, 2, DAY_2)
    assert shown(warehouse) == {WREXHAM: (2, 2), FLINTSHIRE: (2, 2)}
    assert read(warehouse, "select distinct release_id, display from reporting.rpt_scorecard") == [(2, "2")]
    assert read(warehouse, "select distinct release_id, client_no from restricted.rpt_cases") == [(2, "2")]
    assert read(warehouse, "select release_id, title from marts.indicators") == [(2, "Contacts received (2)")]
    assert read(warehouse, "select count(*), count(distinct release_id) from marts.fct_contacts") == [(10, 1)]
    assert summary.as_dict()["published"] == [FLINTSHIRE, WREXHAM]
    assert summary.as_dict()["sentences"][0] == "W06000005 as at 02 January 2018: published."
    assert publications(warehouse, 2) == {WREXHAM: ("published", True, None), FLINTSHIRE: ("published", True, None)}
    states = read(warehouse, "select release_id, run_id, code_version, state from release.releases order by 1")
    assert states == [(1, "run-1", "test", "published"), (2, "run-2", "test", "published")]


def test_the_flip_takes_less_than_50_ms(warehouse: Warehouse) -> None:
    flips = [night(warehouse, run, DAY_1).flip_seconds for run in range(1, 6)]
    assert min(flips) < 0.05  # the others may have shared the processor with something else


def test_a_held_authority_keeps_its_last_release_while_others_move(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY_1)
    summary = night(warehouse, 2, DAY_2, {WREXHAM: HELD})
    assert shown(warehouse) == {WREXHAM: (1, 1), FLINTSHIRE: (2, 2)}
    outcomes = read(warehouse, "select authority_code, outcome from marts.fct_contacts where outcome like 'run%'")
    assert dict(outcomes) == {WREXHAM: "run 1", FLINTSHIRE: "run 2"}
    # registers belong to no authority: they go with the highest release that anyone sees
    assert read(warehouse, "select release_id from marts.indicators") == [(2,)]
    assert publications(warehouse, 2)[WREXHAM] == ("held", False, "Contacts fell by 60%.")
    assert summary.as_dict()["held"] == [WREXHAM]
    night(warehouse, 3, DAY_3)
    assert shown(warehouse) == {WREXHAM: (3, 3), FLINTSHIRE: (3, 3)}


def test_a_release_held_for_all_shows_nowhere(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY_1)
    night(warehouse, 2, DAY_2, {WREXHAM: HELD, FLINTSHIRE: HELD})
    assert shown(warehouse) == {WREXHAM: (1, 1), FLINTSHIRE: (1, 1)}
    assert read(warehouse, "select state from release.releases where release_id = 2") == [("held",)]


def test_an_earlier_as_at_is_stored_and_not_published(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY_2)
    release_id = open_night(warehouse, 2, {WREXHAM: DAY_1, FLINTSHIRE: DAY_2})
    fill_night(warehouse, 2)
    publication.store(warehouse, release_id)
    summary = publication.publish(warehouse, release_id, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")
    assert shown(warehouse) == {WREXHAM: (1, 1), FLINTSHIRE: (2, 2)}
    verdict, is_published, reason = publications(warehouse, release_id)[WREXHAM]
    assert (verdict, is_published) == ("published", False)
    assert reason == "Not published: release 1, as at 02 January 2018, is later."
    assert summary.as_dict()["not_published"] == [WREXHAM]
    assert publication.is_stored(warehouse, release_id)
    assert read(warehouse, f"select count(*) from release.marts__indicator_values where release_id = {release_id}") == [
        (2,)
    ]


def test_publishing_again_changes_nothing(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY_1)
    before = read(
        warehouse,
        "select p.moved_at, q.published_at, (select count(*) from release.pointer_moves)"
        " from release.pointer as p inner join quality.publications as q using (authority_code, release_id) order by 1",
    )
    publication.store(warehouse, 1)
    again = publication.publish(warehouse, 1, {WREXHAM: HELD, FLINTSHIRE: PASSED}, published_by="somebody else")
    assert again.as_dict()["published"] == [FLINTSHIRE, WREXHAM]
    after = read(
        warehouse,
        "select p.moved_at, q.published_at, (select count(*) from release.pointer_moves)"
        " from release.pointer as p inner join quality.publications as q using (authority_code, release_id) order by 1",
    )
    assert after == before
    assert publications(warehouse, 1)[WREXHAM] == ("published", True, None)


def test_an_older_build_never_replaces_a_later_one(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY_1, {WREXHAM: HELD})
    night(warehouse, 2, DAY_1)
    publication.publish(warehouse, 1, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")
    assert shown(warehouse) == {WREXHAM: (2, 2), FLINTSHIRE: (2, 2)}
    assert publications(warehouse, 1)[WREXHAM] == ("published", False, "Not published: release 2 was built later.")


def test_rollback_goes_to_the_release_published_before_and_is_journalled(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY_1)
    night(warehouse, 2, DAY_2, {WREXHAM: HELD})
    night(warehouse, 3, DAY_3)
    sentences = publication.rollback(warehouse, by="P. Lead")
    # Wrexham's release 2 was held, so that what its readers saw before 3 was 1
    assert shown(warehouse) == {WREXHAM: (1, 1), FLINTSHIRE: (2, 2)}
    assert sentences == [
        "W06000005: readers see release 2 (as at 02 January 2018) instead of 3.",
        "W06000006: readers see release 1 (as at 01 January 2018) instead of 3.",
    ]
    assert read(warehouse, "select outcome from marts.fct_contacts where outcome like 'run%' order by 1") == [
        ("run 1",),
        ("run 2",),
    ]
    decisions = read(
        warehouse, "select authority_code, person, details ->> 'to_release' from quality.decisions order by 1, 3"
    )
    assert (WREXHAM, "P. Lead", "1") in decisions
    with pytest.raises(CscWarehouseError, match="no earlier published release of W06000006"):
        publication.rollback(warehouse, authority_code=WREXHAM, by="P. Lead")
    # the next night builds on what was stored last, whatever the pointer says
    night(warehouse, 4, DAY_3)
    assert shown(warehouse) == {WREXHAM: (4, 4), FLINTSHIRE: (4, 4)}
    assert read(warehouse, "select count(*) from marts.fct_contacts") == [(10,)]


def test_rollback_of_one_authority_leaves_the_others(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY_1)
    night(warehouse, 2, DAY_2)
    publication.rollback(warehouse, authority_code=WREXHAM, by="P. Lead")
    assert shown(warehouse) == {WREXHAM: (1, 1), FLINTSHIRE: (2, 2)}
    with pytest.raises(UsageError, match="give a name"):
        publication.rollback(warehouse, by=" ")
    # publishing a release that was taken back is a decision to show it again
    publication.publish(warehouse, 2, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")
    assert shown(warehouse) == {WREXHAM: (2, 2), FLINTSHIRE: (2, 2)}


def test_a_large_relation_stores_what_changed_and_nothing_else(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY_1)
    release_id = open_night(warehouse, 2, DAY_2)
    rows = [
        (f"{WREXHAM}-0", WREXHAM, f"{WREXHAM}-child-0", AT, "run 1", '{"team": "AIT"}'),  # as it was
        (f"{WREXHAM}-1", WREXHAM, f"{WREXHAM}-child-1", AT, "IAA", '{"team": "AIT"}'),  # another outcome
        (f"{WREXHAM}-2", WREXHAM, f"{WREXHAM}-child-2", AT, None, '{"team": "AIT"}'),  # outcome gone
        # 3 and 4 have vanished; 9 is new; all of Flintshire has vanished but one
        (f"{WREXHAM}-9", WREXHAM, None, AT, "ASS", None),
        (f"{FLINTSHIRE}-4", FLINTSHIRE, f"{FLINTSHIRE}-child-4", AT, "ASS", '{"team":    "AIT"}'),
    ]
    fill(warehouse, CONTACTS, rows)
    summary = publication.store(warehouse, release_id)
    written = {entry.relation: (entry.rows_written, entry.rows_ended) for entry in summary.relations}
    # written: 1, 2, 9. Ended: Wrexham's 1, 2, 3, 4 and Flintshire's 0, 1, 2, 3
    assert written["marts.fct_contacts"] == (3, 8)
    publication.publish(warehouse, release_id, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")
    query = "select record_key, outcome from marts.fct_contacts order by record_key"
    assert read(warehouse, query) == [(row[0], row[4]) for row in sorted(rows, key=lambda row: str(row[0]))]
    third = open_night(warehouse, 3, DAY_3)
    again = publication.store(warehouse, third)
    assert {entry.relation: (entry.rows_written, entry.rows_ended) for entry in again.relations}[
        "marts.fct_contacts"
    ] == (0, 0)


def test_an_authority_outside_the_release_keeps_its_rows(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY_1)
    release_id = open_night(warehouse, 2, {WREXHAM: DAY_2})
    fill_night(warehouse, 2, authorities=(WREXHAM,))
    publication.store(warehouse, release_id)
    publication.publish(warehouse, release_id, {WREXHAM: PASSED}, published_by="test")
    assert shown(warehouse) == {WREXHAM: (2, 2), FLINTSHIRE: (1, 1)}
    counts = read(
        warehouse, "select authority_code, release_id, count(*) from marts.fct_contacts group by 1, 2 order by 1"
    )
    assert counts == [(FLINTSHIRE, 1, 5), (WREXHAM, 2, 5)]


def test_what_cannot_be_published_is_refused_with_the_next_step(warehouse: Warehouse) -> None:
    first = open_night(warehouse, 1, DAY_1)
    assert open_night(warehouse, 1, DAY_1) == first  # the same run begun again
    with pytest.raises(CscWarehouseError, match="not stored"):
        publication.publish(warehouse, first, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")
    second = open_night(warehouse, 2, DAY_1)
    with pytest.raises(CscWarehouseError, match="Build again"):
        publication.store(warehouse, first)  # the candidate is the second build's by now
    publication.store(warehouse, second)
    with pytest.raises(CscWarehouseError, match="no verdict for W06000006"):
        publication.publish(warehouse, second, {FLINTSHIRE: PASSED}, published_by="test")
    with pytest.raises(CscWarehouseError, match="no release 99"):
        publication.publish(warehouse, 99, {}, published_by="test")
    with pytest.raises(CscWarehouseError, match="No authority"):
        publication.open_release(warehouse, "run-3", as_at={})
    assert read(warehouse, "select count(*) from release.pointer") == [(0,)]


def test_releases_are_listed_latest_first(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY_1)
    night(warehouse, 2, DAY_2, {WREXHAM: HELD})
    listed = [
        (release.release_id, release.authority_code, release.verdict, release.is_current)
        for release in publication.releases(warehouse)
    ]
    assert listed == [
        (2, FLINTSHIRE, "published", True),
        (2, WREXHAM, "held", False),
        (1, FLINTSHIRE, "published", False),
        (1, WREXHAM, "published", True),
    ]
