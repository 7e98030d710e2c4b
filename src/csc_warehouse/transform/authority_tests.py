"""Tests of the figures that hold the authorities they name: a contradiction in one council's stops no other's night."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.warehouse import Warehouse

HOLDS_ITS_AUTHORITY = "holds_its_authority"
"""Mark (meta) of a dbt test whose rows say in authority_code whom they are about."""


@dataclass(frozen=True)
class AuthorityTest:
    """One such test as it ran: its name, its statement as dbt compiled it, and whether it returned rows."""

    name: str
    statement: str
    is_failed: bool


def of_node(node: Any, *, is_failed: bool) -> AuthorityTest | None:
    """Return the test that a node of dbt's results is, or None where it holds no authority by itself."""
    if str(node.resource_type) != "test" or not (node.config.meta or {}).get(HOLDS_ITS_AUTHORITY):
        return None
    return AuthorityTest(node.name, str(node.compiled_code or ""), is_failed)


def write(warehouse: Warehouse, layer: str, tests: Sequence[AuthorityTest]) -> None:
    """Keep what a layer's tests found in `staging.authority_tests`: one row per test and authority of the build.

    Raises CscWarehouseError where a test returned rows that name no authority: that is a fault of the project itself.
    """
    if not tests:
        return
    with warehouse.transaction() as connection:
        connection.execute(text("delete from staging.authority_tests where layer = :layer"), {"layer": layer})
        for test in tests:
            found = _rows_by_authority(connection, test) if test.is_failed else {}
            if None in found:
                raise CscWarehouseError(
                    f"The build failed at the test {test.name}: {found[None]} of its rows name no authority."
                    " The last release stays published; mend the cause and run the build again."
                )
            connection.execute(
                text(
                    "insert into staging.authority_tests (layer, test_name, authority_code, run_id, failed_rows)"
                    " select :layer, :test_name, context.authority_code, context.run_id,"
                    " coalesce((cast(:found as jsonb) ->> context.authority_code)::bigint, 0)"
                    " from staging.run_context as context"
                ),
                {"layer": layer, "test_name": test.name, "found": _as_json(found)},
            )


def _rows_by_authority(connection: Connection, test: AuthorityTest) -> dict[str | None, int]:
    statement = f"select authority_code, count(*) from (\n{test.statement}\n) as failed group by authority_code"
    return {row[0]: int(row[1]) for row in connection.exec_driver_sql(statement.replace("%", "%%"))}


def _as_json(found: dict[str | None, int]) -> str:
    return json.dumps({authority: count for authority, count in found.items() if authority is not None})
