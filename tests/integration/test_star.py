"""The star of a finished night: facts join every dimension without loss, and say what the figures say."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, text

from csc_warehouse.publication import marts
from csc_warehouse.publication.marts import Mart
from csc_warehouse.publication.release_writing import MANIFEST
from csc_warehouse.transform import parse_project
from csc_warehouse.warehouse import Warehouse
from tests.conftest import Night
from tests.support.compiled import compiled_query

TEST = "assert_foreign_keys_are_met"
CALENDAR = (datetime.date(1990, 1, 1), datetime.date(2040, 12, 31))


def unmet(night: Warehouse, candidate: Connection) -> set[tuple[str, str, str]]:
    """Return relation, columns and authority of what the nightly test finds now."""
    nodes = parse_project(night).nodes.values()
    node = next(node for node in nodes if node.name == TEST)
    rows = candidate.exec_driver_sql(compiled_query(night, node).replace("%", "%%"))
    return {(row[0], row[1], row[2]) for row in rows}


def ask(candidate: Connection, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in candidate.execute(text(statement))]


@pytest.mark.parametrize(
    ("loses", "told"),
    [
        ("dim_children where child_key in (select child_key from marts_candidate.fct_plans limit 1)", "fct_plans"),
        ("dim_teams where team_key = 'SPOA'", "fct_contacts"),
        ("dim_workers where worker_key in (select worker_key from marts_candidate.fct_plans limit 1)", "fct_plans"),
        ("dim_contact_sources where contact_source_key = 'POL'", "fct_contacts"),
        ("dim_legal_statuses where legal_status_key = 'C2'", "fct_looked_after_states"),
        ("dim_abuse_categories where abuse_category_key = 'NEG'", "fct_registration_states"),
        ("dim_dates where calendar_date = date '2017-09-30'", "fct_looked_after_states"),
        ("dim_periods where period_label = '2017/18 Q1'", "indicator_values"),
        ("fct_care_periods where record_key in (select care_period_key from marts_candidate.fct_placements limit 1)",
         "fct_placements"),
    ],
)  # fmt: skip
def test_a_foreign_key_when_its_member_is_gone_then_found(
    sample_night: Night, candidate: Connection, loses: str, told: str
) -> None:
    assert unmet(sample_night.warehouse, candidate) == set()
    assert candidate.execute(text(f"delete from marts_candidate.{loses}")).rowcount > 0
    found = unmet(sample_night.warehouse, candidate)
    assert told in {relation for relation, _, _ in found}
    assert {authority for _, _, authority in found} == {"W06000006"}


@pytest.fixture(scope="module")
def declared(sample_night: Night) -> list[Mart]:
    return marts.read(sample_night.settings.home / MANIFEST)


def test_published_marts_have_the_columns_that_the_relations_name(sample_night: Night, declared: list[Mart]) -> None:
    """For a tool the file is what the server has; and an analyst may read every table of it."""
    with sample_night.warehouse.acting_as("csc_analyst").raw_connection() as connection:
        for mart in declared:
            cursor = connection.execute(f"select * from {mart.relation} limit 1")
            assert cursor.description is not None
            there = {column.name for column in cursor.description}
            assert there == {"release_id", *(column.name for column in mart.columns)}, str(mart.relation)
        empty = [
            str(mart.relation)
            for mart in declared
            if mart.name.startswith("dim_") and connection.execute(f"select from {mart.relation} limit 1").rowcount == 0
        ]
    assert empty == []


def test_views_of_reporting_join_as_they_declare(sample_night: Night, declared: list[Mart]) -> None:
    """No test of a night compares them; as a reader has them, all rows find one, but where they may be without."""
    keys = [(mart, key) for mart in declared if mart.relation.schema == "reporting" for key in mart.foreign_keys]
    assert len(keys) > 3
    with sample_night.warehouse.acting_as("csc_reader").raw_connection() as connection:
        for mart, key in keys:
            on = " and ".join(f"f.{name} = t.{of}" for name, of in zip(key.columns, key.to_columns, strict=True))
            counted = connection.execute(
                f"select count(*), count(t.release_id), (select count(*) from {mart.relation})"
                f" from {mart.relation} as f left join reporting.{key.to} as t on {on}"
            ).fetchone()
            assert counted is not None
            rows, met, all_rows = counted
            assert rows == all_rows > 0, (mart.name, key.to)
            assert met > 0 if key.is_optional else met == rows, (mart.name, key.to)


@pytest.mark.parametrize(
    ("breakdown", "dimension", "key", "column"),
    [
        ("source", "dim_contact_sources", "contact_source_key", "source_code"),
        ("outcome", "dim_contact_outcomes", "contact_outcome_key", "outcome_code"),
        ("team", "dim_teams", "team_key", "team_name"),
    ],
)
def test_contacts_by_a_dimension_add_up_to_the_figures(
    candidate: Connection, breakdown: str, dimension: str, key: str, column: str
) -> None:
    on_authority = "and d.authority_code = f.authority_code" if dimension == "dim_teams" else ""
    counted = ask(
        candidate,
        f"select t.quarter_label, d.{key}, count(*) from marts_candidate.fct_contacts as f"
        " inner join marts_candidate.dim_dates as t on t.calendar_date = f.event_date"
        f" inner join marts_candidate.{dimension} as d on d.{key} = f.{key} {on_authority}"
        " where f.exclusion_reason is null group by t.quarter_label, d." + key,
    )
    figures = ask(
        candidate,
        "select period_label, breakdown_value, numerator::integer from marts_candidate.indicator_values"
        f" where indicator_code = 'CON01' and period_type = 'quarter' and breakdown = '{breakdown}'",
    )
    assert len(figures) > 10
    assert set(counted) == set(figures)
    # both kinds of what is not known are the unknown member, or the joins above proved less than they say
    blank = f"select count(*) from marts_candidate.fct_contacts where {column} is null and {key} <> 'unknown'"
    assert ask(candidate, blank) == [(0,)]


def test_children_in_care_by_a_dimension_add_up_to_the_figures(candidate: Connection) -> None:
    counted = ask(
        candidate,
        "select t.calendar_date, d.placement_type_key, count(*) from marts_candidate.fct_looked_after_states as f"
        " inner join marts_candidate.dim_dates as t on t.calendar_date = f.event_date"
        " inner join marts_candidate.dim_placement_types as d using (placement_type_key)"
        " inner join marts_candidate.dim_children as c using (authority_code, child_key)"
        " where c.exclusion_reason is null group by t.calendar_date, d.placement_type_key",
    )
    figures = ask(
        candidate,
        "select p.effective_end_date, v.breakdown_value, v.numerator::integer"
        " from marts_candidate.indicator_values as v"
        " inner join marts_candidate.dim_periods as p using (authority_code, period_type, period_label)"
        " where v.indicator_code = 'LAC01' and v.period_type = 'quarter' and v.breakdown = 'placement_type'",
    )
    assert len(figures) > 10
    assert set(figures) <= set(counted)


def test_workers_are_pseudonyms_one_for_each_id_of_a_source(candidate: Connection) -> None:
    ids = {
        str(value).strip().upper()
        for table, column in (
            ("raise_contact", "worker"), ("raise_assessment", "worker"), ("raise_plan", "worker"),
            ("wccis_contact", "responsibleuserid"), ("wccis_caseform", "responsibleuserid"),
            ("wccis_careplan", "responsibleuserid"),
        )
        for (value,) in ask(candidate, f"select distinct {column} from landing.{table} where {column} is not null")
    } - {""}  # fmt: skip
    keys = {str(key) for (key,) in ask(candidate, "select worker_key from marts_candidate.dim_workers")}
    assert len(ids) > 50
    assert "unknown" in keys
    assert not ids & keys
    # of a row that another one supersedes, nobody is left
    assert 50 < len(keys - {"unknown"}) <= len(ids)
    assert {len(key) for key in keys - {"unknown"}} == {32}


def _band(birth: datetime.date | None, expected: datetime.date | None, day: datetime.date | None) -> str:
    """Return the age band on a day as indicators.md words it, reckoned in another way than the models do."""
    if day is None:
        return "unknown"
    if birth is None:
        return "unknown" if expected is None else "unborn"
    if not CALENDAR[0] <= birth <= CALENDAR[1]:
        return "unknown"
    if birth > day:
        return "unborn"
    # one born on 29 February has the birthday on 1 March in common years, as the order of month and day has it
    years = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
    for least, band in ((18, "18+"), (16, "16-17"), (10, "10-15"), (5, "5-9"), (1, "1-4")):
        if years >= least:
            return band
    return "0"


@pytest.mark.parametrize(
    "fact",
    [
        "fct_contacts",
        "fct_assessments",
        "fct_plans",
        "fct_registrations",
        "fct_care_episodes",
        "fct_looked_after_states",
    ],
)
def test_age_bands_are_those_on_the_day_of_the_event(candidate: Connection, fact: str) -> None:
    rows = ask(
        candidate,
        "select distinct f.age_band, f.event_date, a.date_of_birth, a.expected_birth_date"
        f" from marts_candidate.{fact} as f left join intermediate.int_child_attributes as a"
        " using (authority_code, child_key)",
    )
    assert len(rows) > 100
    assert [row for row in rows if row[0] != _band(row[2], row[3], row[1])] == []
