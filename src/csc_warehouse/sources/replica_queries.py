"""What is asked of a reporting replica, in the database's own dialect; names are the database's, values are bound."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Select, TextClause, column, func, inspect, or_, select, table, text

from csc_warehouse.contracts.model import Entity, SourceContract
from csc_warehouse.contracts.names import canonical_name

WELSH_CODES = tuple(f"W06{number:06}" for number in range(1, 25))
"""ONS codes of the authorities of Wales (deliveries.md section 2)."""
_ENGLISH_CODE = re.compile(r"E[0-9]{8}\Z")

SNAPSHOTS = {"postgresql": "REPEATABLE READ", "mssql": "SNAPSHOT", "mysql": "REPEATABLE READ", "oracle": "SERIALIZABLE"}
"""Isolation level at which a database shows one state for as long as it is read."""

_POSTGRESQL_COUNT = """
select case when c.relkind in ('v', 'f') then null
            when c.reltuples >= 0 then c.reltuples::bigint
            else nullif(pg_stat_get_live_tuples(c.oid), 0) end as own_count,
       c.relkind in ('r', 'p') and row_security_active(c.oid) as is_narrowed
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relname = :name and n.nspname = coalesce(:schema, current_schema())
"""
_SQL_SERVER_COUNT = """
select sum(p.rows) as own_count, cast(0 as bit) as is_narrowed
from sys.partitions p join sys.objects o on o.object_id = p.object_id
where o.name = :name and o.schema_id = schema_id(coalesce(:schema, schema_name())) and p.index_id in (0, 1)
"""
_OWN_COUNTS = {"postgresql": _POSTGRESQL_COUNT, "mssql": _SQL_SERVER_COUNT}


@dataclass(frozen=True)
class ReplicaTable:
    """One entity's table as the database names it."""

    name: str
    schema: str | None
    columns: dict[str, str]
    """The database's names of the contract's columns that are there."""

    def _clause(self) -> Any:
        return table(self.name, *(column(name) for name in self.columns.values()), schema=self.schema)

    def rows(self, entity: Entity, contract: SourceContract, authority_code: str) -> Select[Any]:
        """Return the query of rows by key, without those that surely are of another authority of Wales.

        A row that names no authority, or one that nobody knows, is among them: whoever reads it sets it apart and
        counts it, as in a file. Databases trim spaces alone, so that a few rows are left out only once they are read,
        see `is_of_another`.
        """
        clause = self._clause()
        listed = [clause.c[self.columns[name]] for name in entity.column_names if name in self.columns]
        query = select(*listed).select_from(clause)
        of_authority = self.columns.get(contract.authority_column or "")
        if of_authority is not None:
            stated = clause.c[of_authority]
            others = [code for code in WELSH_CODES if code != authority_code]
            query = query.where(or_(stated.is_(None), func.upper(func.trim(stated)).not_in(others)))
        return query.order_by(*(clause.c[self.columns[part]] for part in entity.key if part in self.columns))

    def visible_count(self) -> Select[Any]:
        """Return the query of how many rows the session's account sees."""
        return select(func.count()).select_from(self._clause())


def is_of_another(stated: object, authority_code: str) -> bool:
    """Tell whether what a row states is the code of another authority, read as a file's reader would read it."""
    code = canonical_name("" if stated is None else str(stated))
    return code != authority_code and (code in WELSH_CODES or _ENGLISH_CODE.match(code) is not None)


def tables_of(
    connection: Connection, contract: SourceContract, schema: str | None, entities: Sequence[str] = ()
) -> dict[str, ReplicaTable]:
    """Return the tables or views that are named as entities, whatever their case; one that is not there is left out."""
    inspector = inspect(connection)
    names = {name.lower(): name for name in [*inspector.get_view_names(schema), *inspector.get_table_names(schema)]}
    found = {}
    for entity in contract.entities.values():
        name = names.get(entity.name)
        if name is None or (entities and entity.name not in entities):
            continue
        there = {str(each["name"]).lower(): str(each["name"]) for each in inspector.get_columns(name, schema)}
        columns = {wanted: there[wanted] for wanted in entity.column_names if wanted in there}
        found[entity.name] = ReplicaTable(name, schema, columns)
    return found


def own_count_query(dialect: Dialect) -> TextClause | None:
    """Return the query of a table's own count, which no permission narrows; None where the database keeps none."""
    statement = _OWN_COUNTS.get(dialect.name)
    return None if statement is None else text(statement)


def stated_counts_query(counts_table: str, schema: str | None) -> Select[Any]:
    """Return the query of the counts that the source itself states by entity."""
    clause = table(counts_table, column("entity_name"), column("row_count"), schema=schema)
    return select(clause.c.entity_name, clause.c.row_count)
