"""Which versions of which rows a build sets right: the rectifications that people decided, held against row history.

A rectification says what is right where a row says what was wrong when it was decided, and in every version that came
later, until the source says the same. That is read from row history each time: a delivery that is withdrawn, comes late
or is landed again changes the answer by itself. The versions stay as they were sent.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row

from csc_warehouse.contracts import SourceContract, load_contracts
from csc_warehouse.contracts.canonical import canonical_function
from csc_warehouse.warehouse import Warehouse

_IN_FORCE = "select * from landing.rectifications where undone_at is null order by decided_at, rectification_id"


@dataclass(frozen=True)
class Version:
    """One version of a row, and what it says in the rectified column."""

    valid_from_date: datetime.date
    valid_to_date: datetime.date | None
    delivery_id: int
    record_number: int
    value: str


@dataclass(frozen=True)
class RectificationState:
    """What row history makes of one rectification; no value of a child is in it."""

    rectification_id: str
    authority_code: str
    source: str
    entity: str
    column_name: str
    state: str
    """applied, contradicted (the source says a third value since), ended (it says the same) or absent."""
    since_date: datetime.date | None = None
    delivery_id: int | None = None

    def __str__(self) -> str:
        """Return it as a sentence without a value."""
        what = f"Rectification {self.rectification_id} ({self.source} {self.entity}.{self.column_name})"
        if self.state == "ended":
            return f"{what} has ended: the source says the same since {self.since_date} (delivery {self.delivery_id})."
        if self.state == "contradicted":
            return (
                f"{what} is applied, and the source says a third value since {self.since_date} (delivery"
                f" {self.delivery_id}): decide again, or undo it."
            )
        if self.state == "absent":
            return f"{what} is not applied: row history has no such row any more."
        return f"{what} is applied until the source says the same."


@dataclass
class _Applied:
    state: RectificationState
    versions: list[Version] = field(default_factory=list)


def apply_rectifications(warehouse: Warehouse) -> list[str]:
    """Write which versions the build sets right; return a sentence for each rectification whose state has changed.

    The sentences hold no value and no id of a child. Grain of staging.rectified_rows: one version of a row.
    """
    with warehouse.raw_connection() as connection, connection.transaction():
        decisions, found = _judged(connection, warehouse)
        before: dict[str, str] = dict(
            connection.execute("select rectification_id, state from staging.rectification_states").fetchall()
        )
        connection.execute("truncate staging.rectified_rows, staging.rectification_states")
        _write_rows(connection, decisions, found)
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into staging.rectification_states"
                " (rectification_id, authority_code, state, since_date, delivery_id) values (%s, %s, %s, %s, %s)",
                [
                    (s.rectification_id, s.authority_code, s.state, s.since_date, s.delivery_id)
                    for s in (each.state for each in found)
                ],
            )
    return [str(each.state) for each in found if before.get(each.state.rectification_id) != each.state.state]


def rectification_states(warehouse: Warehouse) -> dict[str, RectificationState]:
    """Return what row history makes of each rectification that was not undone, by its name; nothing is written."""
    with warehouse.raw_connection() as connection:
        _, found = _judged(connection, warehouse)
    return {each.state.rectification_id: each.state for each in found}


def judge(
    versions: Sequence[Version],
    *,
    said_value: str,
    right_value: str,
    said_on_date: datetime.date,
    canonical: Callable[[str], str],
) -> tuple[str, Version | None, list[Version]]:
    """Return the state of a rectification, the version that brought it about, and the versions that it sets right.

    versions: of one row, by their first day. canonical: of the column, so that one fact in two spellings is one value.
    """
    if not versions:
        return "absent", None, []
    wrong, right = canonical(said_value), canonical(right_value)
    then = next((v for v in reversed(versions) if v.valid_from_date <= said_on_date), None)
    # what was sent anew for that day, once it was decided, is an answer as well
    later = [then] if then is not None and canonical(then.value) != wrong else []
    later += [v for v in versions if v.valid_from_date > said_on_date]
    ending = next((v for v in later if canonical(v.value) == right), None)
    applied = [
        v
        for v in versions
        if (ending is None or v.valid_from_date < ending.valid_from_date)
        and (canonical(v.value) == wrong or v in later)
    ]
    if ending is not None:
        return "ended", ending, applied
    third = next((v for v in later if canonical(v.value) != wrong), None)
    return ("applied", None, applied) if third is None else ("contradicted", third, applied)


def _judged(connection: psycopg.Connection, warehouse: Warehouse) -> tuple[list[Any], list[_Applied]]:
    contracts = load_contracts(warehouse.settings.config.sources)
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        read: list[Any] = cursor.execute(_IN_FORCE).fetchall()
    decisions = [decision for decision in read if decision.source in contracts]
    return decisions, [_one(connection, contracts[decision.source], decision) for decision in decisions]


def _one(connection: psycopg.Connection, contract: SourceContract, decision: Any) -> _Applied:
    entity = contract.entities[decision.entity]
    read = connection.execute(
        sql.SQL(
            "select valid_from_date, valid_to_date, delivery_id, record_number, {} from landing.{}"
            " where authority_code = %s and row_key = %s order by valid_from_date"
        ).format(sql.Identifier(decision.column_name), sql.Identifier(f"{decision.source}_{decision.entity}")),
        [decision.authority_code, decision.row_key],
    )
    versions = [Version(*row) for row in read.fetchall()]
    state, version, applied = judge(
        versions,
        said_value=decision.said_value,
        right_value=decision.right_value,
        said_on_date=decision.said_on_date,
        canonical=canonical_function(entity.by_name[decision.column_name], contract.text),
    )
    return _Applied(
        RectificationState(
            decision.rectification_id,
            decision.authority_code,
            decision.source,
            decision.entity,
            decision.column_name,
            state,
            version.valid_from_date if version else None,
            version.delivery_id if version else None,
        ),
        applied,
    )


def _write_rows(connection: psycopg.Connection, decisions: Iterable[Any], found: Iterable[_Applied]) -> None:
    """Write one row per version, with the values of all rectifications that speak of it."""
    rows: dict[tuple[Any, ...], tuple[Version, dict[str, str], list[str]]] = {}
    for decision, each in zip(decisions, found, strict=True):
        for version in each.versions:
            place = (decision.source, decision.entity, decision.authority_code, decision.row_key)
            _, values, names = rows.setdefault((*place, version.valid_from_date), (version, {}, []))
            values[decision.column_name] = decision.right_value
            names.append(f"{decision.column_name} (rectification {decision.rectification_id})")
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into staging.rectified_rows (source_name, entity, authority_code, row_key, valid_from_date,"
            " delivery_id, record_number, right_values, rectified_columns)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (*place, version.delivery_id, version.record_number, json.dumps(values), ", ".join(names))
                for place, (version, values, names) in rows.items()
            ],
        )
