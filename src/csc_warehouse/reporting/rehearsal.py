"""What a cut-over would change: the same day told without the new system and with it, fact by fact, figure by figure.

Both releases lie in the rehearsal's own warehouse; nothing here reads or writes the live one (deliveries.md section 8).
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from csc_warehouse.reporting.compare import REASONS, moved_figures, moved_records
from csc_warehouse.reporting.pages.render import british
from csc_warehouse.reporting.terms import in_terms
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse

MOST_LISTED = 5_000
"""Records listed in one section; the counts are of all."""
_FACTS = text(statement(__name__, "facts"))
_DAYS = text(
    "select as_at_date from release.release_authorities"
    " where authority_code = :authority_code and release_id in (:earlier, :later) order by release_id"
)
_KIND = text("select kind from landing.deliveries where delivery_id = :delivery_id")


@dataclass(frozen=True)
class Part:
    """One part of the report: a heading, a sentence, and a table whose rows are as long as its headings."""

    title: str
    note: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Rehearsal:
    """A cut-over before it happens."""

    system: str
    title: str
    authority_code: str
    day: datetime.date
    parts: Sequence[Part] = field(default_factory=tuple)
    answer: Sequence[str] = field(default_factory=tuple)
    """The first thing to be read: a sentence each."""


def rehearsal_of(  # noqa: PLR0917  (two releases, and what they are of)
    warehouse: Warehouse,
    system: str,
    title: str,
    authority_code: str,
    day: datetime.date,
    releases: tuple[int, int],
    landed: Sequence[str],
) -> Rehearsal:
    """Return what differs between the release without the new system and the one with it.

    landed: what landing said of the new system's delivery, a sentence each.
    """
    earlier, later = releases
    names = {"authority_code": authority_code, "earlier": earlier, "later": later, "code": None}
    with warehouse.transaction() as connection:
        facts = connection.execute(_FACTS, names).all()
        figures = moved_figures(connection, names)
        records = moved_records(connection, names)
        days: Sequence[datetime.date] = connection.execute(_DAYS, names).scalars().all()
    parts = parts_of(system, landed, facts, figures, records)
    answer = [*days_apart(title, days), *_answer(title, day, facts, figures, records)]
    return Rehearsal(system, title, authority_code, day, parts, answer)


def days_apart(title: str, days: Sequence[datetime.date]) -> list[str]:
    """Say that the two releases are of different days, where they are: what a day changes is no fault of a migration.

    days: as at which the release without the new system stands, and the one with it (indicators.md rule 1.7).
    """
    if len(set(days)) == 1:
        return []
    earlier, later = days
    return [
        f"What is in use delivered last for {british(earlier)}, and the first full of {title} is of {british(later)}:"
        " what happened in between, and what waits longer by then, is among the differences. Ask the supplier for a"
        f" full of {british(earlier)}, or land a delivery of {british(later)}, and rehearse again."
    ]


def kind_of(warehouse: Warehouse, delivery_id: int) -> str:
    """Return full or delta of a delivery that was landed."""
    with warehouse.transaction() as connection:
        kind: str = connection.execute(_KIND, {"delivery_id": delivery_id}).scalar_one()
    return kind


def parts_of(
    system: str, landed: Sequence[str], facts: Sequence[Any], figures: Sequence[Any], records: Sequence[Any]
) -> list[Part]:
    """Return the report's parts, in their order; facts, figures and records as the statements give them."""
    return [
        Part("What landing said", "Of the new system's first full.", ["Sentence"], [[sentence] for sentence in landed]),
        _entities(system, facts),
        _gone(facts),
        _came(system, facts),
        _figures(figures),
        _records(records),
    ]


def _answer(
    title: str, day: datetime.date, facts: Sequence[Any], figures: Sequence[Any], records: Sequence[Any]
) -> list[str]:
    gone = sum(row.later_source is None for row in facts)
    came = sum(row.earlier_source is None for row in facts)
    others = sum(bool(row.is_of_another_child) for row in facts)
    sentences = [
        f"As at {british(day)}, told by {title}, {len(figures):,} figures would differ, by {len(records):,} records.",
        f"{gone:,} facts would be gone, {came:,} would be new, and {others:,} would be another child's.",
    ]
    if not (gone or came or others or figures):
        sentences.append("Nothing would change: the migration carried everything over.")
    return sentences


def _entities(system: str, facts: Iterable[Any]) -> Part:
    counts: dict[str, Counter[str]] = {}
    for row in facts:
        found = counts.setdefault(row.entity, Counter())
        found["before"] += row.earlier_source is not None
        found["after"] += row.later_source is not None
        found["over"] += row.earlier_source is not None and row.later_source == system
        found["stays"] += row.earlier_source is not None and row.later_source not in (None, system)
        found["gone"] += row.later_source is None
        found["new"] += row.earlier_source is None
        found["child"] += bool(row.is_of_another_child)
    shown = {
        "before": "Facts now",
        "after": "Facts then",
        "over": "Carried over",
        "stays": "Left behind, and standing",
        "gone": "Gone",
        "new": "New",
        "child": "Another child's",
    }
    return Part(
        "By entity",
        "Each fact counts once, by whichever system gives it. What was left behind stands from the earlier system's"
        " last delivery.",
        ["Entity", *shown.values()],
        [
            [entity.replace("_", " "), *(f"{found[name]:,}" for name in shown)]
            for entity, found in sorted(counts.items())
        ],
    )


def _gone(facts: Iterable[Any]) -> Part:
    rows = [
        [row.entity.replace("_", " "), row.earlier_source, row.earlier_record_id or "", row.record_key]
        for row in facts
        if row.later_source is None
    ]
    note = (
        f"They stand now and would not then: {len(rows):,}. A row of the new system names them and was taken back, or"
        " what is in use had them first on the day of the full, whose place the full takes: they are among the new."
    )
    return Part(
        "Facts that would be gone", note, ["Entity", "System", "Its number there", "Record key"], rows[:MOST_LISTED]
    )


def _came(system: str, facts: Iterable[Any]) -> Part:
    rows = [
        [
            row.entity.replace("_", " "),
            row.later_source,
            row.later_record_id or "",
            f"delivery {row.later_delivery_id}, record {row.later_record_number}",
            row.record_key,
        ]
        for row in facts
        if row.earlier_source is None
    ]
    note = (
        f"They would stand then and do not now: {len(rows):,}. Keyed in {system} since, or carried over without the"
        " number of the row that they were."
    )
    headings = ["Entity", "System", "Its number there", "Where it came", "Record key"]
    return Part("Facts that would be new", note, headings, rows[:MOST_LISTED])


def _figures(figures: Iterable[Any]) -> Part:
    rows = [
        [
            row.indicator_code,
            row.period_label,
            in_terms(row.earlier_value, row.earlier_numerator, row.earlier_denominator),
            in_terms(row.later_value, row.later_numerator, row.later_denominator),
        ]
        for row in figures
    ]
    note = f"{len(rows):,} figures of whole periods, as they stand now and would then."
    return Part("Figures that would differ", note, ["Indicator", "Period", "Now", "Then"], rows)


def _records(records: Sequence[Any]) -> Part:
    rows = [
        [
            record.indicator_code,
            record.record_key,
            record.what,
            REASONS[record.reason],
            record.earlier_evidence or "",
            record.later_evidence or "",
        ]
        for record in records
    ]
    note = f"{len(rows):,} records move a figure; each is led back to its row by csc-warehouse explain."
    headings = ["Indicator", "Record key", "What", "Why", "Evidence now", "Evidence then"]
    return Part("Records that would move them", note, headings, rows[:MOST_LISTED])
