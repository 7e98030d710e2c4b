"""Figures as a data table of StatsWales with its lookup tables; it decides nothing of what may be shown."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from csc_warehouse.rounding import half_up
from csc_warehouse.statswales.form import Form, load_form, year_code

NOTE_BY_STATUS = {"suppressed": "c", "insufficient_history": "x", "no_denominator": "z"}
"""Why there is no value."""
COLUMNS = (
    "area", "year", "indicator", "breakdown", "group", "measure", "notes", "data", "profile", "release", "as_at",
    "released", "source",
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One figure as a profile shows it: hidden numbers are None, and nothing here knows them."""

    authority_code: str
    indicator_code: str
    value_type: str
    period_type: str
    period_label: str
    breakdown: str
    breakdown_value: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    status: str
    is_break: bool
    """The series breaks within the period."""
    is_revised: bool
    """It was final before, and showed another number."""


@dataclass(frozen=True)
class Provenance:
    """Where the figures come from: every row of the table says so."""

    profile: str
    release_id: int
    as_at_date: datetime.date
    released_on: datetime.date
    source: str


def written_table(figures: Iterable[Figure], provenance: Provenance, form: Form | None = None) -> str:
    """Return the data table: a row per figure and measure, numbers as numbers, no value without a note code.

    Only years and quarters: the service has no code for other periods. Percentages and means to one decimal, half up.
    """
    form = form or load_form()
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([form.columns[name].heading for name in COLUMNS])
    for figure in figures:
        code = year_code(figure.period_type, figure.period_label)
        if code is None:
            continue
        for measure, notes, data in _values(figure, form):
            writer.writerow(
                [
                    *(figure.authority_code, code, figure.indicator_code, figure.breakdown, figure.breakdown_value),
                    *(measure, ",".join(notes), data),
                    *(provenance.profile, provenance.release_id, provenance.as_at_date, provenance.released_on),
                    provenance.source,
                ]
            )
    return file.getvalue()


def _values(figure: Figure, form: Form) -> Iterable[tuple[str, list[str], str]]:
    """Yield measure, note codes and number of all that a figure is made of."""
    notes = [
        *(["b"] if figure.is_break else []),
        *(["p"] if figure.status == "provisional" else []),
        *(["r"] if figure.is_revised else []),
    ]
    measure = form.measure_of(figure.value_type)
    why = NOTE_BY_STATUS.get(figure.status)
    yield _value(measure, figure.value, notes, why or "x", form)
    if figure.value_type in ("percent", "mean"):
        for name, number in (("numerator", figure.numerator), ("denominator", figure.denominator)):
            # a term without a number is hidden, whatever is shown of the figure
            yield _value(name, number, notes, "c", form)


def _value(
    measure: str, number: Decimal | None, notes: Sequence[str], why: str, form: Form
) -> tuple[str, list[str], str]:
    if number is None:
        return measure, [why], ""
    return measure, list(notes), plain(half_up(number, form.measures[measure].decimal or 0))


def plain(number: Decimal) -> str:
    """Return a number as a table has it: no exponent, and no nought behind the point."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def written_lookups(
    titles: Mapping[str, tuple[str, str]], measures: Iterable[str], form: Form | None = None
) -> dict[str, str]:
    """Return the lookup tables by name, in both languages: indicators (code: its titles), and the measures used."""
    form = form or load_form()
    indicators = [["refcode", "description_en", "description_cy", "sort"]]
    indicators += [[code, *titles[code], str(number)] for number, code in enumerate(sorted(titles), 1)]
    used = set(measures)
    rows = [["refcode", "type", "format", "decimal", "sort", "description_en", "description_cy"]]
    for number, (code, one) in enumerate(form.measures.items(), 1):
        if code in used:
            decimal = "" if one.decimal is None else str(one.decimal)
            rows.append([code, one.type, one.format, decimal, str(number), one.en, one.cy])
    return {"indicators": _csv(indicators), "measures": _csv(rows)}


def _csv(rows: Iterable[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()
