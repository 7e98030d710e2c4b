"""Tests of columns that one statement per relation answers: dbt would ask each by itself, as dear as a model.

They stay what they are in the project's YAML, and dbt by hand still runs them one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg

from csc_warehouse.errors import WarehouseUnavailableError
from csc_warehouse.transform.authority_tests import HOLDS_ITS_AUTHORITY
from csc_warehouse.warehouse import Warehouse
from csc_warehouse.warehouse.engine import APPLICATION

CONNECTIONS = 4
AS_DBT_HAS_IT = {
    "severity": "ERROR",
    "where": None,
    "limit": None,
    "fail_calc": "count(*)",
    "error_if": "!= 0",
    "store_failures": None,
    "store_failures_as": None,
}
"""How a test is configured that says nothing of it."""
_FAILED = "Got {count} {results}, configured to fail if != 0"
"""As dbt words it."""


def _nulls(relation: str, column_name: str) -> str:
    del relation
    return f"count(*) filter (where {column_name} is null)"


def _repeated(relation: str, column_name: str) -> str:
    return (
        f"(select count(*) from (select from {relation} where {column_name} is not null"
        f" group by {column_name} having count(*) > 1) as repeated)"
    )


def _repeated_together(relation: str, columns: Sequence[str]) -> str:
    listed = ", ".join(columns)
    return f"(select count(*) from (select from {relation} group by {listed} having count(*) > 1) as repeated)"


def _unlisted(relation: str, column_name: str, values: Sequence[str]) -> str:
    del relation
    listed = ", ".join(f"'{value}'" for value in values)
    return f"count(distinct {column_name}) filter (where {column_name} not in ({listed}))"


KINDS: Mapping[str, tuple[frozenset[str], Callable[..., str]]] = {
    "not_null": (frozenset({"column_name"}), _nulls),
    "unique": (frozenset({"column_name"}), _repeated),
    "unique_combination": (frozenset({"columns"}), _repeated_together),
    "accepted_values": (frozenset({"column_name", "values"}), _unlisted),
}
"""By the name of a generic test: the arguments that it must have, and how the number of its failing rows is counted."""


@dataclass(frozen=True)
class ColumnTest:
    """One test: its name, the unique id of the model or seed that it is about, that relation, and its count."""

    name: str
    about: str
    relation: str
    count: str


@dataclass(frozen=True)
class Answer:
    """What a test found: pass or fail in dbt's words; error in the server's own, where it refused to answer."""

    name: str
    status: str
    message: str


def kinds_asked_here(manifest: Any) -> tuple[str, ...]:
    """Return which kinds of generic tests need not be dbt's: all tests of the kind are as plain as those known here.

    manifest: the project as dbt parsed it, an overlay's tests among them.
    """
    others = {kind for node in _generic_tests(manifest) if not _is_plain(node, kind := node.test_metadata.name)}
    return tuple(kind for kind in KINDS if kind not in others)


def find(manifest: Any, built: Collection[str]) -> list[ColumnTest]:
    """Return the tests, of kinds_asked_here, about the nodes of these unique ids."""
    asked = kinds_asked_here(manifest)
    found = []
    for node in _generic_tests(manifest):
        kind, about = node.test_metadata.name, node.attached_node
        if kind not in asked or about not in built:
            continue
        parent = manifest.nodes[about]
        relation = f'"{parent.schema}"."{parent.alias}"'
        names, count = KINDS[kind]
        arguments = {name: node.test_metadata.kwargs[name] for name in names}
        found.append(ColumnTest(node.name, about, relation, count(relation, **arguments)))
    return sorted(found, key=lambda test: test.name)


def ask(warehouse: Warehouse, tests: Sequence[ColumnTest], planner: str) -> list[Answer]:
    """Ask the tests, those about one relation at once, and return what each found, in their order.

    planner: libpq's options under which whole tables are read.

    Raises WarehouseUnavailableError when the server is lost.
    """
    by_relation: dict[str, list[ColumnTest]] = defaultdict(list)
    for test in tests:
        by_relation[test.relation].append(test)
    if not by_relation:
        return []
    # each hand takes every so many of them, over one connection
    hands = [list(by_relation.items())[number::CONNECTIONS] for number in range(CONNECTIONS)]

    def work(relations: Sequence[tuple[str, Sequence[ColumnTest]]]) -> list[Answer]:
        if not relations:
            return []
        options = f"{planner} {warehouse.session_options}".strip()
        url = warehouse.url_for("libpq")
        with psycopg.connect(url, autocommit=True, options=options, application_name=APPLICATION) as connection:
            return [answer for relation, asked in relations for answer in _ask(connection, relation, asked)]

    try:
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            answers = {answer.name: answer for part in pool.map(work, hands) for answer in part}
    except psycopg.OperationalError as error:
        raise WarehouseUnavailableError(
            "The database was lost during the build. Nothing was published; run the command again."
        ) from error
    return [answers[test.name] for test in tests]


def _ask(connection: psycopg.Connection, relation: str, tests: Sequence[ColumnTest]) -> list[Answer]:
    counts = ", ".join(test.count for test in tests)
    # one row also where nothing is an aggregate
    statement = f"select {counts} from {relation} having true"
    try:
        row = connection.execute(statement.encode()).fetchone() or ()
    except psycopg.Error as error:
        if connection.closed:
            raise
        return [Answer(test.name, "error", str(error)) for test in tests]
    return [_answer(test, int(count)) for test, count in zip(tests, row, strict=True)]


def _answer(test: ColumnTest, count: int) -> Answer:
    if count == 0:
        return Answer(test.name, "pass", "")
    return Answer(test.name, "fail", _FAILED.format(count=count, results="result" if count == 1 else "results"))


def _generic_tests(manifest: Any) -> list[Any]:
    return [
        node
        for node in manifest.nodes.values()
        if str(node.resource_type) == "test" and getattr(node, "test_metadata", None) is not None
    ]


def _is_plain(node: Any, kind: str) -> bool:
    """Tell whether a test is configured as if nothing were said of it, and has only arguments that are known here."""
    if kind not in KINDS:
        return True
    arguments = {name: value for name, value in node.test_metadata.kwargs.items() if name != "model"}
    values = arguments.get("values", [])
    return (
        all(getattr(node.config, name) == value for name, value in AS_DBT_HAS_IT.items())
        and not (node.config.meta or {}).get(HOLDS_ITS_AUTHORITY)
        and node.test_metadata.namespace is None
        and node.attached_node is not None
        and node.depends_on.nodes == [node.attached_node]
        and arguments.keys() == KINDS[kind][0]
        and all(isinstance(value, str) and "'" not in value for value in values)
    )
