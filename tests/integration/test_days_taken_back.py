"""A day whose delivery was withdrawn is the latest word of nothing: not of checks, worklists, status or publication."""

from __future__ import annotations

import datetime
import itertools

import pytest
from sqlalchemy import text

from csc_warehouse import publication
from csc_warehouse.quality import explanations, failing_records
from csc_warehouse.quality.check_result import CheckResult, Judgement
from csc_warehouse.quality.result_history import record
from csc_warehouse.reporting import status
from csc_warehouse.warehouse import Warehouse
from tests.support.candidates import FLINTSHIRE, PASSED, WREXHAM, fill_night, open_night, read, reset

EARLY, LATE, AHEAD = datetime.date(2018, 1, 1), datetime.date(2018, 1, 2), datetime.date(2081, 1, 3)
NUMBERS = itertools.count(1)


@pytest.fixture
def warehouse(server: Warehouse) -> Warehouse:
    reset(server)
    with server.transaction() as connection:
        connection.execute(text("alter table quality.check_results disable trigger all"))
        connection.execute(text("delete from quality.check_results"))
        connection.execute(text("alter table quality.check_results enable trigger all"))
        connection.execute(text("delete from landing.deliveries"))
        connection.execute(text("delete from restricted.failing_records"))
    return server


def delivered(
    warehouse: Warehouse, day: datetime.date, became: str = "accepted", *, source: str = "wccis", name: str = "all"
) -> int:
    """Write one delivery of Wrexham into the ledger; return its number."""
    with warehouse.transaction() as connection:
        return int(
            connection.execute(
                text(
                    "insert into landing.deliveries (source, authority_code, name, business_date, kind, status, reason,"
                    " content_sha256, received_at) values (:source, :code, :name, :day, 'full', :became, 'why',"
                    " :content, now()) returning delivery_id"
                ),
                {
                    "source": source,
                    "code": WREXHAM,
                    "name": name,
                    "day": day,
                    "became": became,
                    "content": str(next(NUMBERS)),
                },
            ).scalar_one()
        )


def judged(warehouse: Warehouse, day: datetime.date, outcome: str, *, delivery_id: int | None = None) -> None:
    """Record one check at the exit, or at the door of a delivery."""
    result = CheckResult("CTC01", "Contacts came.", "warning", "Front door", outcome, 10, 0, 1.0, "0", "", ("CON01",))  # type: ignore[arg-type]
    judgement = Judgement(
        gate="exit" if delivery_id is None else "door",
        authority_code=WREXHAM,
        as_at_date=day,
        results=(result,),
        run_id=None if delivery_id else f"run {next(NUMBERS)}",
        release_id=None if delivery_id else next(NUMBERS),
        delivery_id=delivery_id,
    )
    with warehouse.transaction() as connection:
        record(connection, [judgement])


def built(
    warehouse: Warehouse, run: int, day: datetime.date, requested: datetime.date | None = None
) -> publication.PublishSummary:
    """Store and publish one night of Wrexham."""
    publication.open_release(
        warehouse, f"run-{run}", as_at={WREXHAM: day}, requested_date=requested, code_version="test"
    )
    fill_night(warehouse, run, [WREXHAM])
    release_id = open_release_of(warehouse)
    publication.store(warehouse, release_id)
    return publication.publish(warehouse, release_id, {WREXHAM: PASSED}, published_by="test")


def open_release_of(warehouse: Warehouse) -> int:
    return int(read(warehouse, "select max(release_id) from release.releases")[0][0])


@pytest.mark.parametrize("ahead", [AHEAD, datetime.date(2018, 1, 3)])
def test_a_published_day_that_was_taken_back_holds_back_no_later_night(
    warehouse: Warehouse, ahead: datetime.date
) -> None:
    for day in (EARLY, LATE):
        delivered(warehouse, day)
    built(warehouse, 1, ahead)
    assert built(warehouse, 2, LATE).as_dict()["published"] == [], "while its delivery stands, it is the latest"
    delivered(warehouse, ahead, "withdrawn")
    (told,) = [row for row in status.read(warehouse)["published"] if row["authority_code"] == WREXHAM]
    assert (told["is_taken_back"], told["days_behind"]) == (True, None)
    # somebody who looks at an earlier day changes nothing of what is published
    assert built(warehouse, 3, EARLY, requested=EARLY).as_dict()["published"] == []
    assert built(warehouse, 4, LATE).as_dict()["published"] == [WREXHAM]
    (told,) = [row for row in status.read(warehouse)["published"] if row["authority_code"] == WREXHAM]
    assert (told["is_taken_back"], told["days_behind"]) == (False, 0)


def test_a_day_that_was_replaced_after_a_withdrawal_is_the_latest(warehouse: Warehouse) -> None:
    delivered(warehouse, EARLY)
    delivered(warehouse, LATE, "withdrawn")
    delivered(warehouse, LATE)
    built(warehouse, 1, LATE)
    assert built(warehouse, 2, EARLY).as_dict()["published"] == []


def test_what_failed_as_at_a_day_that_was_taken_back_is_past_and_what_failed_before_is_open(
    warehouse: Warehouse,
) -> None:
    delivered(warehouse, LATE)
    judged(warehouse, LATE, "failed")
    delivered(warehouse, AHEAD, "withdrawn")
    judged(warehouse, AHEAD, "passed")
    (row,) = explanations.failures(warehouse, WREXHAM)
    assert row["as_at_date"] == LATE
    judged(warehouse, AHEAD, "failed")
    assert [row["as_at_date"] for row in explanations.failures(warehouse, WREXHAM)] == [LATE]
    assert [row["past_because"] for row in explanations.failures(warehouse, WREXHAM, is_past=True)] == [
        "What it judged was withdrawn."
    ]
    made = explanations.explain(
        warehouse,
        authority_code=WREXHAM,
        check_code="CTC01",
        by="Jo Bell",
        reason="The office was closed, as planned.",
        until=LATE + datetime.timedelta(days=30),
    )
    assert made


def test_what_a_withdrawn_delivery_failed_at_the_door_is_past(warehouse: Warehouse) -> None:
    stands = delivered(warehouse, LATE, source="corporate", name="hr_establishment")
    judged(warehouse, LATE, "failed", delivery_id=stands)
    taken = delivered(warehouse, AHEAD, "withdrawn", source="corporate", name="hr_establishment")
    judged(warehouse, AHEAD, "failed", delivery_id=taken)
    assert [row["as_at_date"] for row in explanations.failures(warehouse, WREXHAM)] == [LATE]
    assert len(explanations.failures(warehouse, WREXHAM, is_past=True)) == 1


def test_what_was_found_or_mended_as_at_a_day_that_was_taken_back_was_not(warehouse: Warehouse) -> None:
    delivered(warehouse, LATE)
    delivered(warehouse, AHEAD, "withdrawn")
    with warehouse.transaction() as connection:
        for key, first, last, mended in (
            ("new", AHEAD, AHEAD, None),
            ("known", EARLY, AHEAD, None),
            ("mended", EARLY, LATE, AHEAD),
            ("untouched", EARLY, LATE, None),
        ):
            connection.execute(
                text(
                    "insert into restricted.failing_records (authority_code, check_code, record_key, first_seen_date,"
                    " last_seen_date, mended_date) values (:code, 'CTC01', :key, :first, :last, :mended)"
                ),
                {"code": WREXHAM, "key": key, "first": first, "last": last, "mended": mended},
            )
        failing_records.take_back(connection)
        rows = connection.execute(
            text("select record_key, first_seen_date, last_seen_date, mended_date from restricted.failing_records")
        ).all()
    assert sorted(map(tuple, rows)) == [
        ("known", EARLY, EARLY, None),
        ("mended", EARLY, LATE, None),
        ("untouched", EARLY, LATE, None),
    ]


def test_status_lists_what_is_withdrawn(warehouse: Warehouse) -> None:
    delivered(warehouse, LATE)
    taken = delivered(warehouse, AHEAD, "withdrawn")
    found = status.read(warehouse)
    assert [row["delivery_id"] for row in found["withdrawn"]] == [taken]
    (source,) = found["sources"]
    assert (source["accepted_count"], source["withdrawn_count"], source["last_business_date"]) == (1, 1, LATE)


def test_another_authority_is_not_concerned(warehouse: Warehouse) -> None:
    delivered(warehouse, LATE)
    release_id = open_night(warehouse, 1, {WREXHAM: AHEAD, FLINTSHIRE: AHEAD})
    fill_night(warehouse, 1)
    publication.store(warehouse, release_id)
    publication.publish(warehouse, release_id, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")
    delivered(warehouse, AHEAD, "withdrawn")
    release_id = open_night(warehouse, 2, {WREXHAM: LATE, FLINTSHIRE: LATE})
    fill_night(warehouse, 2)
    publication.store(warehouse, release_id)
    summary = publication.publish(warehouse, release_id, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")
    assert summary.as_dict()["published"] == [WREXHAM]
    assert summary.as_dict()["not_published"] == [FLINTSHIRE]
