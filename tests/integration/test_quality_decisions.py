"""Named people explain and sign: by functions alone, for their own authority, and the journal keeps it."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.privacy.roles import apply_grants, assign_authority
from csc_warehouse.quality import decision_journal, explanations, sign_off, sign_off_summary, verdict
from csc_warehouse.quality.check_result import CheckResult, Gate, Judgement
from csc_warehouse.quality.result_history import record
from csc_warehouse.reporting import status
from csc_warehouse.transform import set_context
from csc_warehouse.warehouse import Warehouse
from tests.support.prepared import prepared_settings

WREXHAM, FLINTSHIRE = "W06000006", "W06000005"
FIRST = datetime.date(2018, 6, 1)
REASON = "The system was closed for a week, as planned."
RELEASES = itertools.count(100)

SERIES = """
create table if not exists release.reporting__rpt_indicator_series (
    release_id bigint, profile text, authority_code text, indicator_code text, period_type text, period_label text,
    breakdown text, breakdown_value text, numerator numeric, denominator numeric, value numeric, display text,
    status text, grade text, caveat text, as_at_date date
)
"""


@pytest.fixture(scope="module")
def warehouse(module_warehouse: Warehouse) -> Warehouse:
    with module_warehouse.transaction() as connection:
        connection.execute(text(SERIES))
        connection.execute(text("create role reviewer_of_wrexham login in role csc_reviewer"))
        connection.execute(text("create role reviewer_of_flintshire login in role csc_reviewer"))
    apply_grants(module_warehouse)
    assign_authority(module_warehouse, "reviewer_of_flintshire", FLINTSHIRE)
    return module_warehouse


@pytest.fixture(autouse=True)
def _clean(warehouse: Warehouse) -> None:
    """Let every test start without deliveries, results, which the database never forgets, and standing explanations."""
    with warehouse.transaction() as connection:
        connection.execute(text("alter table quality.check_results disable trigger all"))
        connection.execute(text("delete from quality.check_results"))
        connection.execute(text("alter table quality.check_results enable trigger all"))
        connection.execute(text("truncate staging.run_context"))
        connection.execute(text("delete from landing.deliveries"))
        connection.execute(
            text(
                "select quality.withdraw_explanation(explanation_id, 'the test', 'before the next')"
                " from quality.explanations where withdrawn_at is null"
            )
        )


def judge(
    warehouse: Warehouse,
    day: datetime.date,
    *,
    status: str = "failed",
    severity: str = "warning",
    authority_code: str = WREXHAM,
    gate: Gate = "exit",
    release_id: int | None = None,
) -> int:
    """Record a night with one check, CTC01; return its release."""
    release_id = release_id or next(RELEASES)
    result = CheckResult(
        code="CTC01",
        sentence="Contacts were received in every week.",
        severity=severity,  # type: ignore[arg-type]
        owner="Front door",
        status=status,  # type: ignore[arg-type]
        checked=10,
        failed=0 if status == "passed" else 1,
        measure=1.0,
        limit_text="at most 0",
        worst_subject="",
        indicators=("CON01",),
    )
    judgement = Judgement(
        gate=gate,
        authority_code=authority_code,
        as_at_date=day,
        results=(result,),
        run_id=f"run {release_id}",
        release_id=release_id,
    )
    with warehouse.transaction() as connection:
        record(connection, [judgement])
    return release_id


def explain(warehouse: Warehouse, *, days: int = 30, by: str = "Jo Bell", reason: str = REASON) -> int:
    return explanations.explain(
        warehouse,
        authority_code=WREXHAM,
        check_code="CTC01",
        by=by,
        reason=reason,
        until=FIRST + datetime.timedelta(days=days),
    )


def word(warehouse: Warehouse, release_id: int) -> str:
    return str(verdict.read(warehouse, release_id)[WREXHAM]["verdict"])


def test_release_when_its_check_was_broken_off_then_cannot_be_published(warehouse: Warehouse) -> None:
    with pytest.raises(CscWarehouseError, match="not checked to the end"):
        verdict.require_all_gates(warehouse, next(RELEASES))
    release_id = judge(warehouse, FIRST, status="passed")
    with pytest.raises(CscWarehouseError, match="not checked to the end"):
        verdict.require_all_gates(warehouse, release_id)
    judge(warehouse, FIRST, status="passed", gate="disclosure", release_id=release_id)
    verdict.require_all_gates(warehouse, release_id)
    # judged again, and broken off before what is shown was
    judge(warehouse, FIRST, status="passed", release_id=release_id)
    with pytest.raises(CscWarehouseError, match="not checked to the end"):
        verdict.require_all_gates(warehouse, release_id)


def test_failure_when_explained_then_lifts_the_caveat_until_it_expires(warehouse: Warehouse) -> None:
    release_id = judge(warehouse, FIRST)
    assert word(warehouse, release_id) == "caveats"
    explain(warehouse, days=30)
    found = verdict.read(warehouse, release_id)[WREXHAM]
    assert found["verdict"] == "published"
    assert found["reason"] == (
        "0 of 1 checks allow the figures to be used. 1 failure is explained by Jo Bell, until 01 July 2018."
    )
    assert found["indicators"] == []
    # the last day for which it holds, the day on which the failure returns, and a day before anybody explained it
    assert word(warehouse, judge(warehouse, datetime.date(2018, 6, 30))) == "published"
    assert word(warehouse, judge(warehouse, datetime.date(2018, 7, 1))) == "caveats"
    assert word(warehouse, judge(warehouse, datetime.date(2018, 5, 31))) == "caveats"


def test_failure_when_its_explanation_is_withdrawn_then_counts_again(warehouse: Warehouse) -> None:
    release_id = judge(warehouse, FIRST)
    made = explain(warehouse)
    explanations.withdraw(warehouse, made, by="Ann Price", reason="It was another week")
    assert word(warehouse, release_id) == "caveats"
    (newest, *_) = explanations.listing(warehouse, WREXHAM)
    assert (newest["explanation_id"], newest["explained_by"], newest["withdrawn_by"]) == (made, "Jo Bell", "Ann Price")
    with pytest.raises(CscWarehouseError, match="no explanation"):
        explanations.withdraw(warehouse, made, by="Ann Price", reason="Once more")


@pytest.mark.parametrize(
    ("night", "sentence"),
    [
        ({"severity": "critical"}, "is critical: its failure is put right at its cause, not explained"),
        ({"status": "broken"}, "could not be made: that is to be mended, not explained"),
        ({"status": "passed"}, "does not fail for W06000006 at present"),
        ({"authority_code": FLINTSHIRE}, "does not fail for W06000006 at present"),
    ],
)
def test_check_when_nothing_in_it_can_be_explained_then_refused(
    warehouse: Warehouse, night: dict[str, Any], sentence: str
) -> None:
    judge(warehouse, FIRST, **night)
    with pytest.raises(CscWarehouseError, match=sentence):
        explain(warehouse)


@pytest.mark.parametrize("status", ["critical", "broken"])
def test_explained_check_when_it_later_breaks_or_turns_critical_then_the_explanation_weighs_nothing(
    warehouse: Warehouse, status: str
) -> None:
    judge(warehouse, FIRST)
    explain(warehouse)
    night: dict[str, Any] = {"severity": "critical"} if status == "critical" else {"status": "broken"}
    release_id = judge(warehouse, FIRST + datetime.timedelta(days=1), **night)
    assert word(warehouse, release_id) == ("held" if status == "critical" else "caveats")


@pytest.mark.parametrize("days", [0, -1, 367])
def test_explanation_when_it_would_not_expire_within_a_year_then_refused(warehouse: Warehouse, days: int) -> None:
    judge(warehouse, FIRST)
    with pytest.raises(CscWarehouseError, match="expires on a day within the year after 2018-06-01"):
        explain(warehouse, days=days)


@pytest.mark.parametrize(("by", "reason"), [("  ", REASON), ("Jo Bell", "fine")])
def test_explanation_when_nobody_says_it_or_it_says_nothing_then_refused(
    warehouse: Warehouse, by: str, reason: str
) -> None:
    judge(warehouse, FIRST)
    with pytest.raises(CscWarehouseError, match=r"^Give the "):
        explain(warehouse, by=by, reason=reason)


def deliver(warehouse: Warehouse, source: str, day: datetime.date, kind: str, status: str = "accepted") -> int:
    """Write a delivery into the ledger and return its number."""
    statement = text(
        "insert into landing.deliveries"
        " (source, authority_code, name, business_date, kind, status, reason, content_sha256, received_at)"
        " values (:source, :authority, 'all', :day, :kind, :status, 'as the test says', '', now())"
        " returning delivery_id"
    )
    row = {"source": source, "authority": WREXHAM, "day": day, "kind": kind, "status": status}
    with warehouse.transaction() as connection:
        return int(connection.execute(statement, row).scalar_one())


def at_the_door(warehouse: Warehouse, source: str, day: datetime.date, delivery_id: int, *codes: str) -> None:
    """Record what failed when a delivery was judged."""
    results = tuple(
        CheckResult(code, "It is as agreed.", "warning", "Systems team", "failed", 1, 1, 1.0, "at most 0", "contact")
        for code in codes
    )
    judgement = Judgement("door", WREXHAM, day, results, delivery_id=delivery_id, scope=source)
    with warehouse.transaction() as connection:
        record(connection, [judgement])


def test_failure_when_nothing_rests_on_it_any_more_then_past_and_says_why(warehouse: Warehouse) -> None:
    day = datetime.timedelta(days=1)

    def listed(*, is_past: bool) -> dict[str, str | None]:
        rows = explanations.failures(warehouse, WREXHAM, is_past=is_past)
        return {row["check_code"]: row["past_because"] for row in rows}

    at_the_door(warehouse, "raise", FIRST, deliver(warehouse, "raise", FIRST, "full"), "DOOR08")
    assert listed(is_past=False) == {"DOOR08": None}
    # what the next full extract is not asked for is past with it, but not what its changes rest on
    at_the_door(warehouse, "wccis", FIRST + day, deliver(warehouse, "wccis", FIRST + day, "full"), "DOOR10")
    at_the_door(warehouse, "wccis", FIRST + 2 * day, deliver(warehouse, "wccis", FIRST + 2 * day, "delta"), "DOOR13")
    refused = deliver(warehouse, "wccis", FIRST + 3 * day, "full", "refused")
    at_the_door(warehouse, "wccis", FIRST + 3 * day, refused, "DOOR02")
    at_the_door(warehouse, "wccis", FIRST + 3 * day, 10_000_000, "DOOR15")
    # which system counts is known from the first build on: RAISe after the cut-over is sent for nothing
    at_the_door(warehouse, "raise", FIRST + 9 * day, deliver(warehouse, "raise", FIRST + 9 * day, "full"), "DOOR09")
    assert str(listed(is_past=True)["DOOR08"]).startswith("A later delivery said everything anew")
    assert "DOOR09" in listed(is_past=False)
    set_context(warehouse, None, "r")
    assert listed(is_past=False) == {"DOOR10": None, "DOOR13": None, "DOOR02": None}
    past = listed(is_past=True)
    assert set(past) == {"DOOR08", "DOOR09", "DOOR15"}
    assert str(past["DOOR08"]).startswith("Its source is no longer in use")
    at_the_door(warehouse, "wccis", FIRST + 4 * day, deliver(warehouse, "wccis", FIRST + 4 * day, "full"), "DOOR12")
    assert listed(is_past=False) == {"DOOR12": None}
    assert str(listed(is_past=True)["DOOR02"]).startswith("It was refused, and what came after it was let in")
    assert str(listed(is_past=True)["DOOR10"]).startswith("A later delivery said everything anew")
    # what was let in before a refusal is no answer to it
    again = deliver(warehouse, "wccis", FIRST + 4 * day, "full", "refused")
    at_the_door(warehouse, "wccis", FIRST + 4 * day, again, "DOOR02")
    assert listed(is_past=False) == {"DOOR12": None, "DOOR02": None}
    assert [row["delivery_id"] for row in status.read(warehouse)["refused"]] == [again]


def test_failure_of_the_old_system_when_the_new_one_is_on_trial_then_still_open(warehouse: Warehouse) -> None:
    before = datetime.date(2018, 5, 1)
    at_the_door(warehouse, "raise", before, deliver(warehouse, "raise", before, "full"), "DOOR08")
    deliver(warehouse, "wccis", before + datetime.timedelta(days=1), "full")
    set_context(warehouse, None, "r")
    assert [row["check_code"] for row in explanations.failures(warehouse)] == ["DOOR08"]


def test_failure_when_the_latest_figures_are_not_asked_for_it_then_past(warehouse: Warehouse) -> None:
    release_id = judge(warehouse, FIRST)
    other = CheckResult("HIS01", "It is there.", "critical", "Data engineering", "failed", 1, 1, 0.5, "at least 1", "")
    with warehouse.transaction() as connection:
        record(connection, [Judgement("exit", WREXHAM, FIRST, (other,), run_id="r", release_id=release_id)])
    assert [row["check_code"] for row in explanations.failures(warehouse)] == ["HIS01", "CTC01"]
    judge(warehouse, FIRST + datetime.timedelta(days=1))
    # an earlier day that is built later says nothing about the latest figures
    judge(warehouse, FIRST - datetime.timedelta(days=1), status="passed")
    assert [row["check_code"] for row in explanations.failures(warehouse)] == ["CTC01"]
    (past,) = explanations.failures(warehouse, is_past=True)
    assert (past["check_code"], past["past_because"]) == ("HIS01", "The check does not apply to the latest figures.")


def _release(warehouse: Warehouse, authorities: tuple[str, ...], display: str) -> int:
    with warehouse.transaction() as connection:
        release_id = int(
            connection.execute(
                text(
                    "insert into release.releases (run_id, code_version, state) values ('r', 'test', 'published')"
                    " returning release_id"
                )
            ).scalar_one()
        )
        for code in authorities:
            connection.execute(
                text(
                    "insert into quality.publications values"
                    " (:release, :code, '2018-06-01', 'published', null, now(), 'test', 'test')"
                ),
                {"release": release_id, "code": code},
            )
            connection.execute(
                text(
                    "insert into release.reporting__rpt_indicator_series values (:release, 'committee', :code, 'CON01',"
                    " 'quarter', '2018/19 Q1', 'all', 'all', :value, null, :value, :display, 'final', 'A', null,"
                    " '2018-06-01')"
                ),
                {"release": release_id, "code": code, "value": float(display), "display": display},
            )
    return release_id


def _call(warehouse: Warehouse, user: str, statement: str) -> object:
    url = warehouse.url.set(drivername="postgresql", username=user)
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        return connection.execute(statement).fetchone()


def test_reviewer_when_deciding_then_for_the_own_authority_alone(warehouse: Warehouse) -> None:
    judge(warehouse, FIRST)
    release_id = _release(warehouse, (WREXHAM, FLINTSHIRE), "1")
    other, whole = f"select quality.sign_release({release_id}, 'Jo Bell', 'Seen', '{WREXHAM}')", "does not decide for"
    with pytest.raises(psycopg.errors.RaiseException, match=f"{whole} {WREXHAM}"):
        _call(warehouse, "reviewer_of_flintshire", other)
    for reviewer in ("reviewer_of_flintshire", "reviewer_of_wrexham"):
        with pytest.raises(psycopg.errors.RaiseException, match=whole):
            _call(warehouse, reviewer, f"select quality.sign_release({release_id}, 'Jo Bell', 'Seen')")
        with pytest.raises(psycopg.errors.RaiseException, match=whole):
            _call(warehouse, reviewer, f"select quality.reject_release({release_id}, 'Jo Bell', 'Not yet')")
    with pytest.raises(psycopg.errors.RaiseException, match=whole):
        _call(
            warehouse,
            "reviewer_of_flintshire",
            f"select quality.explain_failure('{WREXHAM}', 'CTC01', 'Jo Bell', '{REASON}', '2018-06-30')",
        )
    # nobody assigned an authority to this one: then it is the council's own
    assert _call(warehouse, "reviewer_of_wrexham", other)
    own = other.replace(WREXHAM, FLINTSHIRE)
    assert _call(warehouse, "reviewer_of_flintshire", own)
    # whatever name was typed, the login that signed stands beside it wherever the signature is
    shown = {
        row["authority_code"]: row["signed_by"] for row in status.releases(warehouse) if row["release_id"] == release_id
    }
    assert shown == {
        WREXHAM: "Jo Bell (database login reviewer_of_wrexham)",
        FLINTSHIRE: "Jo Bell (database login reviewer_of_flintshire)",
    }
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _call(warehouse, "reviewer_of_wrexham", "delete from quality.explanations returning 1")


def test_signed_figures_when_a_later_release_differs_then_revised_with_a_reason_and_never_backwards(
    warehouse: Warehouse,
) -> None:
    between = _release(warehouse, (WREXHAM,), "6")
    later = _release(warehouse, (WREXHAM,), "7")
    with pytest.raises(CscWarehouseError, match="1 figures differ from those signed before"):
        sign_off.sign(warehouse, later, by="Jo Bell", note="Seen", authority_code=WREXHAM)
    revised = {"by": "Jo Bell", "note": "Seen", "revision_reason": "Late entries", "airflow_account": "jo.bell"}
    assert sign_off.sign(warehouse, later, **revised) == 1
    signed_by = [row["signed_by"] for row in status.releases(warehouse) if row["release_id"] == later]
    assert signed_by == ["Jo Bell (database login postgres, Airflow account jo.bell)"]
    with pytest.raises(
        CscWarehouseError, match=r"signed by Jo Bell \(database login postgres, Airflow account jo\.bell\)"
    ):
        sign_off_summary.write(warehouse, later, WREXHAM)
    with warehouse.transaction() as connection:
        row = connection.execute(
            text(
                "select display, revised_value, revised_display, revision_reason from quality.signed_figures"
                " where release_id = :release"
            ),
            {"release": later},
        ).one()
    assert tuple(row) == ("7", 1.0, "1", "Late entries")
    with pytest.raises(CscWarehouseError, match=f"older than release {later}, which is signed"):
        sign_off.sign(warehouse, between, by="Jo Bell", note="Seen", revision_reason="Back again")


def test_decisions_when_restored_from_their_journal_then_are_what_they_were(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    judge(warehouse, FIRST)
    explain(warehouse)
    explanations.withdraw(warehouse, explain(warehouse), by="Ann Price", reason="It was another week")
    journal = decision_journal.lines(warehouse)
    signed = [line["decision_id"] for line in journal if line["kind"] == "sign_off"]
    assert signed
    files = [decision_journal.keep_figures(warehouse, number, tmp_path) for number in signed]
    first = [path.read_bytes() for path in files]
    for path in files:
        path.unlink()
    assert [decision_journal.keep_figures(warehouse, number, tmp_path).read_bytes() for number in signed] == first

    def state(of: Warehouse) -> list[str]:
        statement = "select t::text from quality.{} as t order by 1"
        found: list[str] = []
        with of.transaction() as connection:
            for table in ("decisions", "explanations", "signed_figures"):
                found += connection.execute(text(statement.format(table))).scalars().all()
        return found

    with prepared_settings() as settings:
        from csc_warehouse.warehouse import open_warehouse

        other = open_warehouse(settings)
        assert decision_journal.restore(other, [*journal, journal[0]], tmp_path) == len(journal)
        assert state(other) == state(warehouse)
        assert decision_journal.restore(other, journal, tmp_path) == 0
        # the next number follows the restored ones
        judge(other, FIRST)
        assert explain(other) == max(row["explanation_id"] for row in explanations.listing(warehouse)) + 1
        other.engine.dispose()
