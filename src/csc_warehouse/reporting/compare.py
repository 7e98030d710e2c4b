"""Which figures moved between two as-at dates, and the records that moved them, with the reason."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import text

from csc_warehouse.errors import UsageError
from csc_warehouse.reporting.explain import find_indicator
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
_MOVED = text(
    """
with

stored_values as (
    select * from release.marts__indicator_values
),

earlier as (
    select * from stored_values where release_id = :earlier and authority_code = :authority_code
),

later as (
    select * from stored_values where release_id = :later and authority_code = :authority_code
)

select
    coalesce(later.indicator_code, earlier.indicator_code) as indicator_code,
    coalesce(later.period_label, earlier.period_label) as period_label,
    earlier.value as earlier_value,
    later.value as later_value,
    earlier.numerator as earlier_numerator,
    later.numerator as later_numerator,
    earlier.denominator as earlier_denominator,
    later.denominator as later_denominator
from earlier
full join later
    on
        earlier.indicator_code = later.indicator_code
        and earlier.period_type = later.period_type
        and earlier.period_label = later.period_label
        and earlier.breakdown = later.breakdown
        and earlier.breakdown_value = later.breakdown_value
where
    coalesce(later.breakdown, earlier.breakdown) = 'all'
    and (cast(:code as text) is null or coalesce(later.indicator_code, earlier.indicator_code) = :code)
    and (
        earlier.value is distinct from later.value
        or earlier.numerator is distinct from later.numerator
        or earlier.denominator is distinct from later.denominator
    )
order by indicator_code, coalesce(later.period_start_date, earlier.period_start_date), period_label
"""
)
_RECORDS = text(
    """
with

stored_records as (
    select * from release.marts__indicator_records
    where authority_code = :authority_code and (cast(:code as text) is null or indicator_code = :code)
),

stored_sources as (
    select * from release.restricted__record_sources where authority_code = :authority_code
),

stored_parts as (
    select * from release.restricted__record_parts where authority_code = :authority_code
),

as_at_days as (
    select * from release.release_authorities where authority_code = :authority_code
),

earlier as (
    select * from stored_records where from_release_id <= :earlier and coalesce(to_release_id, :earlier + 1) > :earlier
),

later as (
    select * from stored_records where from_release_id <= :later and coalesce(to_release_id, :later + 1) > :later
),

moved as materialized (
    select
        coalesce(later.indicator_code, earlier.indicator_code) as indicator_code,
        coalesce(later.record_key, earlier.record_key) as record_key,
        coalesce(later.counting_from_date, earlier.counting_from_date) as counting_from_date,
        case
            when earlier.record_key is null then 'came in'
            when later.record_key is null then 'is gone'
            else 'changed'
        end as what,
        earlier.evidence as earlier_evidence,
        later.evidence as later_evidence,
        earlier.exclusion_reason as earlier_exclusion_reason,
        later.exclusion_reason as later_exclusion_reason
    from earlier
    full join later
        on
            earlier.indicator_code = later.indicator_code
            and earlier.record_key = later.record_key
            and earlier.counting_from_date = later.counting_from_date
    where
        earlier.record_key is null
        or later.record_key is null
        or earlier.is_in_denominator is distinct from later.is_in_denominator
        or earlier.is_in_numerator is distinct from later.is_in_numerator
        or earlier.counting_to_date is distinct from later.counting_to_date
        or earlier.numerator_date is distinct from later.numerator_date
        or earlier.count_key is distinct from later.count_key
        or earlier.breakdowns is distinct from later.breakdowns
        or earlier.amount is distinct from later.amount
),

-- a record is a row of a case system, or made of such rows
rows_behind as (
    select record_key, record_key as part_record_key from moved
    union
    select moved.record_key, stored_parts.part_record_key
    from moved
    inner join stored_parts on moved.record_key = stored_parts.record_key
),

earlier_sources as (
    select * from stored_sources where from_release_id <= :earlier and coalesce(to_release_id, :earlier + 1) > :earlier
),

later_sources as (
    select * from stored_sources where from_release_id <= :later and coalesce(to_release_id, :later + 1) > :later
),

sources_compared as (
    select
        rows_behind.record_key,
        bool_or(earlier_sources.record_key is null and later_sources.record_key is not null) as is_added,
        bool_or(earlier_sources.record_key is not null and later_sources.record_key is null) as is_removed,
        bool_or(earlier_sources.child_key <> later_sources.child_key) as is_merged,
        bool_or(earlier_sources.source_name <> later_sources.source_name) as is_migrated,
        bool_or(
            earlier_sources.delivery_id <> later_sources.delivery_id
            or earlier_sources.record_id <> later_sources.record_id
        ) as is_changed
    from rows_behind
    left join earlier_sources on rows_behind.part_record_key = earlier_sources.record_key
    left join later_sources on rows_behind.part_record_key = later_sources.record_key
    group by rows_behind.record_key
),

known_before as (
    select distinct indicator_code, record_key from earlier
),

earlier_day as (
    select as_at_date from as_at_days where release_id = :earlier
)

select
    moved.indicator_code,
    moved.record_key,
    moved.counting_from_date,
    moved.what,
    moved.earlier_evidence,
    moved.later_evidence,
    moved.later_exclusion_reason,
    case
        when moved.later_exclusion_reason like '%deleted in the case system' then 'deletion'
        when moved.what = 'is gone' and sources_compared.is_removed then 'deletion'
        when sources_compared.is_merged then 'merge'
        when moved.what = 'came in' and moved.counting_from_date > (select as_at_date from earlier_day) then 'new'
        when sources_compared.is_added then 'late recording'
        when moved.what = 'came in' and known_before.record_key is null and sources_compared.is_changed
            and not sources_compared.is_migrated then 'late recording'
        when sources_compared.is_migrated then 'migration'
        when sources_compared.is_changed then 'correction'
        when moved.earlier_exclusion_reason = 'not yet due' then 'fell due'
        else 'details of the child'
    end as reason
from moved
left join sources_compared on moved.record_key = sources_compared.record_key
left join known_before
    on moved.indicator_code = known_before.indicator_code and moved.record_key = known_before.record_key
order by moved.indicator_code, moved.what, moved.record_key, moved.counting_from_date
"""
)


def check_landed(warehouse: Warehouse, authority_code: str, dates: Sequence[datetime.date]) -> None:
    """Raise UsageError for a day of which nothing can be told, as nothing has landed of it yet."""
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


def _terms(value: Any, numerator: Any, denominator: Any) -> str:
    if value is None and numerator is None:
        return "not given"
    terms = f"{numerator:,.0f}" + (f"/{denominator:,.0f}" if denominator is not None else "")
    return terms if value is None else f"{value:,.1f} ({terms})"


def compare(warehouse: Warehouse, authority_code: str, earlier: int, later: int, code: str | None) -> Iterator[str]:
    """Yield one line per figure that moved between two releases, then the records that moved them, by reason.

    Without a code: counts of records by indicator and reason. With one: a line per record, those that only happened
    after the earlier date counted and not listed. Raises UsageError when the register does not know the code.
    """
    names: dict[str, Any] = {"authority_code": authority_code, "earlier": earlier, "later": later}
    with warehouse.transaction() as connection:
        code = find_indicator(connection, code).code if code else None
        names |= {"code": code}
        moved = connection.execute(_MOVED, names).all()
        records = connection.execute(_RECORDS, names).all()
    yield f"{len(moved):,} figures moved between release {earlier} and release {later} ({authority_code})."
    for row in moved:
        before = _terms(row.earlier_value, row.earlier_numerator, row.earlier_denominator)
        after = _terms(row.later_value, row.later_numerator, row.later_denominator)
        yield f"  {row.indicator_code} {row.period_label}: {before} -> {after}"
    yield from (_of_one(code, records) if code else _by_indicator(records))


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
