"""From results to a verdict that one sentence can carry: published, published with caveats, or held."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, text

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.quality.check_result import CheckResult, Gate
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import Catalogue, Check, load_catalogue

VerdictWord = Literal["published", "caveats", "held"]


@dataclass(frozen=True)
class AuthorityVerdict:
    """What becomes of one authority's candidate, and why."""

    verdict: VerdictWord
    reason: str
    failed_checks: tuple[str, ...]
    indicators: tuple[str, ...]
    """Indicators that carry a caveat (caveats) or that the critical failure distorts (held)."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as small JSON-able values."""
        return {
            "verdict": self.verdict,
            "reason": self.reason,
            "failed_checks": list(self.failed_checks),
            "indicators": list(self.indicators),
        }


def decide(results: Iterable[CheckResult]) -> AuthorityVerdict:
    """Decide by severity: a critical failure holds, a warning publishes with caveats, information is counted.

    A check that broke weighs as one that failed; a failure that a named person explained weighs nothing until the
    explanation expires, but is named in the reason. An authority that nothing was checked for is held: silence is no
    assurance.
    """
    results = list(results)
    if not results:
        return AuthorityVerdict("held", "Held: nothing could be checked. The figures published before stay.", (), ())
    critical = [result for result in results if result.severity == "critical" and result.is_failing]
    warnings = [result for result in results if result.severity == "warning" and result.counts_against]
    notes = [result for result in results if result.severity == "info" and result.counts_against]
    explained = [result for result in results if result.is_explained]
    if critical:
        return AuthorityVerdict("held", _held(critical), _codes(critical + warnings), _indicators(critical))
    if warnings:
        reason = _caveats(warnings) + _explained(explained)
        return AuthorityVerdict("caveats", reason, _codes(warnings), _indicators(warnings))
    noted = f" {_plural(len(notes), 'thing')} noted for information." if notes else ""
    passed = f"{len(results) - len(explained)} of {len(results)}" if explained else f"All {len(results)}"
    reason = f"{passed} checks allow the figures to be used.{noted}{_explained(explained)}"
    return AuthorityVerdict("published", reason, (), ())


def _explained(explained: Sequence[CheckResult]) -> str:
    """Say who explained failures, and until when; why stands in quality.explanations, for it is a person's own text."""
    if not explained:
        return ""
    people = " and ".join(sorted({result.explained_by or "" for result in explained}))
    first = min(result.explained_until or datetime.date.max for result in explained)
    what = "1 failure is" if len(explained) == 1 else f"{len(explained)} failures are"
    return f" {what} explained by {people}, until {first:%d %B %Y}."


def _codes(results: Sequence[CheckResult]) -> tuple[str, ...]:
    return tuple(result.code for result in results)


def _indicators(results: Sequence[CheckResult]) -> tuple[str, ...]:
    return tuple(sorted({code for result in results for code in result.indicators}))


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def said(result: CheckResult) -> str:
    """Say what a failing check means, or that it could not be made, in one sentence."""
    if result.status == "broken":
        return f"The check that {result.sentence[0].lower()}{result.sentence[1:].rstrip('.')} could not be made."
    return result.otherwise or f"This does not hold: {result.sentence}"


def _held(critical: Sequence[CheckResult]) -> str:
    more = f" {_plural(len(critical) - 1, 'further check')} failed as gravely." if len(critical) > 1 else ""
    return f"Held: {said(critical[0])}{more} The figures published before stay."


def _caveats(warnings: Sequence[CheckResult]) -> str:
    touched = _indicators(warnings)
    more = f" {_plural(len(warnings) - 1, 'further warning')}." if len(warnings) > 1 else ""
    carried = f" {_plural(len(touched), 'indicator')} carry a caveat." if touched else ""
    if len(touched) == 1:
        carried = f" {touched[0]} carries a caveat."
    return f"{said(warnings[0])}{more}{carried}"


def read(warehouse: Warehouse, release_id: int) -> dict[str, dict[str, Any]]:
    """Return each authority's verdict on a release from its recorded results: exit and disclosure together.

    An authority whose disclosure check has not been made yet is judged on the exit alone.
    """
    with warehouse.transaction() as connection:
        found = recorded(connection, release_id, load_catalogue())
    return {authority: decide(results).as_dict() for authority, results in found.items()}


def told(warehouse: Warehouse, release_id: int) -> dict[str, Any]:
    """Return in one sentence for each authority what became of a release, who was held, and what was refused since."""
    with warehouse.transaction() as connection:
        rows = connection.execute(
            text(
                "select authority_code, as_at_date, verdict, reason, published_at is not null as is_published"
                " from quality.publications where release_id = :release_id order by authority_code"
            ),
            {"release_id": release_id},
        ).all()
        refused: Sequence[str] = (
            connection.execute(
                text(
                    "select reason from landing.deliveries where status = 'refused'"
                    " and landed_at >= (select coalesce(max(r.created_at), '-infinity') from release.releases r"
                    " where r.release_id < :release_id) order by landed_at"
                ),
                {"release_id": release_id},
            )
            .scalars()
            .all()
        )
    sentences = {
        row.authority_code: f"{row.authority_code} as at {row.as_at_date}: {row.verdict}. {row.reason or ''}".strip()
        for row in rows
    }
    held = [row.authority_code for row in rows if row.verdict == "held"]
    return {
        "release_id": release_id,
        "sentences": list(sentences.values()),
        "held": held,
        "held_sentences": [sentences[code] for code in held],
        "published": [row.authority_code for row in rows if row.is_published],
        "refused": list(refused),
    }


def require_all_gates(warehouse: Warehouse, release_id: int) -> None:
    """Raise CscWarehouseError unless a release went through the exit and, after that, through the disclosure check.

    A check that was broken off in between leaves the reporting of the build before it in place.
    """
    with warehouse.transaction() as connection:
        rows = connection.execute(
            text(
                "select authority_code, max(recorded_at) filter (where gate = 'exit') as left_at,"
                " max(recorded_at) filter (where gate = 'disclosure') as shown_at"
                " from quality.check_results where release_id = :release_id group by authority_code"
            ),
            {"release_id": release_id},
        ).all()
    if not rows or any(not row.left_at or not row.shown_at or row.shown_at < row.left_at for row in rows):
        raise CscWarehouseError(
            f"Release {release_id} was not checked to the end: run csc-warehouse check, then publish it."
        )


def recorded(
    connection: Connection, release_id: int, catalogue: Catalogue, gates: Sequence[Gate] = ("exit", "disclosure")
) -> dict[str, list[CheckResult]]:
    """Return a release's results by authority, failures first.

    Of a gate that judged the release more than once the latest judgement counts.
    """
    checks = {check.code: check for check in catalogue}
    rows = connection.execute(
        text(statement(__name__, "recorded")),
        {"release_id": release_id, "gates": list(gates)},
    ).mappings()
    by_authority: dict[str, list[CheckResult]] = {}
    for row in rows:
        by_authority.setdefault(row["authority_code"], []).append(_result(row, checks))
    return by_authority


def _result(row: Mapping[Any, Any], checks: Mapping[str, Check]) -> CheckResult:
    check = checks.get(row["check_code"])
    return CheckResult(
        code=row["check_code"],
        sentence=row["sentence"],
        severity=row["severity"],
        owner=row["owner"],
        status=row["status"],
        checked=row["checked"],
        failed=row["failed"],
        measure=row["measure"],
        limit_text=row["limit_text"],
        worst_subject=row["worst_subject"],
        failing_subjects=tuple(row["failing_subjects"]),
        indicators=tuple(row["indicators"]),
        otherwise=check.meaning(row["failing_subjects"]) if check else "",
        explained_by=row["explained_by"],
        explained_until=row["expires_on"],
    )
