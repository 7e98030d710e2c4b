"""Which figures moved between two as-at dates, and the records that moved them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from sqlalchemy import text

from csc_warehouse.warehouse import Warehouse

_RELEASE = text(
    "select r.release_id from release.releases r"
    " join release.release_authorities a on a.release_id = r.release_id"
    " where a.authority_code = :authority_code and r.stored_at is not null and r.state <> 'expired'"
    " and coalesce(r.requested_date, a.as_at_date) = :date"
    " order by r.release_id desc limit 1"
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
),

earlier as (
    select * from stored_records
    where
        indicator_code = :code and authority_code = :authority_code
        and from_release_id <= :earlier and (to_release_id is null or to_release_id > :earlier)
),

later as (
    select * from stored_records
    where
        indicator_code = :code and authority_code = :authority_code
        and from_release_id <= :later and (to_release_id is null or to_release_id > :later)
)

select
    coalesce(later.record_key, earlier.record_key) as record_key,
    case
        when earlier.record_key is null then 'came in'
        when later.record_key is null then 'is gone (deleted, merged, or no longer in this state)'
        else 'changed'
    end as what,
    earlier.evidence as earlier_evidence,
    later.evidence as later_evidence
from earlier
full join later
    on earlier.record_key = later.record_key and earlier.counting_from_date = later.counting_from_date
where
    earlier.record_key is null
    or later.record_key is null
    or earlier.is_in_denominator is distinct from later.is_in_denominator
    or earlier.is_in_numerator is distinct from later.is_in_numerator
    or earlier.counting_to_date is distinct from later.counting_to_date
    or earlier.breakdowns is distinct from later.breakdowns
    or earlier.amount is distinct from later.amount
order by what, record_key
"""
)


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
    """Yield one line per figure that moved between two releases; with a code, also one per record that moved it."""
    names = {"authority_code": authority_code, "earlier": earlier, "later": later, "code": code}
    with warehouse.transaction() as connection:
        moved = connection.execute(_MOVED, names).all()
        records = connection.execute(_RECORDS, names).all() if code else []
    yield f"{len(moved):,} figures moved between release {earlier} and release {later} ({authority_code})."
    for row in moved:
        before = _terms(row.earlier_value, row.earlier_numerator, row.earlier_denominator)
        after = _terms(row.later_value, row.later_numerator, row.later_denominator)
        yield f"  {row.indicator_code} {row.period_label}: {before} -> {after}"
    if code:
        yield f"{len(records):,} records of {code} moved:"
        for record in records:
            yield f"  {record.record_key} {record.what}: {record.later_evidence or record.earlier_evidence}"
