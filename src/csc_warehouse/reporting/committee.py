"""The half-yearly report to committee: one page and its figures as data, from a release's reporting alone."""

from __future__ import annotations

import csv
import datetime
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.reporting import arguments
from csc_warehouse.reporting.pages import render
from csc_warehouse.reporting.spreadsheets import harmless
from csc_warehouse.sql_files import statement
from csc_warehouse.version import Origin
from csc_warehouse.warehouse import Warehouse

PROFILE = "committee"
AREAS = {
    "CON": "Contacts at the front door",
    "ASM": "Assessments",
    "REV": "Reviews",
    "CPR": "Child protection",
    "LAC": "Children looked after",
    "MIS": "Children missing from home or care",
    "PRE": "Prevention",
    "FF": "Families First",
    "ADO": "Adoption",
    "PM": "National measures",
    "CH": "National counts",
    "WRK": "Workforce",
    "FIN": "Money",
}
"""Chapters by the first letters of a code, in the order of the report; what has none comes last, as Others."""
OTHERS = "Other measures"
MARKS = {"[c]": "hidden to protect children", "[z]": "nothing to divide by", "[x]": "history too short"}

_RELEASE = text(statement(__name__, "release"))
_PUBLICATION = text(
    "select q.as_at_date, q.verdict, q.reason, q.published_at is not null as is_published, r.code_version,"
    " r.code_address, r.state"
    " from quality.publications as q inner join release.releases as r on r.release_id = q.release_id"
    " where q.release_id = :release and q.authority_code = :authority"
)
_LAST_HALF_YEAR = text(
    "select period_label from release.reporting__rpt_scorecard"
    " where release_id = :release and authority_code = :authority and profile = :profile"
    " and period_type = 'half_year' and period_end_date <= as_at_date order by period_end_date desc limit 1"
)
_LABELS = text(
    "select period_label from release.reporting__rpt_scorecard"
    " where release_id = :release and authority_code = :authority and profile = :profile"
    " group by period_label, period_type, period_end_date order by period_end_date desc, period_type"
)
_FIGURES = text(statement(__name__, "figures"))
_SIGNATURE = text(
    "select signed_by, accounts, signed_at, note from quality.signatures"
    " where release_id = :release and authority_code = :authority order by signed_at"
)
_REVISIONS = text(statement(__name__, "revisions"))
_CSV = (
    "authority_code", "indicator_code", "local_code", "title", "period_label", "period_start_date", "period_end_date",
    "display", "unit", "status", "target", "rating", "comparator", "comparator_label", "direction", "grade", "caveat",
    "as_at_date", "release_id", "code_version", "code_address",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One indicator: its figures by period, and what a reader must know of the last one."""

    code: str
    title: str
    unit: str
    cells: dict[str, str]
    target: str
    rating: str
    comparator: str
    direction: str
    grade: str
    caveat: str


@dataclass(frozen=True)
class Report:
    """What one report says; the same release, signed, always says the same."""

    authority_code: str
    authority_name: str
    release_id: int
    period: str
    periods: tuple[str, ...]
    as_at_date: datetime.date
    verdict: str
    reason: str
    origin: Origin
    """The code that made the release, and so the one whose figures were signed."""
    signatures: tuple[Any, ...]
    areas: tuple[tuple[str, tuple[Row, ...]], ...]
    revisions: tuple[Any, ...]


def write(
    warehouse: Warehouse, *, period: str | None, out: Path, release_id: int | None, authority_code: str
) -> list[Path]:
    """Write the page and the data of a period's report below a folder, and return their paths.

    Default: the latest signed release that has the period, else the one that readers see; the last half year that had
    ended. Raises CscWarehouseError for a held release, one whose figures are gone, and a period that it does not have.
    """
    with warehouse.transaction() as connection:
        connection.execute(text("set transaction isolation level repeatable read"))
        report, figures = read(connection, warehouse, period, release_id, authority_code)
    page = render.page("committee.html.j2", origin=report.origin, report=report, marks=MARKS)
    name = f"{report.period.replace('/', '-').replace(' ', '-')}-release-{report.release_id}"
    folder = out / authority_code
    return [
        render.write(folder / f"{name}.html", page),
        render.write(folder / f"{name}.csv", _as_csv(figures, report.origin)),
    ]


def period_of(warehouse: Warehouse, period: str | None, release_id: int, authority_code: str) -> str:
    """Return the label of the period that a report of a release is about. Raises as write does."""
    with warehouse.transaction() as connection:
        return read(connection, warehouse, period, release_id, authority_code)[0].period


def read(
    connection: Connection, warehouse: Warehouse, period: str | None, release_id: int | None, authority_code: str
) -> tuple[Report, list[dict[str, Any]]]:
    """Return what the report says, and its figures: one row per indicator and period. Raises as write does."""
    whom = arguments.name_of(warehouse.settings.config, authority_code)
    key: dict[str, Any] = {"authority": authority_code, "profile": PROFILE, "period": _spaced(period)}
    if release_id is None:
        release_id = connection.execute(_RELEASE, key).scalar()
    if release_id is None:
        raise CscWarehouseError(f"Nothing is published for {whom}: csc-warehouse status tells what is.")
    key["release"] = arguments.release(connection, release_id, authority_code, whom=whom)
    published = connection.execute(_PUBLICATION, key).one()
    if published.verdict == "held" or not published.is_published:
        raise CscWarehouseError(
            f"Release {release_id} was held or not published for {authority_code}: no report of it."
        )
    labels: list[str] = list(connection.execute(_LABELS, key).scalars())
    if period is None:
        period = connection.execute(_LAST_HALF_YEAR, key).scalar()
    elif labels:
        period = arguments.period(period, labels, of=f"release {release_id}, {whom}")
    key["period"] = period
    figures = [dict(row) for row in connection.execute(_FIGURES, key).mappings()]
    if not figures:
        gone = " Its figures have expired." if published.state == "expired" else ""
        raise CscWarehouseError(f"Release {release_id} of {authority_code} has no figures of {period}.{gone}")
    configured = warehouse.settings.config.authorities.get(authority_code)
    report = Report(
        authority_code=authority_code,
        authority_name=configured.name if configured else authority_code,
        release_id=release_id,
        period=str(period),
        periods=_periods(figures, str(period)),
        as_at_date=published.as_at_date,
        verdict=published.verdict,
        reason=published.reason or "",
        origin=Origin(published.code_version, published.code_address),
        signatures=tuple(connection.execute(_SIGNATURE, key).all()),
        areas=_areas(figures, str(period)),
        revisions=tuple(connection.execute(_REVISIONS, key).all()),
    )
    return report, figures


def _spaced(period: str | None) -> str | None:
    return None if period is None else " ".join(period.split()).upper()


def _periods(figures: list[dict[str, Any]], period: str) -> tuple[str, ...]:
    """Return the quarters of the period in order, and the period itself last."""
    by_end = sorted({(row["period_end_date"], row["period_label"]) for row in figures if row["period_label"] != period})
    return (*(label for _, label in by_end), period)


def _areas(figures: list[dict[str, Any]], period: str) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    by_code: dict[str, list[dict[str, Any]]] = {}
    for figure in figures:
        by_code.setdefault(figure["indicator_code"], []).append(figure)
    chapters: dict[str, list[Row]] = {title: [] for title in (*AREAS.values(), OTHERS)}
    for code, rows in by_code.items():
        chapters[AREAS.get(chapter_of(code), OTHERS)].append(_row(rows, period))
    return tuple((title, tuple(rows)) for title, rows in chapters.items() if rows)


def chapter_of(code: str) -> str:
    """Return the letters that a code begins with: PM of PM29a."""
    return code[: next((place for place, letter in enumerate(code) if not letter.isalpha()), len(code))]


def _row(figures: list[dict[str, Any]], period: str) -> Row:
    last = next((figure for figure in figures if figure["period_label"] == period), figures[-1])
    comparator = ""
    if last["comparator"] is not None:
        comparator = f"{_number(last['comparator'])} ({last['comparator_label']})"
    return Row(
        code=last["local_code"] or last["indicator_code"],
        title=last["title"],
        unit=last["unit"] or "",
        cells={figure["period_label"]: _shown(figure) for figure in figures},
        target="" if last["target"] is None else _number(last["target"]),
        rating=last["rating"] or "",
        comparator=comparator,
        direction=last["direction"] or "",
        grade=last["grade"] or "",
        caveat=last["caveat"] or "",
    )


def _shown(figure: dict[str, Any]) -> str:
    return f"{figure['display']} (p)" if figure["status"] == "provisional" else str(figure["display"] or "")


def _number(value: Any) -> str:
    return f"{float(value):,.1f}".removesuffix(".0")


def _as_csv(figures: list[dict[str, Any]], origin: Origin) -> str:
    """Return the printed figures as data, each with the code that made it; hidden ones as hidden as on the page."""
    file = io.StringIO()
    writer = csv.DictWriter(file, _CSV, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    code = {"code_version": origin.version, "code_address": origin.address}
    writer.writerows({name: harmless(value) for name, value in (figure | code).items()} for figure in figures)
    return file.getvalue()
