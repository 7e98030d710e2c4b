"""Every unit test of the dbt project passes; dbt runs them on the relations of a finished night."""

from __future__ import annotations

from tests.conftest import Night


def test_unit_tests_of_the_dbt_project_pass(sample_night: Night) -> None:
    from csc_warehouse.transform.runner import run_unit_tests

    results = run_unit_tests(sample_night.warehouse)
    assert [f"{result.name}: {result.message}" for result in results if result.is_failed] == []
    # a selection that finds nothing would pass too
    assert len(results) >= 80
