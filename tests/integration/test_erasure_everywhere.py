"""An erased child is in no column of any table: of landing, of what was built, of what is published, of quality."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from csc_warehouse import landing
from csc_warehouse.privacy import published_erasure
from csc_warehouse.warehouse import Warehouse, open_warehouse
from tests.conftest import Night

WREXHAM = "W06000006"

# a child that both systems know
LONGEST_NUMBER = 12
KNOWN_TO_BOTH = """
select k.canonical_child_id
from restricted.child_keys as k
where
    k.authority_code = %(authority)s and k.canonical_child_id ~ '^[0-9]+$'
    and exists (
        select from intermediate.int_people_linked as p
        where p.authority_code = k.authority_code and p.identity_id = k.canonical_child_id and p.is_linked
    )
    and exists (
        select from marts_candidate.fct_contacts as c
        where c.authority_code = k.authority_code and c.child_key = k.child_key
    )
order by length(k.canonical_child_id) desc, k.canonical_child_id
limit 1 offset 3
"""
KNOWN_TO_WCCIS = """
select k.canonical_child_id
from restricted.child_keys as k
inner join marts_candidate.fct_contacts as c on c.authority_code = k.authority_code and c.child_key = k.child_key
where k.authority_code = %(authority)s and k.canonical_child_id !~ '^[0-9]+$'
order by k.canonical_child_id limit 1
"""
RESTRICTED = """
select k.canonical_child_id
from restricted.child_keys as k
inner join marts_candidate.dim_children as d on d.authority_code = k.authority_code and d.child_key = k.child_key
where k.authority_code = %(authority)s and d.is_restricted
order by k.canonical_child_id desc limit 1
"""
COLUMNS = """
select n.nspname, c.relname, a.attname
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where
    c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and format_type(a.atttypid, null) in ('text', 'character varying', 'uuid', 'text[]', 'jsonb', 'json')
order by 1, 2, 3
"""


@dataclass(frozen=True)
class Copy:
    warehouse: Warehouse

    def rows(self, statement: str, **parameters: object) -> list[tuple[object, ...]]:
        with self.warehouse.raw_connection() as connection:
            return connection.execute(statement, parameters).fetchall()

    def columns(self) -> dict[str, list[str]]:
        """Return the columns that hold text, by table; both as a statement names them."""
        found: dict[str, list[str]] = {}
        for schema, table, column in self.rows(COLUMNS):
            found.setdefault(f'"{schema}"."{table}"', []).append(f'"{column}"')
        return found

    def of_persons(self, ids: list[str]) -> set[str]:
        """Return the columns with one of the ids whose numbers are all children's: others number other things."""
        found = set()
        numbers = [name for name in ids if len(name) <= LONGEST_NUMBER]
        for table, columns in self.columns().items() if numbers else []:
            if table.startswith('"landing".'):
                continue
            has_one = ", ".join(f"bool_or({column}::text = any(%(numbers)s))" for column in columns)
            (row,) = self.rows(f"select {has_one} from {table}", numbers=numbers)
            for column in (column for column, is_met in zip(columns, row, strict=True) if is_met):
                all_children = (
                    "select bool_and(v.n in (select c.child_id from intermediate.int_children as c))"
                    f" from (select distinct {column}::text as n from {table} where {column}::text ~ '^[0-9]+$') as v"
                )
                if self.rows(all_children) == [(True,)]:
                    found.add(plain(table, column))
        return found

    def holding(self, ids: list[str], among: set[str]) -> list[str]:
        """Return the columns in which one of the ids stands: GUIDs and keys within any text, numbers among persons'."""
        found = []
        within = [f"%{name}%" for name in ids if len(name) > LONGEST_NUMBER]
        numbers = [name for name in ids if len(name) <= LONGEST_NUMBER]
        for table, columns in self.columns().items():
            # a row's texts are read as one, and each by itself only where that has an id
            whole = " || ' ' || ".join(f"coalesce({column}::text, '')" for column in columns)
            (in_a_row,) = self.rows(
                f"select exists (select from {table} where lower({whole}) like any(%(within)s))", within=within
            )
            for column in columns:
                if not in_a_row[0] and plain(table, column) not in among:
                    continue
                (row,) = self.rows(
                    f"select exists (select from {table} where {column}::text = any(%(numbers)s)"
                    f" or lower({column}::text) like any(%(within)s))",
                    numbers=numbers if plain(table, column) in among else [],
                    within=within,
                )
                if row[0]:
                    found.append(plain(table, column))
        return found


def plain(table: str, column: str) -> str:
    return f"{table}.{column}".replace('"', "")


@pytest.fixture(scope="module")
def copy(sample_night: Night, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """Yield a copy of the finished night's database, with leftovers of tables that nobody knows by name."""
    administration = sample_night.warehouse.url.set(drivername="postgresql", database="postgres")
    with psycopg.connect(administration.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("drop database if exists erasing")
        # a template must be nobody's: what an earlier test forgot to close waits for the garbage collector
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
            [sample_night.warehouse.url.database],
        )
        connection.execute(
            f'create database erasing template "{sample_night.warehouse.url.database}" strategy file_copy'
        )
    settings = sample_night.settings.model_copy(
        update={
            "home": tmp_path_factory.mktemp("home"),
            "database_url": sample_night.warehouse.url.set(database="erasing").render_as_string(hide_password=False),
        }
    )
    warehouse = open_warehouse(settings)
    settings.home.mkdir(exist_ok=True)
    with warehouse.raw_connection() as connection:
        connection.execute(
            "create schema intermediate_dbt_leftovers;"
            "create table intermediate_dbt_leftovers.test_of_people as"
            " select authority_code, canonical_child_id as client_no, array[child_key] as members"
            " from restricted.child_keys"
        )
    yield Copy(warehouse)
    with psycopg.connect(administration.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("drop database erasing with (force)")


@pytest.mark.parametrize("chosen", [KNOWN_TO_BOTH, KNOWN_TO_WCCIS, RESTRICTED], ids=["both", "wccis", "restricted"])
def test_an_erased_child_is_in_no_column_of_any_table(copy: Copy, chosen: str) -> None:
    (child,) = copy.rows(chosen, authority=WREXHAM)[0]
    ids = [
        str(value)
        for row in copy.rows(
            "select c.child_id, k.child_key, c.canonical_child_id from intermediate.int_children as c"
            " inner join restricted.child_keys as k using (authority_code, canonical_child_id)"
            " where c.authority_code = %(authority)s and c.canonical_child_id = %(child)s",
            authority=WREXHAM,
            child=child,
        )
        for value in row
    ]
    persons = copy.of_persons(ids)
    before = copy.holding(ids, persons)
    assert {"intermediate.int_children.child_id", "intermediate_dbt_leftovers.test_of_people.members"} <= set(before)
    children = copy.rows("select count(*) from marts_candidate.dim_children")
    summary = landing.erase(
        copy.warehouse,
        str(child),
        by="A. Jones",
        reason="request",
        authority_code=WREXHAM,
        elsewhere=published_erasure.remove_child,
    )
    assert copy.holding(ids, persons) == []
    links = "select count(*) from intermediate.int_legacy_links where entity = 'people'"
    assert copy.rows(f"{links} and (record_id = any(%(ids)s) or legacy_id = any(%(ids)s))", ids=ids) == [(0,)]
    assert copy.rows(links) > [(100,)]
    # and nobody else went with it
    (now,), (then,) = copy.rows("select count(*) from marts_candidate.dim_children"), children
    assert int(str(then[0])) - int(str(now[0])) == 1
    assert summary.removed["marts_candidate.dim_children"] == 1
