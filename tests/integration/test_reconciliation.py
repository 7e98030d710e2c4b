"""System against system, entity by entity, on a finished night: no fact counted twice or lost at a hand-over."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

PLURALS = [
    "contacts",
    "assessments",
    "plans",
    "reviews",
    "section_47s",
    "registrations",
    "care_episodes",
    "health_events",
    "school_moves",
    "education_results",
    "missing_episodes",
    "care_leaver_checks",
    "homeless_spells",
    "prevention_services",
]


def rows(night: Any, statement: str) -> list[Any]:
    with night.warehouse.transaction() as connection:
        return list(connection.execute(text(statement)).all())


def test_records_of_each_system_are_accounted_for(sample_night: Any) -> None:
    found = rows(sample_night, "select * from marts.fct_system_hand_overs")
    assert {row.entity for row in found} == {"people", *PLURALS}
    for row in found:
        assert row.earlier_records == row.superseded + row.kept
        assert row.later_records == row.migrated + row.orphaned + row.begun
        assert row.successors_deleted <= row.superseded
    contacts = next(row for row in found if row.entity == "contacts" and row.source_name == "wccis")
    assert min(contacts.superseded, contacts.kept, contacts.migrated, contacts.begun) > 0


def test_deprecated_names_are_those_of_the_latest_hand_over(sample_night: Any) -> None:
    columns = "authority_code, entity, superseded, kept, successors_deleted, migrated, orphaned, doubled, facts"
    before = rows(
        sample_night,
        f"select {columns}, raise_records, wccis_records, begun_in_wccis from marts.fct_system_reconciliation"
        " order by 1, 2",
    )
    now = rows(
        sample_night,
        f"select distinct on (authority_code, entity) {columns}, earlier_records, later_records, begun"
        " from marts.fct_system_hand_overs order by authority_code, entity, system_number desc",
    )
    assert [tuple(row) for row in before] == [tuple(row) for row in now]


@pytest.mark.parametrize("plural", PLURALS)
def test_facts_are_those_that_the_conformed_model_has(sample_night: Any, plural: str) -> None:
    stated = rows(
        sample_night,
        "select distinct on (authority_code) authority_code, facts from marts.fct_system_hand_overs"
        f" where entity = '{plural}' and facts > 0 order by authority_code, system_number desc",
    )
    counted = rows(
        sample_night,
        "select authority_code, count(distinct canonical_record_id)"
        f" from intermediate.int_{plural}_conformed group by 1 order by 1",
    )
    assert [tuple(row) for row in stated] == [tuple(row) for row in counted]
