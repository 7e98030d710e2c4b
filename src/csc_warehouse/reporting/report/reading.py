"""Read a book: everything that one report says, in one transaction, from one release as it was published."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.reporting.report import earlier
from csc_warehouse.reporting.report.book import (
    Book,
    Break,
    Comparator,
    Entry,
    Figure,
    Label,
    Note,
    Period,
    Revised,
    Target,
)
from csc_warehouse.sql_files import statement
from csc_warehouse.texts import Language, Part

YEARS_BACK = 5
KINDS = ("quarter", "half_year", "year")

_SERIES = text(statement(__name__, "series"))
_REGISTER = text(statement(__name__, "register"))
_COMPARATORS = text(statement(__name__, "comparators"))
_TARGETS = text(statement(__name__, "targets"))
_BREAKS = text(statement(__name__, "breaks"))
_LABELS = text(statement(__name__, "labels"))
_HAS_LABELS = text("select to_regclass('release.reporting__rpt_breakdown_labels') is not null")
_EARLIER = text(statement(__name__, "earlier"))
_NOTES = text(statement(__name__, "notes"))
_BOUNDS = text(statement(__name__, "bounds"))


def read(
    connection: Connection,
    *,
    release_id: int,
    authority_code: str,
    profile: str,
    period: Period,
    as_at: datetime.date,
    revised: tuple[Revised, ...],
    signed: int | None,
    names_cy: Mapping[str, str] | None = None,
    language: Language = "en",
) -> Book:
    """Return the book of a period: its figures and those of the five years before, as the profile shows them.

    What the council published of periods before the first of them is added, and marked wherever it stands.

    signed: the decision that signed the release, after which no author's note counts; None: nobody signed it. names_cy:
    what places are called in Welsh, by their codes. language: of the notes, where a section has one in both.
    """
    key: dict[str, Any] = {
        "release": release_id,
        "authority": authority_code,
        "profile": profile,
        "period_type": period.kind,
        "from_date": datetime.date(period.start.year - YEARS_BACK, 1, 1),
        "to_date": period.end,
        "as_at": as_at,
        "financial_year": _financial_year(period.end),
        "period": period.label,
        "signed": signed,
    }
    figures: dict[tuple[str, str, str], dict[str, Figure]] = defaultdict(dict)
    periods: set[Period] = set()
    for row in connection.execute(_SERIES, key):
        periods.add(Period(row.period_type, row.period_label, row.period_start_date, row.period_end_date))
        figures[row.indicator_code, row.breakdown, row.breakdown_value][row.period_label] = Figure(
            period=row.period_label,
            display=row.display or "",
            value=row.value,
            numerator=row.numerator,
            denominator=row.denominator,
            status=row.status,
            previous=row.previous_value,
            target=row.target,
            rating=row.rating or "",
            direction=row.direction or "",
            grade=row.grade or "",
            caveat=row.caveat or "",
        )
    comparators: dict[str, list[Comparator]] = defaultdict(list)
    for row in connection.execute(_COMPARATORS, key):
        quartiles = None
        if row.lower_quartile is not None and row.upper_quartile is not None:
            quartiles = (row.lower_quartile, row.upper_quartile)
        is_own = row.scope_code == authority_code
        # the latest of each
        if not any(known.is_own == is_own for known in comparators[row.indicator_code]):
            comparators[row.indicator_code].append(
                Comparator(
                    row.scope, is_own, row.period_label, row.value, quartiles, (names_cy or {}).get(row.scope_code, "")
                )
            )
    targets: dict[str, list[Target]] = defaultdict(list)
    for row in connection.execute(_TARGETS, key):
        targets[row.indicator_code].append(
            Target(row.comparison, row.target_value, row.valid_from_date, row.valid_to_date)
        )
    breaks: dict[str, list[Break]] = defaultdict(list)
    for row in connection.execute(_BREAKS, key):
        breaks[row.indicator_code].append(Break(row.break_date, {"en": row.reason, "cy": row.reason_cy}))
    register = {row.code: _entry(row) for row in connection.execute(_REGISTER, key)}
    earlier.add(figures, periods, connection.execute(_EARLIER, key), register, period)
    return Book(
        period=period,
        as_at=as_at,
        periods=tuple(sorted(periods | {period}, key=lambda each: (each.kind, each.end, each.start))),
        figures=dict(figures),
        register=register,
        comparators={code: tuple(found) for code, found in comparators.items()},
        targets={code: tuple(found) for code, found in targets.items()},
        breaks={code: tuple(found) for code, found in breaks.items()},
        leanings={
            (row.indicator_code, row.period_label): (row.may_be_higher, row.may_be_lower)
            for row in connection.execute(_BOUNDS, key)
        },
        revised=revised,
        notes=_notes(connection.execute(_NOTES, key), language),
        labels=_labels(connection, key),
    )


def _labels(connection: Connection, key: dict[str, Any]) -> dict[tuple[str, str], Label]:
    """Return what groups are called; nothing where no night of a version that names them was published yet."""
    if not connection.execute(_HAS_LABELS).scalar():
        return {}
    return {
        (row.breakdown, row.breakdown_value): Label({"en": row.title, "cy": row.title_cy}, row.sort_order)
        for row in connection.execute(_LABELS, key)
    }


def _entry(row: Any) -> Entry:
    return Entry(
        code=row.code,
        local_code=row.local_code or "",
        titles={"en": row.title, "cy": row.title_cy or Part(row.title, "en")},
        framework=row.framework,
        flow_or_stock=row.flow_or_stock,
        value_type=row.value_type,
        unit=row.unit or "",
        good_direction=row.good_direction,
        period_types=frozenset(row.period_types.split("|")),
        is_confirmed=row.is_confirmed,
        confirm_note=row.confirm_note or "",
        numerator_text=row.numerator_text,
        denominator_text=row.denominator_text or "",
    )


def _notes(rows: Iterable[Any], language: Language) -> dict[str, Note]:
    """Return the note of each section: in the language where there is one, else in the other."""
    standing = [row for row in rows if not row.is_removed]
    standing.sort(key=lambda row: row.note_language == language)
    return {row.section: _note(row) for row in standing}


def _note(row: Any) -> Note:
    paragraphs = (" ".join(part.split()) for part in row.note_text.split("\n\n"))
    return Note(tuple(part for part in paragraphs if part), row.person, row.decided_at.date(), row.note_language)


def _financial_year(day: datetime.date) -> str:
    first = day.year if (day.month, day.day) >= (4, 1) else day.year - 1
    return f"{first}/{(first + 1) % 100:02d}"
