"""The half-yearly report to committee: one page and its figures as data, from a release's reporting alone."""

from __future__ import annotations

import csv
import datetime
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse import layouts
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.reporting import arguments
from csc_warehouse.reporting.pages import render
from csc_warehouse.reporting.report import answer, building, reading, words
from csc_warehouse.reporting.report.blocks import Chapter, Line
from csc_warehouse.reporting.report.book import Period, Revised
from csc_warehouse.reporting.report.printing import Printer
from csc_warehouse.reporting.spreadsheets import harmless
from csc_warehouse.sql_files import statement
from csc_warehouse.version import Origin
from csc_warehouse.warehouse import Warehouse

PROFILE = "committee"
LANGUAGE = "en"
MARKS = {
    "[c]": "hidden, so that no child can be recognised",
    "[z]": "nothing to divide by",
    "[x]": "history too short",
    "(p)": "provisional, the period had not ended or can still change",
    "(r)": "revised since it was signed",
    "\N{EN DASH}": "there is none",
}

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
_DIFFERING = text(statement(__name__, "differing"))
_CSV = (
    "authority_code", "indicator_code", "local_code", "title", "period_label", "period_start_date", "period_end_date",
    "display", "unit", "status", "target", "rating", "comparator", "comparator_label", "direction", "grade", "caveat",
    "as_at_date", "release_id", "code_version", "code_address",
)  # fmt: skip


@dataclass(frozen=True)
class Report:
    """What one report says; the same release, signed, always says the same."""

    authority_code: str
    authority_name: str
    release_id: int
    period: str
    as_at_date: datetime.date
    verdict: str
    reason: str
    origin: Origin
    """The code that made the release, and so the one whose figures were signed."""
    signatures: tuple[Any, ...]
    answer: tuple[Line, ...]
    chapters: tuple[Chapter, ...]
    revisions: tuple[Revised, ...]


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
    page = as_page(report)
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
    signatures = tuple(connection.execute(_SIGNATURE, key).all())
    revised = _revised(connection, key, is_signed=bool(signatures))
    book = reading.read(
        connection,
        release_id=release_id,
        authority_code=authority_code,
        profile=PROFILE,
        period=_period(figures, str(period)),
        as_at=published.as_at_date,
        revised=revised,
    )
    printer = Printer(book, layouts.load(_laid_over(warehouse)), LANGUAGE)
    chapters = building.chapters(printer)
    reason = (published.reason or "") if published.verdict == "caveats" else ""
    report = Report(
        authority_code=authority_code,
        authority_name=configured.name if configured else authority_code,
        release_id=release_id,
        period=str(period),
        as_at_date=published.as_at_date,
        verdict=published.verdict,
        reason=published.reason or "",
        origin=Origin(published.code_version, published.code_address),
        signatures=signatures,
        answer=answer.lines(printer, chapters, reason=reason, is_signed=bool(signatures)),
        chapters=chapters,
        revisions=revised,
    )
    return report, figures


def as_page(report: Report) -> str:
    """Return the report as a page that needs nothing outside itself."""
    return render.page(
        "committee.html.j2", origin=report.origin, report=report, marks=MARKS, grades=words.GRADES, tests=words.TESTS
    )


def _laid_over(warehouse: Warehouse) -> str | None:
    """Return what the council laid over the shipped layout; None where it laid nothing."""
    folder = warehouse.settings.overlay
    path = folder / layouts.FILE if folder is not None else None
    if path is None or not path.is_file():
        return None
    return path.read_text(encoding="utf-8-sig", errors="replace")


def _period(figures: list[dict[str, Any]], label: str) -> Period:
    row = next(figure for figure in figures if figure["period_label"] == label)
    return Period(row["period_type"], label, row["period_start_date"], row["period_end_date"])


def _revised(connection: Connection, key: dict[str, Any], *, is_signed: bool) -> tuple[Revised, ...]:
    """Return which figures were signed as others: as the signature says, or, before one, as it would say."""
    rows = connection.execute(_REVISIONS if is_signed else _DIFFERING, key)
    return tuple(
        Revised(
            code=row.indicator_code,
            title=row.title,
            period=row.period_label,
            before=row.revised_display or "",
            now=row.display,
            reason=row.revision_reason or "",
        )
        for row in rows
    )


def _spaced(period: str | None) -> str | None:
    return None if period is None else " ".join(period.split()).upper()


def _as_csv(figures: list[dict[str, Any]], origin: Origin) -> str:
    """Return the printed figures as data, each with the code that made it; hidden ones as hidden as on the page."""
    file = io.StringIO()
    writer = csv.DictWriter(file, _CSV, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    code = {"code_version": origin.version, "code_address": origin.address}
    writer.writerows({name: harmless(value) for name, value in (figure | code).items()} for figure in figures)
    return file.getvalue()
