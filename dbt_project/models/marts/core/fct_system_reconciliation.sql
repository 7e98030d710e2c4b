-- A number is superseded for ever once a WCCIS row carried it; its successor may have been deleted since.

with raise_records as (
    select
        authority_code,
        entity,
        record_id
    from {{ ref('int_system_records') }}
    where source_name = 'raise'
),

wccis_records as (
    select
        authority_code,
        entity,
        record_id,
        legacy_id
    from {{ ref('int_system_records') }}
    where source_name = 'wccis'
),

superseded as (
    select distinct
        authority_code,
        entity,
        legacy_id
    from {{ ref('int_legacy_links') }}
),

standing as (
    select distinct
        authority_code,
        entity,
        legacy_id
    from wccis_records
    where legacy_id is not null
),

raise_counts as (
    select
        raise_records.authority_code,
        raise_records.entity,
        count(*) as raise_records,
        count(superseded.legacy_id) as superseded,
        count(superseded.legacy_id) filter (where standing.legacy_id is null) as successors_deleted
    from raise_records
    left join superseded
        on
            raise_records.authority_code = superseded.authority_code
            and raise_records.entity = superseded.entity
            and raise_records.record_id = superseded.legacy_id
    left join standing
        on
            raise_records.authority_code = standing.authority_code
            and raise_records.entity = standing.entity
            and raise_records.record_id = standing.legacy_id
    group by raise_records.authority_code, raise_records.entity
),

-- of the rows that stand: those whose number an earlier version carried alone, and those that carried more than one
odd_links as (
    select
        links.authority_code,
        links.entity,
        count(distinct links.record_id) filter (where links.is_latest and not links.is_carried_now) as numbers_lost,
        count(distinct links.record_id) filter (where not links.is_latest) as numbers_changed
    from {{ ref('int_legacy_links') }} as links
    inner join wccis_records
        on
            links.authority_code = wccis_records.authority_code
            and links.entity = wccis_records.entity
            and links.record_id = wccis_records.record_id
    group by links.authority_code, links.entity
),

wccis_counts as (
    select
        wccis_records.authority_code,
        wccis_records.entity,
        count(*) as wccis_records,
        count(raise_records.record_id) as migrated,
        count(wccis_records.legacy_id) filter (where raise_records.record_id is null) as orphaned,
        count(*) filter (where wccis_records.legacy_id is null) as begun_in_wccis,
        count(wccis_records.legacy_id) - count(distinct wccis_records.legacy_id) as doubled
    from wccis_records
    left join raise_records
        on
            wccis_records.authority_code = raise_records.authority_code
            and wccis_records.entity = raise_records.entity
            and wccis_records.legacy_id = raise_records.record_id
    group by wccis_records.authority_code, wccis_records.entity
)

select
    coalesce(raise_counts.authority_code, wccis_counts.authority_code) as authority_code,
    coalesce(raise_counts.entity, wccis_counts.entity) as entity,
    coalesce(raise_counts.raise_records, 0) as raise_records,
    coalesce(raise_counts.superseded, 0) as superseded,
    coalesce(raise_counts.raise_records - raise_counts.superseded, 0) as kept,
    coalesce(raise_counts.successors_deleted, 0) as successors_deleted,
    coalesce(wccis_counts.wccis_records, 0) as wccis_records,
    coalesce(wccis_counts.migrated, 0) as migrated,
    coalesce(wccis_counts.orphaned, 0) as orphaned,
    coalesce(wccis_counts.begun_in_wccis, 0) as begun_in_wccis,
    coalesce(wccis_counts.doubled, 0) as doubled,
    coalesce(odd_links.numbers_lost, 0) as numbers_lost,
    coalesce(odd_links.numbers_changed, 0) as numbers_changed,
    coalesce(raise_counts.raise_records - raise_counts.superseded, 0)
    + coalesce(wccis_counts.wccis_records - wccis_counts.doubled, 0) as facts
from raise_counts
full outer join wccis_counts
    on raise_counts.authority_code = wccis_counts.authority_code and raise_counts.entity = wccis_counts.entity
left join odd_links
    on wccis_counts.authority_code = odd_links.authority_code and wccis_counts.entity = odd_links.entity
