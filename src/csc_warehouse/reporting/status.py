"""What landed, what was refused, what is published, how old it is, and what nobody could be told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from csc_warehouse.warehouse import Warehouse

_SOURCES = """
with

deliveries as (
    select * from landing.deliveries
),

-- they are no rows that could not be read
rows_of_totals as (
    select delivery_id, count(*) as row_count
    from landing.quarantine
    where reason_code = 'total_row'
    group by delivery_id
)

select
    source,
    authority_code,
    count(*) filter (where status = 'accepted') as accepted_count,
    count(*) filter (where status = 'refused') as refused_count,
    count(*) filter (where status = 'withdrawn') as withdrawn_count,
    max(business_date) filter (where status = 'accepted') as last_business_date,
    coalesce(sum(rows_in_files) filter (where status = 'accepted'), 0) as rows_in_files,
    coalesce(sum(rows_accepted) filter (where status = 'accepted'), 0) as rows_accepted,
    coalesce(sum(rows_quarantined) filter (where status = 'accepted'), 0) as rows_quarantined,
    coalesce(sum(rows_of_totals.row_count) filter (where status = 'accepted'), 0) as rows_of_totals
from deliveries
left join rows_of_totals on deliveries.delivery_id = rows_of_totals.delivery_id
group by source, authority_code
order by source, authority_code
"""

_REFUSED = """
with

refusals as (
    select * from landing.open_refusals
)

select delivery_id, source, authority_code, name, business_date, reason
from refusals
order by business_date desc, source
limit 20
"""

_WITHDRAWN = """
with

deliveries as (
    select * from landing.deliveries
)

select delivery_id, source, authority_code, name, business_date, reason
from deliveries
where status = 'withdrawn'
order by business_date desc, source
limit 20
"""

# said until the next build but one has begun: of the night that brought it, and not of later ones
_FIRST = """
with

deliveries as (
    select * from landing.deliveries
),

nights as (
    select created_at, row_number() over (order by release_id desc) as age
    from release.releases
),

firsts as (
    select authority_code, min(landed_at) as landed_at, min(business_date) as business_date
    from deliveries
    where status <> 'refused'
    group by authority_code
)

select authority_code, business_date
from firsts
where landed_at > coalesce((select created_at from nights where age = 2), '-infinity')
order by authority_code
"""

_PUBLISHED = """
with

pointers as (
    select * from release.pointer
),

publications as (
    select * from quality.publications
),

deliveries as (
    select * from landing.deliveries
),

days_taken_back as (
    select * from landing.days_taken_back
),

signatures as (
    select * from quality.signatures
),

signed as (
    -- the name that was given, and the accounts it was given from
    select
        release_id,
        authority_code,
        string_agg(signed_by || ' (' || accounts || ')', '; ' order by signed_at) as signed_by
    from signatures
    group by release_id, authority_code
),

last_landed as (
    select authority_code, max(business_date) as last_business_date
    from deliveries
    where status = 'accepted' and source <> 'corporate'
    group by authority_code
)

select
    pointers.authority_code,
    pointers.release_id,
    publications.as_at_date,
    publications.verdict,
    publications.reason,
    publications.published_at,
    signed.signed_by,
    case
        when days_taken_back.business_date is null then last_landed.last_business_date - publications.as_at_date
    end as days_behind,
    days_taken_back.business_date is not null as is_taken_back
from pointers
left join signed
    on pointers.release_id = signed.release_id and pointers.authority_code = signed.authority_code
inner join publications
    on pointers.release_id = publications.release_id and pointers.authority_code = publications.authority_code
left join last_landed on pointers.authority_code = last_landed.authority_code
left join days_taken_back
    on
        publications.authority_code = days_taken_back.authority_code
        and publications.as_at_date = days_taken_back.business_date
order by pointers.authority_code
"""

_LATEST = """
with

publications as (
    select * from quality.publications
)

select release_id, authority_code, as_at_date, verdict, reason
from publications
where release_id = (select max(release_id) from publications)
order by authority_code
"""

_UNTOLD = """
with

untold as (
    select * from quality.untold_notifications
)

select
    event, occasion, channel, sentence, error, attempts, first_tried_at, last_tried_at, is_told_in_part,
    refused_recipients
from untold
where last_tried_at > now() - interval '7 days'
order by last_tried_at desc
limit 20
"""

_RELEASES = """
with

publications as (
    select * from quality.publications
),

releases as (
    select * from release.releases
),

pointers as (
    select * from release.pointer
),

signatures as (
    select * from quality.signatures
),

signed as (
    -- the name that was given, and the accounts it was given from
    select
        release_id,
        authority_code,
        string_agg(signed_by || ' (' || accounts || ')', '; ' order by signed_at) as signed_by
    from signatures
    group by release_id, authority_code
)

select
    publications.release_id,
    publications.authority_code,
    publications.as_at_date,
    publications.verdict,
    publications.reason,
    publications.published_at,
    publications.published_by,
    publications.code_version,
    left(releases.overlay_digest, 8) as overlay,
    signed.signed_by,
    case when pointers.release_id is not null then 'yes' else '' end as is_current
from publications
inner join releases on publications.release_id = releases.release_id
left join signed
    on publications.release_id = signed.release_id and publications.authority_code = signed.authority_code
left join pointers
    on publications.release_id = pointers.release_id and publications.authority_code = pointers.authority_code
order by publications.release_id desc, publications.authority_code
"""


def _rows(warehouse: Warehouse, statement: str) -> list[dict[str, Any]]:
    with warehouse.transaction() as connection:
        return [dict(row) for row in connection.execute(text(statement)).mappings()]


def read(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    """Return sources, open refusals, withdrawals, new councils, what readers see, verdicts, untold messages, waivers.

    A dict a row.
    """
    waived = [{"sentence": sentence} for sentence in warehouse.settings.config.safeguards.waived]
    if not _has_ledger(warehouse):
        parts = ("sources", "refused", "withdrawn", "first", "published", "latest_verdicts", "untold")
        return {**{name: [] for name in parts}, "waived": waived}
    return {
        "waived": waived,
        "sources": _rows(warehouse, _SOURCES),
        "refused": _rows(warehouse, _REFUSED),
        "withdrawn": _rows(warehouse, _WITHDRAWN),
        "first": _rows(warehouse, _FIRST),
        "published": _rows(warehouse, _PUBLISHED),
        "latest_verdicts": _rows(warehouse, _LATEST),
        "untold": _rows(warehouse, _UNTOLD),
    }


def releases(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return one row per stored release and authority, newest first."""
    return _rows(warehouse, _RELEASES)


def _has_ledger(warehouse: Warehouse) -> bool:
    with warehouse.transaction() as connection:
        return connection.execute(text("select to_regclass('landing.deliveries')")).scalar() is not None
