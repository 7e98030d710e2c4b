"""Which figures moved between two as-at dates, and the records that moved them, with the reason."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.errors import UsageError
from csc_warehouse.reporting.explain import find_indicator
from csc_warehouse.reporting.terms import in_terms
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse

REASONS = {
    "deletion": "deleted or void in the case system since",
    "merge": "the child was merged with another since",
    "new": "it happened after the earlier date",
    "late recording": "it had happened by the earlier date and was entered later",
    "migration": "the same fact, now said by the new case system",
    "correction": "the case system's row was corrected or taken further",
    "fell due": "it was not yet due at the earlier date",
    "details of the child": "responsibility, birth date or family of the child changed, or only time passed",
}
"""Why a record moved, the first that applies, in words."""

_RELEASE = text(
    "select r.release_id from release.releases r"
    " join release.release_authorities a on a.release_id = r.release_id"
    " where a.authority_code = :authority_code and r.stored_at is not null and r.state <> 'expired'"
    " and coalesce(r.requested_date, a.as_at_date) = :date"
    " order by r.release_id desc limit 1"
)
_NEWEST = text(
    "select max(business_date) from landing.deliveries where status = 'accepted' and source <> 'corporate'"
    " and authority_code = :authority_code"
)
_MOVED = text(statement(__name__, "moved"))
_RECORDS = text(statement(__name__, "records"))


def check_landed(warehouse: Warehouse, authority_code: str, dates: Sequence[datetime.date]) -> None:
    """Raise UsageError for a day of which nothing can be said, as nothing has landed of it yet."""
    with warehouse.transaction() as connection:
        newest = connection.scalar(_NEWEST, {"authority_code": authority_code})
    if newest is None:
        raise UsageError(f"Nothing of {authority_code} has landed yet: csc-warehouse land lands what waits.")
    for date in dates:
        if date > newest:
            raise UsageError(f"--as-at {date}: the latest that has landed of {authority_code} is of {newest}.")


def release_as_at(warehouse: Warehouse, authority_code: str, date: datetime.date | None) -> int | None:
    """Return the newest stored release of an authority as at a date, or None."""
    with warehouse.transaction() as connection:
        found = connection.execute(_RELEASE, {"authority_code": authority_code, "date": date}).scalar()
    return None if found is None else int(found)


def compare(warehouse: Warehouse, authority_code: str, earlier: int, later: int, code: str | None) -> Iterator[str]:
    """Yield one line per figure that moved between two releases, then the records that moved them, by reason.

    Without a code: counts of records by indicator and reason. With one: a line per record, those that only happened
    after the earlier date counted and not listed. Raises UsageError when the register does not know the code.
    """
    names: dict[str, Any] = {"authority_code": authority_code, "earlier": earlier, "later": later}
    with warehouse.transaction() as connection:
        code = find_indicator(connection, code).code if code else None
        names |= {"code": code}
        moved = moved_figures(connection, names)
        records = moved_records(connection, names)
    yield f"{len(moved):,} figures moved between release {earlier} and release {later} ({authority_code})."
    for row in moved:
        before = in_terms(row.earlier_value, row.earlier_numerator, row.earlier_denominator)
        after = in_terms(row.later_value, row.later_numerator, row.later_denominator)
        yield f"  {row.indicator_code} {row.period_label}: {before} -> {after}"
    yield from (_of_one(code, records) if code else _by_indicator(records))


def moved_figures(connection: Connection, names: dict[str, Any]) -> Sequence[Any]:
    """Return the figures that differ; names: authority_code, the releases earlier and later, and code or None."""
    return connection.execute(_MOVED, names).all()


def moved_records(connection: Connection, names: dict[str, Any]) -> Sequence[Any]:
    """Return the records that moved them, each with its reason; names as for moved_figures."""
    return connection.execute(_RECORDS, names).all()


def _by_indicator(records: Sequence[Any]) -> Iterator[str]:
    if not records:
        return
    yield "Records that moved them (--code CODE lists them):"
    counts: dict[str, Counter[str]] = {}
    for record in records:
        counts.setdefault(record.indicator_code, Counter())[record.reason] += 1
    for code, by_reason in counts.items():
        yield f"  {code}: " + ", ".join(f"{by_reason[reason]:,} {reason}" for reason in REASONS if by_reason[reason])


def _of_one(code: str, records: Sequence[Any]) -> Iterator[str]:
    counts = Counter(record.reason for record in records)
    yield f"{len(records):,} records of {code} moved:"
    for reason, words in REASONS.items():
        if counts[reason]:
            yield f"  {counts[reason]:,} {reason}: {words}"
    for record in records:
        if record.reason == "new":
            continue
        before, after = record.earlier_evidence, record.later_evidence
        said = after if before in (None, after) else before if after is None else f"{before} -> {after}"
        excluded = f" [{record.later_exclusion_reason}]" if record.later_exclusion_reason else ""
        yield f"  {record.record_key} {record.what} ({record.reason}): {said}{excluded}"
