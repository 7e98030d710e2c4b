"""The published scorecard as a page on a terminal, from reporting alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.errors import CscWarehouseError, listed
from csc_warehouse.reporting import arguments
from csc_warehouse.warehouse import Warehouse

_LAST_HALF_YEAR = text(
    "select period_label, period_start_date, period_end_date from reporting.rpt_scorecard"
    " where authority_code = :authority_code and profile = :profile and period_type = 'half_year'"
    " and period_end_date <= as_at_date order by period_end_date desc limit 1"
)
_ALL_LABELS = text(
    "select period_label from reporting.rpt_scorecard"
    " where authority_code = :authority_code and profile = :profile"
    " group by period_label, period_type, period_end_date order by period_end_date desc, period_type"
)
_WITH_FIGURES = text("select distinct authority_code from reporting.rpt_scorecard order by authority_code")
_LABELS = text(
    "select period_label from reporting.rpt_scorecard"
    " where authority_code = :authority_code and profile = :profile and period_type in ('quarter', 'half_year')"
    " and period_start_date >= :start and period_end_date <= :end"
    " group by period_label, period_type, period_end_date order by period_type desc, period_end_date"
)
_FIGURES = text(
    "select indicator_code, local_code, title, unit, period_label, display, status, grade, caveat,"
    " commentary, as_at_date, release_id"
    " from reporting.rpt_scorecard"
    " where authority_code = :authority_code and profile = :profile and breakdown = 'all'"
    " and period_label = any(:labels) order by indicator_code"
)

_NO_VALUE = ("suppressed", "no_denominator", "insufficient_history")
"""Whose mark in the table says all that there is to say."""

_NOTHING_NEW = ("No clear change", "To be read", "Provisional")
"""How commentary begins that says nothing of its own; `explain` prints it."""


def _periods(connection: Connection, authority_code: str, profile: str, period: str | None, whom: str) -> list[str]:
    names = {"authority_code": authority_code, "profile": profile}
    labels: list[str] = list(connection.execute(_ALL_LABELS, names).scalars())
    if period is not None:
        return [arguments.period(period, labels, of=whom)]
    half_year = connection.execute(_LAST_HALF_YEAR, names).one_or_none()
    if half_year is None:
        raise CscWarehouseError(
            f"No half year has ended yet in what is published for {whom}: name a period, of {listed(labels)}."
        )
    bounds = {"start": half_year.period_start_date, "end": half_year.period_end_date}
    return list(connection.execute(_LABELS, names | bounds).scalars())


def read(warehouse: Warehouse, *, authority_code: str, profile: str, period: str | None) -> dict[str, Any]:
    """Return the figures of one authority, one row per indicator and a column per period, and the last one in words.

    Without a period: the last half year that had ended, with its quarters. Raises CscWarehouseError when nothing is
    published for that authority or period.
    """
    whom = arguments.name_of(warehouse.settings.config, authority_code)
    with warehouse.transaction() as connection:
        connection.execute(text("set transaction isolation level repeatable read"))
        if connection.execute(text("select to_regclass('reporting.rpt_scorecard')")).scalar() is None:
            raise CscWarehouseError("Nothing has been published yet: csc-warehouse status tells what has landed.")
        published: list[str] = list(connection.execute(_WITH_FIGURES).scalars())
        if authority_code not in published:
            others = " and ".join(f"--authority {code}" for code in published) or "nobody's"
            raise CscWarehouseError(f"Nothing is published for {whom}. Whose figures are: {others}.")
        labels = _periods(connection, authority_code, profile, period, whom)
        figures = connection.execute(
            _FIGURES, {"authority_code": authority_code, "profile": profile, "labels": labels}
        ).all()
    if not figures:
        raise CscWarehouseError(
            f"Nothing is published for {whom}, {' / '.join(labels)}: csc-warehouse status tells what is."
        )
    rows: dict[str, dict[str, Any]] = {}
    words: list[str] = []
    for figure in figures:
        code = f"{figure.indicator_code} ({figure.local_code})" if figure.local_code else figure.indicator_code
        row = rows.setdefault(
            figure.indicator_code,
            {"code": code, "title": figure.title, "grade": figure.grade or "", **dict.fromkeys(labels, "")},
        )
        marks = (" (p)" if figure.status == "provisional" else "") + (" ~" if figure.caveat else "")
        row[figure.period_label] = f"{figure.display}{marks}"
        is_worth_saying = figure.commentary and not figure.commentary.startswith(_NOTHING_NEW)
        if figure.period_label == labels[-1] and is_worth_saying and figure.status not in _NO_VALUE:
            words.append(f"{code} {figure.display}: {figure.commentary}")
    return {
        "authority_name": warehouse.settings.config.authorities[authority_code].name
        if authority_code in warehouse.settings.config.authorities
        else authority_code,
        "as_at_date": figures[0].as_at_date,
        "release_id": figures[0].release_id,
        "periods": labels,
        "rows": list(rows.values()),
        "words": words,
    }
