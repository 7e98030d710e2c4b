"""A finished night is damaged in one way at a time, and the gate must say so; every damage is rolled back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from csc_warehouse.quality import disclosure, exit_checks, verdict
from csc_warehouse.quality.check_result import CheckResult
from csc_warehouse.quality.verdict import AuthorityVerdict
from expectations.catalogue import load_catalogue
from tests.conftest import Night

WREXHAM = "W06000006"
FLINTSHIRE = "W06000005"
SERIES = "reporting_candidate.rpt_indicator_series"


def judged(
    connection: Connection, *, only: set[str] | None = None, authority_code: str = WREXHAM
) -> tuple[dict[str, CheckResult], AuthorityVerdict]:
    for judgement in exit_checks.judge_candidate(connection, 1, only):
        if judgement.authority_code == authority_code:
            return {result.code: result for result in judgement.results}, verdict.decide(judgement.results)
    raise AssertionError(authority_code)


def attacked(connection: Connection, night: Night) -> dict[str, str]:
    configured = night.settings.config.disclosure
    (judgement,) = disclosure.judge_reporting(connection, 1, configured)
    return {result.code: result.status for result in judgement.results if result.is_failing}


def damage(connection: Connection, statement: str) -> None:
    """Run one damaging statement, and make sure that it damaged something."""
    assert connection.execute(text(statement)).rowcount != 0, statement


def test_undamaged_night_when_judged_then_no_false_alarm(candidate: Connection, sample_night: Night) -> None:
    results, found = judged(candidate)
    assert [code for code, result in results.items() if result.is_failing and result.severity != "info"] == []
    assert found.verdict == "published"
    # a check whose measure lost its code would not apply, and would say nothing; those left out need a night before
    catalogue = load_catalogue()
    assert {check.code for check in (*catalogue.exit, *catalogue.rules)} - set(results) <= {"SRC06", "HIS01", "HIS02"}
    # what the council prints of few children tells other numbers: that is counted, and no alarm
    assert set(attacked(candidate, sample_night)) == {"DIS10"}


def before_december(table: str, column: str, value: str) -> str:
    """Write the statement after which all that stands said otherwise until the full of 9 December."""
    former = f'{{"{column}" : "{value}", "valid_from_date" : "2018-12-03", "valid_to_date" : "2018-12-09"}}'
    return (
        f"insert into landing.wccis_{table} select (jsonb_populate_record(landed, '{former}')).*"
        f" from landing.wccis_{table} as landed where valid_to_date is null and valid_from_date < '2018-12-01'"
    )


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("delete from marts_candidate.indicator_values", {"CMP01", "CMP02", "REC04"}),
        ("truncate marts_candidate.fct_contacts", {"CMP01", "REC02"}),
        (
            "delete from intermediate.int_plans_conformed where record_key ="
            " (select min(record_key) from intermediate.int_plans_conformed)",
            {"REC01", "REC02"},
        ),
        (
            "delete from marts_candidate.indicator_values where indicator_code = 'PM24' and breakdown = 'all'"
            " and period_label = '2017/18 Q2'",
            {"CMP02"},
        ),
        (
            "update marts_candidate.indicator_values set numerator = numerator + 1, value = value + 1"
            " where indicator_code = 'CON01' and breakdown = 'all' and period_label = '2017-05'",
            {"FIG05", "FIG06", "IDN01", "REC04"},
        ),
        (
            "update marts_candidate.indicator_values set value = 100 where indicator_code = 'CON03'"
            " and breakdown = 'all' and period_label = '2017/18 Q2'",
            {"FIG03"},
        ),
        (
            "update marts_candidate.indicator_values set numerator = denominator + 1"
            " where indicator_code = 'REV01' and breakdown = 'all' and period_label = '2017/18'",
            {"FIG01", "FIG03"},
        ),
        (
            "update marts_candidate.indicator_values set numerator = numerator - 1, value = value - 1"
            " where indicator_code = 'LAC03' and breakdown = 'all' and period_label = '2017-08'",
            {"IDN02", "REC04"},
        ),
        (
            "delete from marts_candidate.indicator_records where indicator_code = 'CON01' and record_key ="
            " (select min(record_key) from marts_candidate.fct_contacts where exclusion_reason is null)",
            {"REC03", "REC04"},
        ),
        (
            "update marts_candidate.indicator_records set amount = null where indicator_code = 'ASM01'"
            " and is_in_denominator",
            {"REC04", "REC06"},
        ),
        (
            "update marts_candidate.indicator_records set amount = null where indicator_code = 'FIN01'"
            " and breakdowns ->> 'component' = 'VARIANCE BEFORE SAVING'",
            {"REC04", "REC06"},
        ),
        (
            "update marts_candidate.indicator_values set numerator = 0, value = 0 where indicator_code = 'CON01'"
            " and breakdown = 'source' and breakdown_value <> 'POL' and period_label = '2018/19 Q3'",
            {"GRP04"},
        ),
    ],
)
def test_candidate_when_built_wrongly_then_held(candidate: Connection, statement: str, codes: set[str]) -> None:
    damage(candidate, statement)
    results, found = judged(candidate, only=codes)
    assert codes == {code for code, result in results.items() if result.is_failing}
    assert found.verdict == "held"
    assert found.reason.startswith("Held: ")


@pytest.mark.parametrize(
    ("statement", "code", "indicator"),
    [
        (
            "update marts_candidate.indicator_values set breakdown_value = 'NEW NAME' where breakdown = 'team'"
            " and breakdown_value = 'SPOA' and indicator_code = 'CON01' and period_start_date >= '2018-10-01'",
            "GRP03",
            "CON01",
        ),
        (
            "update marts_candidate.indicator_values set breakdown_value = 'HEA-' where breakdown = 'source'"
            " and breakdown_value = 'POL' and indicator_code = 'CON01' and period_start_date >= '2018-10-01'",
            "GRP02",
            "CON01",
        ),
        (
            "update marts_candidate.indicator_values set numerator = numerator / 10, value = value / 10 where"
            " indicator_code = 'ASM07' and period_label = '2018-12' and breakdown = 'all'",
            "PLA01",
            "ASM07",
        ),
        (
            "update marts_candidate.indicator_values set numerator = denominator / 2, value = 50 where"
            " indicator_code = 'CON03' and period_label = '2018/19 Q3' and breakdown = 'all'",
            "PLA02",
            "CON03",
        ),
        ("update marts_candidate.fct_contacts set received_date = received_date + 1", "WKD01", "CON01"),
        ("update marts_candidate.fct_contacts set received_date = received_date - 1", "WKD01", "CH001"),
        ("update marts_candidate.fct_assessments set authorised_date = authorised_date + 1", "WKD02", "PM24"),
        (
            "delete from marts_candidate.fct_contacts where received_date between '2018-12-03' and '2018-12-09'",
            "CTC01",
            "CON01",
        ),
        (
            "update marts_candidate.fct_contacts set source_code = 'POL', child_key = (select min(child_key) from"
            " marts_candidate.dim_children), received_at = date_trunc('day', received_at) + interval '9 hours'"
            " where received_date >= '2018-12-01'",
            "CTC02",
            "CON01",
        ),
        (
            # in December local midnight is midnight in UTC
            "update marts_candidate.fct_contacts set received_at = received_date::timestamp at time zone 'UTC'"
            " where received_date >= '2018-12-01'",
            "CTC03",
            "CON03",
        ),
        (
            "update marts_candidate.fct_contacts set received_at = received_at + interval '90 minutes'"
            " where received_date >= '2018-12-04'",
            "CTC04",
            "CON03",
        ),
        ("update landing.wccis_contact set inactive = '1' where valid_to_date > '2018-12-01'", "VER01", "CON01"),
        (before_december("careplan", "startdate", "2018-01-01"), "VER02", "PM25"),
        (before_december("lacepisode", "enddate", "2018-11-01"), "VER03", "LAC01"),
        (
            "update marts_candidate.fct_assessments set authorised_date = authorised_date - 400"
            " where authorised_date >= '2018-10-01'",
            "RASM11",
            "PM24",
        ),
        ("update staging.run_context set requested_date = as_at_date + 32", "SRC02", "PM24"),
        (
            "update landing.deliveries set business_date = business_date - 200 where source = 'corporate'"
            " and name = 'hr_establishment' and business_date > '2018-06-30'",
            "SRC03",
            "WRK01",
        ),
        (
            "update landing.deliveries set status = 'refused', reason = 'tried' where source = 'wccis'"
            " and business_date = '2018-12-31'",
            "SRC05",
            "CON01",
        ),
        (
            "update marts_candidate.fct_assessments set child_seen_code = null where authorised_date >= '2018-09-01'",
            "RASM17",
            "ASM02",
        ),
    ],
)
def test_candidate_when_odd_but_possible_then_a_warning_names_the_indicator(
    candidate: Connection, statement: str, code: str, indicator: str
) -> None:
    damage(candidate, statement)
    found = judged(candidate, only={code})[0][code]
    assert (found.status, found.severity) == ("failed", "warning")
    assert indicator in found.indicators


@pytest.mark.parametrize(
    ("said_before", "status"),
    [
        # 1/4/2018 for 01/04/2018: the file of another night's export lost its leading zeros, and moved nothing
        ("regexp_replace(btrim(start_date), '(^|/)0', '\\1', 'g')", "passed"),
        ("to_char(to_date(btrim(start_date), 'DD/MM/YYYY') + 1, 'DD/MM/YYYY')", "failed"),
    ],
)
def test_first_day_when_it_was_written_otherwise_then_only_another_day_has_moved(
    candidate: Connection, said_before: str, status: str
) -> None:
    # of the system that writes days so, as if it were still in use
    candidate.execute(text("update staging.run_systems set is_live = source_name = 'raise'"))
    damage(
        candidate,
        "insert into landing.raise_plan select (jsonb_populate_record(landed, jsonb_build_object("
        f"'start_date', {said_before}, 'valid_from_date', as_at_date - 9, 'valid_to_date', as_at_date - 2"
        "))).* from landing.raise_plan as landed inner join staging.run_systems using (authority_code)"
        " where source_name = 'raise' and valid_to_date is null and valid_from_date < as_at_date - 9"
        " and btrim(start_date) ~ '(^|/)0'",
    )
    found = judged(candidate, only={"VER02"})[0]["VER02"]
    assert (found.status, found.measure == 0) == (status, status == "passed")


def test_missing_table_when_judged_then_its_checks_are_broken_and_the_rest_stands(candidate: Connection) -> None:
    candidate.execute(text("alter table marts_candidate.fct_contacts rename to gone"))
    results, found = judged(candidate, only={"CMP01", "CTC01", "FIG03", "REC01"})
    assert {code for code, result in results.items() if result.status == "broken"} == {"CMP01", "CTC01", "REC01"}
    assert results["FIG03"].status == "passed"
    assert found.verdict == "held"


def test_second_authority_without_data_when_judged_then_it_alone_is_held(candidate: Connection) -> None:
    columns = "authority_name, run_id, requested_date, as_at_date, as_at_end_at, cut_over_date, is_cut_over_assumed"
    candidate.execute(
        text(
            f"insert into staging.run_context (authority_code, {columns}, live_source, is_home_authority)"
            f" select '{FLINTSHIRE}', {columns}, live_source, false from staging.run_context"
        )
    )
    assert judged(candidate, only={"CMP01"}, authority_code=FLINTSHIRE)[1].verdict == "held"
    assert judged(candidate, only={"CMP01"})[1].verdict == "published"


def test_earlier_day_when_built_after_a_later_one_then_history_is_not_compared(candidate: Connection) -> None:
    candidate.execute(text("delete from marts_candidate.indicator_values where indicator_code = 'CON01'"))
    assert judged(candidate, only={"HIS01"})[0]["HIS01"].status == "failed"
    candidate.execute(text("update staging.run_context set as_at_date = as_at_date - 1"))
    assert "HIS01" not in judged(candidate, only={"HIS01"})[0]


ONE_HIDDEN = (
    # hidden because it is small, not because another would follow from it
    f"select min(shown.ctid::text)::tid from {SERIES} as shown inner join marts_candidate.indicator_values as counted"
    " using (authority_code, indicator_code, period_type, period_label, breakdown, breakdown_value)"
    " where shown.profile = '{profile}' and shown.status = 'suppressed' and shown.indicator_code = '{code}'"
    " and counted.numerator between 1 and 4"
)


SHOWN_AGAIN = (
    f"update {SERIES} as shown set numerator = counted.numerator, denominator = counted.denominator,"
    " value = counted.value, display = 'shown', status = 'final' from marts_candidate.indicator_values as counted"
    " inner join staging.hidden_figures as hidden using (authority_code, indicator_code, period_type, period_label,"
    " breakdown, breakdown_value) where hidden.reason = 'protects another figure' and hidden.profile = 'open'"
    " and shown.profile = 'open' and shown.indicator_code = '{code}' and (shown.authority_code, shown.indicator_code,"
    " shown.period_type, shown.period_label, shown.breakdown, shown.breakdown_value) = (counted.authority_code,"
    " counted.indicator_code, counted.period_type, counted.period_label, counted.breakdown, counted.breakdown_value)"
)


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        (f"update {SERIES} set numerator = 3 where ctid = ({ONE_HIDDEN})", {"DIS01", "DIS02", "DIS03"}),
        (f"update {SERIES} set display = '3', status = 'final' where ctid = ({ONE_HIDDEN})", {"DIS03"}),
        (f"delete from {SERIES} where profile = 'open'", {"DIS06"}),
        (
            f"update {SERIES} set value = value + 1 where profile = 'open' and indicator_code = 'CON01'"
            " and breakdown = 'all' and period_label = '2017/18'",
            {"DIS07"},
        ),
        # what protects others is shown again: of groups, and of a percentage that ties two counts
        (SHOWN_AGAIN.format(code="CON05"), {"DIS08"}),
        (SHOWN_AGAIN.format(code="ASM04"), {"DIS08"}),
        ("update staging.disclosure_outcomes set relations_failed = 1, failing_relations = 'referrals'", {"DIS09"}),
        ("delete from staging.disclosure_outcomes", {"DIS09"}),
        # a rate that is left where its number is hidden, and one that tells the number before it was rounded
        (f"update {SERIES} set value = null where profile = 'open' and indicator_code = 'LAC01'", {"DIS11"}),
        (
            "update reporting_candidate.rpt_rates set rate = rate + 0.1 where profile = 'rounded'"
            " and indicator_code = 'CON01' and period_label = '2017/18'",
            {"DIS11"},
        ),
    ],
)
def test_reporting_when_something_hidden_could_be_found_then_the_attack_finds_it(
    candidate: Connection, sample_night: Night, statement: str, codes: set[str]
) -> None:
    small: str = candidate.execute(
        text(
            "select indicator_code from marts_candidate.indicator_values where indicator_code = 'CON05'"
            " and numerator between 1 and 4 limit 1"
        )
    ).scalar_one()
    damage(candidate, statement.format(profile="open", code=small) if "{" in statement else statement)
    assert codes <= set(attacked(candidate, sample_night))


def test_results_when_searched_then_no_value_of_a_child_is_found(candidate: Connection) -> None:
    children = candidate.execute(
        text(
            "select lpad(btrim(client_no), 7, '0'), btrim(dob), btrim(postcode) from landing.raise_client"
            " where btrim(client_no) <> '' limit 3000"
        )
    ).all()
    guids: Iterable[str] = candidate.execute(text("select personid from landing.wccis_person limit 3000")).scalars()
    values = {value.strip().lower() for row in children for value in row if value} | {guid.lower() for guid in guids}
    tables = ("check_results", "indicator_grades", "indicator_bounds", "decisions", "explanations", "signed_figures")
    held = ""
    for table in tables:
        rows: Iterable[str] = candidate.execute(text(f"select lower(t::text) from quality.{table} as t")).scalars()
        held += " ".join(["", *rows])
    # a client's number may be part of a long decimal fraction, which names nobody
    words = set(re.findall(r"[0-9a-z./-]+", held))
    assert len(values) > 3000
    assert "con01" in words
    assert sorted(values & words) == []
    assert [value for value in values if " " in value and value in held] == []


def test_release_when_signed_then_frozen_and_never_signed_twice(candidate: Connection, sample_night: Night) -> None:
    release_id = sample_night.result["built"]["release_id"]
    candidate.execute(
        text("select quality.sign_release(:release, 'Jo Bell', 'Seen by the board')"), {"release": release_id}
    )
    signed: Any = candidate.execute(
        text("select count(*), array_agg(distinct signed_by) from quality.signed_figures where release_id = :release"),
        {"release": release_id},
    ).one()
    figures, people = signed
    assert figures > 1000
    assert people == ["Jo Bell"]
    with pytest.raises(DBAPIError, match="signed already"), candidate.begin_nested():
        candidate.execute(
            text("select quality.sign_release(:release, 'Jo Bell', 'Once more')"), {"release": release_id}
        )


def test_held_release_when_signed_then_refused(candidate: Connection, sample_night: Night) -> None:
    release_id = sample_night.result["built"]["release_id"]
    damage(
        candidate,
        "update quality.publications set verdict = 'held', published_at = null, published_by = null"
        f" where release_id = {release_id}",
    )
    with pytest.raises(DBAPIError, match="was held or not published"), candidate.begin_nested():
        candidate.execute(text("select quality.sign_release(:release, 'Jo Bell', 'Fine')"), {"release": release_id})


def test_grades_when_read_then_every_indicator_has_one_with_its_rule(candidate: Connection) -> None:
    rows = candidate.execute(text("select indicator_code, grade, rule, caveat from quality.candidate_grades")).all()
    registered: set[str] = set(candidate.execute(text("select code from marts_candidate.indicators")).scalars())
    assert {row.indicator_code for row in rows} == registered
    assert all(row.rule.startswith(row.grade) for row in rows)
    assert all(row.caveat for row in rows if row.grade != "A")
