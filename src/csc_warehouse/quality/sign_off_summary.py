"""What a performance lead reads before signing: the verdict, the grades, and what changes of what was signed before."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse

MOST_ROWS = 25
"""A longer table is not read; the quality report holds everything."""

_SHOWN = text("select release_id from release.pointer where authority_code = :authority")
_PUBLICATION = text(
    "select as_at_date, verdict, reason, published_at is not null as is_published from quality.publications"
    " where release_id = :release and authority_code = :authority"
)
_SIGNED = text(
    "select signed_by, accounts, signed_at::date as signed_on from quality.signatures"
    " where release_id = :release and authority_code = :authority limit 1"
)
_DAYS = text(
    "select period_start_date, period_end_date from release.reporting__rpt_scorecard"
    " where release_id = :release and authority_code = :authority and period_label = :period limit 1"
)
_GRADES = text(statement(__name__, "grades"))
# all that signing compares, so that nobody is asked for a reason that this has not announced; a figure that several
# audiences see is listed once, as the committee sees it
_REVISIONS = text(statement(__name__, "revisions"))


@dataclass(frozen=True)
class Chosen:
    """A release that somebody may sign."""

    release_id: int
    as_at_date: datetime.date
    verdict: str
    reason: str


def choose(warehouse: Warehouse, release_id: int | None, authority_code: str) -> Chosen:
    """Return the release that is to be signed. Default: the one that readers see.

    Raises CscWarehouseError when there is none, or it was held, is not published or is signed already.
    """
    with warehouse.transaction() as connection:
        if release_id is None:
            release_id = connection.execute(_SHOWN, {"authority": authority_code}).scalar()
        if release_id is None:
            raise CscWarehouseError(f"Nothing is published for {authority_code}: there is nothing to sign.")
        key = {"release": release_id, "authority": authority_code}
        published = connection.execute(_PUBLICATION, key).one_or_none()
        if published is None:
            raise CscWarehouseError(f"Release {release_id} has no verdict for {authority_code}: publish it first.")
        if published.verdict == "held" or not published.is_published:
            raise CscWarehouseError(
                f"Release {release_id} was held or not published for {authority_code}: nobody can sign it."
            )
        signed = connection.execute(_SIGNED, key).one_or_none()
        if signed is not None:
            raise CscWarehouseError(
                f"Release {release_id} of {authority_code} was signed by {signed.signed_by} ({signed.accounts}) on"
                f" {signed.signed_on:%d %B %Y}: a later release can revise it."
            )
    return Chosen(release_id, published.as_at_date, published.verdict, published.reason or "")


def write(
    warehouse: Warehouse,
    release_id: int | None,
    authority_code: str,
    *,
    period: str | None = None,
    report: str | None = None,
    quality_report: str | None = None,
) -> dict[str, Any]:
    """Return release_id, authority_code, period, how many figures are revised, and a subject and body in Markdown.

    period: the label of the period that the report is about. report, quality_report: the addresses of the report that
    would be frozen and of the night's quality report, where they lie. Raises as choose does.
    """
    chosen = choose(warehouse, release_id, authority_code)
    key = {"release": chosen.release_id, "authority": authority_code, "period": period}
    configured = warehouse.settings.config.authorities.get(authority_code)
    name = configured.name if configured else authority_code
    with warehouse.transaction() as connection:
        revisions = connection.execute(_REVISIONS, key).all()
        days = connection.execute(_DAYS, key).one_or_none()
        body = _body(connection, key, f"**{_VERDICTS[chosen.verdict]}** {chosen.reason}".strip(), revisions)
    when = "" if days is None else f"{days.period_start_date:%B %Y} to {days.period_end_date:%B %Y} ({period}) for "
    links = [
        f"- [{words}]({address})"
        for words, address in (
            (f"The report that will be frozen, {period}", report),
            ("The quality report of the night that made it", quality_report),
        )
        if address
    ]
    first = "\n".join(["## What to read first", "", *links]) + "\n\n" if links else ""
    return {
        "release_id": chosen.release_id,
        "authority_code": authority_code,
        "period": period,
        "revised": len(revisions),
        "subject": f"Sign the figures of {when}{name}, as at {_day(chosen.as_at_date)} (release {chosen.release_id})?",
        "body": first + body,
    }


def _day(day: datetime.date) -> str:
    return f"{day:%d %B %Y}".lstrip("0")


_VERDICTS = {"published": "Published.", "caveats": "Published with caveats."}


def _body(connection: Connection, key: dict[str, Any], verdict: str, revisions: Sequence[Any]) -> str:
    grades = connection.execute(_GRADES, key).all()
    counted = {letter: sum(1 for row in grades if row.grade == letter) for letter in "ABCD"}
    poor = [row for row in grades if row.grade in ("C", "D")]
    parts = [
        "## What the checks found",
        verdict,
        "## How far the figures can be trusted",
        ", ".join(f"{count} graded {letter}" for letter, count in counted.items() if count) + ".",
    ]
    if poor:
        parts.append(
            _table(
                ("Indicator", "Grade", "Caveat"),
                [(f"{row.indicator_code} {row.title}", row.grade, row.caveat or "") for row in poor],
            )
        )
    parts.append("## What was signed before and changes")
    if revisions:
        differ = (
            "1 figure that was signed before differs"
            if len(revisions) == 1
            else (f"{len(revisions):,} figures that were signed before differ")
        )
        parts += [
            f"{differ}. Approving needs the reason: give it under *Reason for revisions*.",
            _table(
                ("Indicator", "Group", "Period", "Signed", "Now"),
                [
                    (
                        f"{row.indicator_code} {row.title}",
                        "" if row.breakdown == "all" else f"{row.breakdown} {row.breakdown_value}",
                        row.period_label,
                        row.display_before,
                        row.display,
                    )
                    for row in revisions
                ],
            ),
        ]
    else:
        parts.append(
            "Nothing: no figure that was signed before differs. Leave *Reason for revisions* empty: there is none to"
            " give."
        )
    parts += [
        "## What happens next",
        "**Approve** freezes every figure of this release under your name, role and account with your note, and writes"
        " the committee report. A frozen figure never changes; a later release can only revise it, openly.",
        "**Reject** freezes nothing. Readers still see the release; your note is kept in the journal. The quality"
        " report names who mends what; after the night that shows it mended, this is asked again.",
    ]
    return "\n\n".join(parts)


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in rows[:MOST_ROWS]:
        cells = (str("" if cell is None else cell).replace("|", "\\|").replace("\n", " ") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    table = "\n".join(lines)
    more = len(rows) - MOST_ROWS
    return table if more <= 0 else f"{table}\n\nand {more} more."
