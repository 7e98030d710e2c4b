"""Removing a person's rows from what has landed: from row history, and the texts of rows in quarantine."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import psycopg
from psycopg import sql

from csc_warehouse.contracts import canonical
from csc_warehouse.contracts.model import Column, SourceContract
from csc_warehouse.landing.history.tables import table_name


def canonical_sql(column: Column) -> sql.Composable:
    """Return the SQL expression for a column's canonical id; equal to that of contracts/canonical.py."""
    name = sql.Identifier(column.name)
    if column.is_person:
        return sql.SQL("landing.canonical_name({})").format(name)
    if column.type in ("guid", "uuid"):
        # ASCII letters alone, whatever the locale of the database
        return sql.SQL('lower(landing.trimmed({}) collate "C")').format(name)
    if column.type == "former":
        return sql.SQL("landing.canonical_former({})").format(name)
    if column.type == "key":
        return sql.SQL("landing.canonical_key({})").format(name)
    return sql.SQL("landing.trimmed({})").format(name)


def remove_people(
    cursor: psycopg.Cursor, contract: SourceContract, authority_code: str, ids: Sequence[str]
) -> dict[str, int]:
    """Delete every version of every row that names one of these persons, of one source and authority.

    Texts of such rows in quarantine are blanked: place and reason stay, so that the accounts hold. Returns rows by
    relation.
    """
    removed: dict[str, int] = {}
    if not ids:
        return removed
    for entity in contract.entities.values():
        columns = contract.person_columns(entity)
        if not columns:
            continue
        table = table_name(contract.source, entity.name)
        named = sql.SQL(" or ").join(sql.SQL("{} = any(%(ids)s)").format(canonical_sql(column)) for column in columns)
        cursor.execute(
            sql.SQL("delete from landing.{} where authority_code = %(authority)s and ({})").format(
                sql.Identifier(table), named
            ),
            {"ids": list(ids), "authority": authority_code},
        )
        if cursor.rowcount:
            removed[f"landing.{table}"] = cursor.rowcount
    blanked = _blank_quarantine(cursor, contract, authority_code, frozenset(ids))
    if blanked:
        removed["landing.quarantine"] = blanked
    return removed


def _blank_quarantine(
    cursor: psycopg.Cursor, contract: SourceContract, authority_code: str, ids: frozenset[str]
) -> int:
    cursor.execute(
        "select delivery_id, entity, record_number, raw_record from landing.quarantine"
        " where source = %s and authority_code = %s and raw_record is not null"
        " and exists (select from unnest(%s::text[]) as wanted (id) where strpos(lower(raw_record), lower(id)) > 0)",
        [contract.source, authority_code, sorted(ids)],
    )
    places = [
        (delivery_id, entity, number)
        for delivery_id, entity, number, raw in cursor.fetchall()
        if entity in contract.entities and _names(raw, contract, entity, ids)
    ]
    for place in places:
        cursor.execute(
            "update landing.quarantine set raw_record = null"
            " where delivery_id = %s and entity = %s and record_number = %s",
            place,
        )
    return len(places)


def _names(raw: str, contract: SourceContract, entity: str, ids: frozenset[str]) -> bool:
    """Tell whether any field of a record, read as an id, is one of these."""
    columns = contract.person_columns(contract.entities[entity])
    readers = [canonical.canonical_function(column, contract.text) for column in columns]
    reader = csv.reader(io.StringIO(raw, newline=""), delimiter=contract.text.delimiter)
    fields: Iterable[str] = (field for record in reader for field in record)
    return any(contract.person_id(read(field)) in ids for field in fields for read in readers)
