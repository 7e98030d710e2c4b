"""How many children a night changes, and of whom their own rows changed: the size of a night that follows changes.

A child has changed where a row of it came, went or is another in any relation of the candidate. Its own rows are what
the case systems say of it now, under each number by which it goes. Whoever changed without them did so because a day
passed, or because of another child.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import sql

from benchmarks.same_figures import NOT_COMPARED, Connection, Relation, columns, relations
from csc_warehouse.publication.published_relations import CANDIDATE_SUFFIX
from csc_warehouse.warehouse import Warehouse

Digests = Mapping[str, Mapping[str, int]]
"""By relation, and within it by the child's pseudonym."""
CHILD = "child_key"
MOVES_WITH_THE_DAY = "fresh_until_date"
"""The day up to which a source has delivered stands in every fact of it, and says nothing of the child."""
OF_THE_DELIVERY = ("delivery_id", "record_number")
"""Which delivery said a row first is another one where that was sent again, and says nothing of the child either."""
_STAGED = """
select n.nspname, c.relname from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = 'staging' and c.relkind = 'v' and c.relname like 'stg\\_%'
"""


@dataclass(frozen=True)
class State:
    """What stands of every child: in the candidate, and in what the case systems say."""

    built: Digests
    said: Digests

    @property
    def children(self) -> set[str]:
        """Return every child of whom anything is built."""
        return {child for digests in self.built.values() for child in digests}


@dataclass(frozen=True)
class Change:
    """What a night changed."""

    changed: int
    """Children of whom anything that is built is another."""
    by_own_rows: int
    """Those of them of whom the case systems say something else."""
    unchanged_with_other_rows: int
    """Children of whom they say something else, and nothing that is built is another."""
    where_else: Mapping[str, int]
    """Of those whose own rows are the same: how many each relation shows otherwise, the most first."""


def state(warehouse: Warehouse) -> State:
    """Return a digest of each child's rows in every relation that names it."""
    with warehouse.raw_connection() as connection:
        built = {
            ".".join(relation): _digests(connection, relation, [*NOT_COMPARED, MOVES_WITH_THE_DAY, *OF_THE_DELIVERY])
            for relation in relations(connection)
            if relation[0].endswith(CANDIDATE_SUFFIX) and CHILD in columns(connection, relation)
        }
        said = {}
        for schema, name in connection.execute(_STAGED).fetchall():
            relation = (str(schema), str(name))
            found = columns(connection, relation)
            if "source_name" in found and ("child_id" in found or name.endswith("__people")):
                said[".".join(relation)] = _digests_of_said(connection, relation, "child_id" in found)
        said["numbers"] = _digests(connection, ("intermediate", "int_child_keys"), [])
    return State(built, said)


def change(before: State, after: State) -> Change:
    """Tell what a night changed between two states."""
    changed, own = _differing(before.built, after.built), _differing(before.said, after.said)
    elsewhere: Counter[str] = Counter()
    for relation in before.built.keys() | after.built.keys():
        differing = _differing(*({relation: each.built.get(relation, {})} for each in (before, after)))
        elsewhere[relation] = len(differing - own)
    return Change(
        len(changed), len(changed & own), len(own - changed), {name: n for name, n in elsewhere.most_common(12) if n}
    )


def _differing(before: Digests, after: Digests) -> set[str]:
    found: set[str] = set()
    for relation in before.keys() | after.keys():
        old, new = before.get(relation, {}), after.get(relation, {})
        found |= {child for child in old.keys() | new.keys() if old.get(child) != new.get(child)}
    return found


def _digests(connection: Connection, relation: Relation, left_out: list[str]) -> dict[str, int]:
    query = sql.SQL(
        "select child_key, sum(hashtextextended((to_jsonb(t) - {}::text[])::text, 0)) from {} as t"
        " where child_key is not null group by child_key"
    ).format(sql.Literal(left_out), sql.Identifier(*relation))
    return {str(child): int(str(digest)) for child, digest in connection.execute(query).fetchall()}


def _digests_of_said(connection: Connection, relation: Relation, names_child: bool) -> dict[str, int]:
    query = sql.SQL(
        "select k.child_key, sum(hashtextextended((to_jsonb(t) - {}::text[])::text, 0)) from {} as t"
        " inner join intermediate.int_child_keys as k on k.authority_code = t.authority_code"
        " and k.source_name = t.source_name and k.child_id = t.{} group by k.child_key"
    ).format(
        sql.Literal(list(OF_THE_DELIVERY)),
        sql.Identifier(*relation),
        sql.Identifier("child_id" if names_child else "record_id"),
    )
    return {str(child): int(str(digest)) for child, digest in connection.execute(query).fetchall()}
