"""Where each table lies on a server of several machines (Citus): by authority, on all of them, or on one."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from csc_warehouse.publication import published_relations
from csc_warehouse.publication.session import Connection
from csc_warehouse.sql_files import statement

Place = Literal["distributed", "reference", "local"]

AUTHORITY = "authority_code"
"""The rows of an authority lie together: no join of the models leaves one."""
_HEAD = """-- Which machine holds what: to be run once, on the coordinator of Citus, after the first night.
-- Written by csc-warehouse many-machines; docs/runbooks/many-machines.md says what comes before and after.
create extension if not exists citus;
"""
_WHY: dict[Place, str] = {
    "reference": "on every machine: read beside the rows of each authority, and small",
    "distributed": "by authority, all rows of one on one machine",
    "local": "on the coordinator alone: what the steps remember, which no join of many rows reads",
}


@dataclass(frozen=True)
class Table:
    """One table as the database has it, those of single blocks of releases apart."""

    schema: str
    name: str
    has_authority: bool
    """It has the authority's code in every row."""
    unique_keys: tuple[tuple[str, ...], ...]
    refers_to: tuple[tuple[str, str], ...]
    """Tables that its foreign keys lead to."""
    has_trigger: bool
    is_read: bool
    """A view reads it."""

    @property
    def key(self) -> tuple[str, str]:
        """Return schema and name."""
        return self.schema, self.name

    @property
    def can_be_distributed(self) -> bool:
        """Tell whether each of its rows, and all that must be unique, is one authority's: what Citus asks for."""
        keeps = all(AUTHORITY in columns for columns in self.unique_keys)
        return self.has_authority and keeps and not self.refers_to and not self.has_trigger


@dataclass(frozen=True)
class Placed:
    """A table and where it lies."""

    table: Table
    place: Place


def read(connection: Connection) -> list[Table]:
    """Read the tables of the warehouse that stay from night to night, sorted by schema and name."""
    rows = connection.execute(statement(__name__, "tables")).fetchall()
    return [
        Table(
            schema=schema,
            name=name,
            has_authority=has_authority,
            unique_keys=tuple(tuple(columns) for columns in unique_keys),
            refers_to=tuple((str(of), str(to)) for of, to in refers_to),
            has_trigger=has_trigger,
            is_read=is_read,
        )
        for schema, name, has_authority, unique_keys, refers_to, has_trigger, is_read in rows
    ]


def read_by_models(manifest_path: Path) -> set[tuple[str, str]]:
    """Return the tables that dbt's models read and do not make, by schema and name."""
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    return {(source["schema"], source["identifier"]) for source in manifest["sources"].values()}


def place(tables: Sequence[Table], manifest_path: Path) -> list[Placed]:
    """Say of each table where it lies.

    By authority: the rows of a source's entities, of what is published of each authority, of its pseudonyms. On every
    machine: what models or views read beside them, with all that its foreign keys lead to. What is published and
    belongs to no authority is on every machine too.
    """
    shared = {("release", found.storage_name) for found in published_relations.read(manifest_path) if found.is_shared}
    reading = read_by_models(manifest_path)
    distributed = {table.key for table in tables if table.can_be_distributed and table.key not in shared}
    beside = {table.key for table in tables if table.key in shared | reading or table.is_read} - distributed
    everywhere = _with_what_they_refer_to(tables, beside)
    places: dict[tuple[str, str], Place] = dict.fromkeys(distributed, "distributed")
    places |= dict.fromkeys(everywhere, "reference")
    return [Placed(table, places.get(table.key, "local")) for table in tables]


def _with_what_they_refer_to(tables: Sequence[Table], keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return keys with all that foreign keys lead to from there: Citus follows none from every machine to one."""
    refers_to = {table.key: table.refers_to for table in tables}
    found: set[tuple[str, str]] = set()
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += refers_to.get(key, ())
    return found


def script(placed: Sequence[Placed]) -> str:
    """Return the statements that put each table where it lies: those that others refer to come first."""
    parts = [_HEAD]
    for where in ("reference", "distributed", "local"):
        tables = _referred_to_first([one.table for one in placed if one.place == where])
        parts.append(f"\n-- {len(tables)} {_WHY[where]}")
        first = tables[0] if tables else None
        for table in tables:
            name = f"{table.schema}.{table.name}"
            if where == "reference":
                parts.append(f"select create_reference_table('{name}');")
            elif where == "local":
                parts.append(f"-- {name}")
            else:
                beside = "" if first is table or first is None else f", colocate_with => '{first.schema}.{first.name}'"
                parts.append(f"select create_distributed_table('{name}', '{AUTHORITY}'{beside});")
    return "\n".join(parts) + "\n"


def _referred_to_first(tables: Sequence[Table]) -> list[Table]:
    by_key = {table.key: table for table in tables}
    ordered: dict[tuple[str, str], Table] = {}

    def visit(table: Table) -> None:
        if table.key not in ordered:
            for key in table.refers_to:
                if key in by_key and key != table.key:
                    visit(by_key[key])
            ordered[table.key] = table

    for table in tables:
        visit(table)
    return list(ordered.values())
