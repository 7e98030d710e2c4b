"""What every staging model reads: a table of landing as it was sent, but for the values that people set right."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from psycopg import Connection, sql

from csc_warehouse.contracts import load_contracts
from csc_warehouse.landing.history import tables
from csc_warehouse.settings import PROJECT_DIRECTORY, load_settings
from csc_warehouse.warehouse import Warehouse

TABLES = [
    (contract.source, entity.name)
    for contract in load_contracts(load_settings().config.sources).values()
    for entity in contract.entities.values()
    if contract.person_columns(entity)
]


def rendered(connection: Connection, source: str, entity: str) -> str:
    """Return the macro of dbt_project/macros/history.sql for a table, as dbt would compile it now."""
    from jinja2 import Environment

    text = (PROJECT_DIRECTORY / "dbt_project" / "macros" / "history.sql").read_text(encoding="utf-8")
    made = Environment(autoescape=False, extensions=["jinja2.ext.do"])  # noqa: S701  (SQL, not a page)
    made.globals.update(
        execute=True,
        source=lambda schema, table: f"{schema}.{table}",
        run_query=lambda query: SimpleNamespace(rows=connection.execute(query).fetchall()),
    )
    macros: Any = made.from_string(text).module
    return str(macros.rectified(source, entity)).strip()


def read(connection: Connection, relation: str) -> dict[str, dict[str, Any]]:
    rows = connection.execute(f"select to_jsonb(landed) from {relation} as landed").fetchall()
    return {row["row_key"]: row for (row,) in rows}


@pytest.mark.parametrize(("source", "entity"), TABLES)
def test_a_table_is_read_as_sent_but_for_what_was_set_right(
    module_warehouse: Warehouse, source: str, entity: str
) -> None:
    tables.sync(module_warehouse)
    table = tables.table_name(source, entity)
    column = load_contracts((source,))[source].entities[entity].columns[-1].name
    with module_warehouse.raw_connection() as connection, connection.transaction(force_rollback=True):
        for key in ("a", "b"):
            connection.execute(
                sql.SQL(
                    "insert into landing.{} (authority_code, valid_from_date, delivery_id, record_number, row_key,"
                    " row_hash, {}) values ('W06000006', '2018-05-10', 1, 1, %s, 'h', 'as sent')"
                ).format(sql.Identifier(table), sql.Identifier(column)),
                [key],
            )
        # nothing is rectified: the table itself, with its statistics
        assert rendered(connection, source, entity) == f"landing.{table}"
        connection.execute(
            "insert into staging.rectified_rows values (%s, %s, 'W06000006', 'b', '2018-05-10', 1, 1, %s, %s)",
            [source, entity, json.dumps({column: "right"}), column],
        )
        before, after = read(connection, f"landing.{table}"), read(connection, rendered(connection, source, entity))
    assert after["a"] == before["a"]
    assert after["b"] == before["b"] | {column: "right"}
    assert len(after) == 2
