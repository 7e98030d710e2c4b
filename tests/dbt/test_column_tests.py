"""Tests of columns that a build asks together find what dbt finds when it asks each by itself."""

from __future__ import annotations

from itertools import groupby

import pytest

from csc_warehouse.transform import column_tests, parse_project, runner
from csc_warehouse.warehouse import Warehouse

OF_EACH_KIND = 3
ROWS = ("null", "null", "'open'", "'open'", "'shut'", "'shut'", "'ajar'")


@pytest.fixture(scope="module")
def planted(module_warehouse: Warehouse) -> list[column_tests.ColumnTest]:
    """Return some tests of each kind, about tables in which every column is empty twice and says two things twice."""
    manifest = parse_project(module_warehouse)
    found = sorted(column_tests.find(manifest, set(manifest.nodes)), key=_kind)
    tests = [test for _, alike in groupby(found, _kind) for test in list(alike)[:OF_EACH_KIND]]
    with module_warehouse.raw_connection() as connection:
        for about in sorted({test.about for test in tests}):
            node = manifest.nodes[about]
            names = list(node.columns)
            connection.execute(f"create schema if not exists {node.schema}")
            connection.execute(f"create table {node.schema}.{node.alias} ({', '.join(f'{n} text' for n in names)})")
            rows = ", ".join(f"({', '.join([row] * len(names))})" for row in ROWS)
            connection.execute(f"insert into {node.schema}.{node.alias} values {rows}")
    return tests


def _kind(test: column_tests.ColumnTest) -> str:
    return next(kind for kind in sorted(column_tests.KINDS, key=len, reverse=True) if test.name.startswith(kind))


def test_what_is_asked_together_is_what_dbt_finds_one_by_one(
    module_warehouse: Warehouse, planted: list[column_tests.ColumnTest]
) -> None:
    names = [test.name for test in planted]
    outcome = runner._invoke(
        runner._state_folder(module_warehouse),
        runner.connection_parameters(module_warehouse),
        parse_project(module_warehouse),
        ["test", "--select", *names],
    )
    of_dbt = {found.name: (found.status, found.message) for found in runner._results(outcome)}
    ours = {each.name: (each.status, each.message) for each in column_tests.ask(module_warehouse, planted, "")}
    assert ours == of_dbt
    assert len(ours) == OF_EACH_KIND * len(column_tests.KINDS)
    assert {status for status, _ in ours.values()} == {"fail"}
    assert {message.split(",")[0] for _, message in ours.values()} >= {"Got 2 results", "Got 3 results"}


def test_the_build_leaves_no_plain_test_of_a_column_to_dbt(module_warehouse: Warehouse) -> None:
    assert set(column_tests.kinds_asked_here(parse_project(module_warehouse))) == set(column_tests.KINDS)


def test_a_test_that_the_server_refuses_is_an_error_in_its_words(
    module_warehouse: Warehouse, planted: list[column_tests.ColumnTest]
) -> None:
    gone = column_tests.ColumnTest("not_null_gone_key", "model.gone", '"staging"."gone"', "count(*)")
    (answer,) = column_tests.ask(module_warehouse, [gone], "")
    assert (answer.name, answer.status) == ("not_null_gone_key", "error")
    assert 'relation "staging.gone" does not exist' in answer.message
