"""Which joins of a query leave one authority: read from its SQL, by a parser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp, parse_one

KEY = "authority_code"
Carried = dict[str, bool]
"""By name, whether a relation has the authority in each of its rows."""


@dataclass
class Reading:
    """What was found in one query: how many joins it has, and which lead from one authority's rows to another's."""

    relations: Mapping[tuple[str, str], bool]
    """Whether a relation (schema, name) has the authority in each row; one that is not named here is refused."""
    joins: int = 0
    across: list[str] = field(default_factory=list)


def read(query: str, relations: Mapping[tuple[str, str], bool]) -> Reading:
    """Read a query of PostgreSQL and return its joins; a KeyError names a relation that nobody told of."""
    reading = Reading(relations)
    _look(reading, parse_one(query, dialect="postgres"), {}, set())
    return reading


def _look(reading: Reading, query: exp.Expr, known: Carried, outer: set[str]) -> None:
    """Look through a query and all that it is made of; outer: the names with an authority around a subquery."""
    query = query.unnest()
    known = _with_named(reading, query, known)
    for named in _named(query):
        _look(reading, named.this, known, set())
    if isinstance(query, exp.SetOperation):
        for part in (query.left, query.right):
            _look(reading, part, known, outer)
    elif isinstance(query, exp.Select):
        _look_at_select(reading, query, known, outer)


def _look_at_select(reading: Reading, query: exp.Select, known: Carried, outer: set[str]) -> None:
    carried = _sources(reading, query, known)
    filters = _equal(query.args["where"].this) if query.args.get("where") else []
    seen = set(outer)
    first = query.args.get("from_")
    if first is not None and carried[first.this.alias_or_name]:
        name = first.this.alias_or_name
        # a subquery about the row around it is a join too, unless what it says of that row is no other's
        if outer and not _is_kept(filters, name, outer) and not _is_listed(query):
            reading.across.append(query.sql("postgres"))
        seen.add(name)
    for join in query.args.get("joins") or ():
        reading.joins += 1
        name = join.this.alias_or_name
        if not carried[name]:
            continue
        using = {column.name for column in join.args.get("using") or ()}
        conditions = filters + (_equal(join.args["on"]) if join.args.get("on") else [])
        if seen and KEY not in using and not _is_kept(conditions, name, seen):
            reading.across.append(join.sql("postgres"))
        seen.add(name)
    for part in _parts(query):
        is_source = isinstance(part.parent, exp.From | exp.Join)
        _look(reading, part if isinstance(part, exp.Select) else part.this, known, set() if is_source else seen)


def _named(query: exp.Expr) -> list[exp.Expr]:
    return list(query.args["with_"].expressions) if query.args.get("with_") else []


def _with_named(reading: Reading, query: exp.Expr, known: Carried) -> Carried:
    """Return what is known within a query: what its with clause names, each by those before it."""
    known = dict(known)
    for named in _named(query):
        # one that reads itself has the columns of its first part
        known[named.alias] = False
        known[named.alias] = _has_key(reading, named.this, known)
    return known


def _has_key(reading: Reading, query: exp.Expr, known: Carried) -> bool:
    """Tell whether a query's rows have the authority."""
    query = query.unnest()
    known = _with_named(reading, query, known)
    if isinstance(query, exp.SetOperation):
        return _has_key(reading, query.left, known)
    if not isinstance(query, exp.Select):
        return False
    sources = _sources(reading, query, known)
    for column in query.expressions:
        if column.alias_or_name == KEY:
            return True
        if column.is_star:
            of = [column.table] if isinstance(column, exp.Column) else list(sources)
            if any(sources[name] for name in of):
                return True
    return False


def _sources(reading: Reading, query: exp.Select, known: Carried) -> Carried:
    """Return what a select reads, by the name that it goes by there, and whether its rows have the authority."""
    read_ones = [query.args["from_"].this] if query.args.get("from_") else []
    read_ones += [join.this for join in query.args.get("joins") or ()]
    return {source.alias_or_name: _source_has_key(reading, source, known) for source in read_ones}


def _source_has_key(reading: Reading, source: exp.Expr, known: Carried) -> bool:
    if isinstance(source, exp.Subquery):
        return _has_key(reading, source.this, known)
    # unnest, generate_series, lateral, values: made of the row before them, or of no row
    if not isinstance(source, exp.Table) or not isinstance(source.this, exp.Identifier):
        return False
    return known[source.name] if not source.db and source.name in known else reading.relations[source.db, source.name]


def _parts(query: exp.Select) -> Iterator[exp.Expr]:
    """Yield the queries within a select, its with clause apart, but not those within these."""

    def is_end(node: exp.Expr) -> bool:
        return node is not query and isinstance(node, exp.Query | exp.Exists | exp.With)

    for node in query.walk(prune=is_end):
        if is_end(node) and not isinstance(node, exp.With):
            yield node


def _equal(condition: exp.Expr) -> list[tuple[exp.Expr, exp.Expr]]:
    """Return the pairs that a condition demands to be equal, whatever else it demands."""
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        return _equal(condition.left) + _equal(condition.right)
    if not isinstance(condition, exp.EQ):
        return []
    left, right = condition.left.unnest(), condition.right.unnest()
    if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
        return list(zip(left.expressions, right.expressions, strict=True))
    return [(left, right)]


def _is_kept(pairs: list[tuple[exp.Expr, exp.Expr]], name: str, others: set[str]) -> bool:
    """Tell whether the authority of one relation is demanded to be that of one of the others."""
    return any(
        left.name == right.name == KEY and {left.table, right.table} in [{name, other} for other in others]
        for left, right in pairs
        if isinstance(left, exp.Column) and isinstance(right, exp.Column)
    )


def _is_listed(query: exp.Select) -> bool:
    """Tell whether a subquery gives keys with their authority, in which a row is looked for."""
    around = query.find_ancestor(exp.In, exp.Select)
    return isinstance(around, exp.In) and KEY in query.named_selects
