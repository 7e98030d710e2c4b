-- A record is superseded for ever once the next system had a row of the same fact; its successor may have been deleted
-- since. What an earlier hand-over superseded is no record any more at the next.

with records as (
    select * from {{ ref('int_records_linked') }}
    where entity <> 'merges'
),

-- an authority with one system has nothing to hand over; its records are counted all the same
hand_overs as (
    select
        authority_code,
        source_name,
        system_number
    from (
        select
            authority_code,
            source_name,
            system_number,
            count(*) over (partition by authority_code) as system_count
        from {{ source('context', 'run_systems') }}
    ) as systems
    where system_number > 1 or system_count = 1
),

held as (
    select
        authority_code,
        entity,
        canonical_record_id,
        min(system_number) as first_number,
        array_agg(distinct system_number) as system_numbers
    from records
    where is_held
    group by authority_code, entity, canonical_record_id
),

earlier_counts as (
    select
        hand_overs.authority_code,
        hand_overs.source_name,
        records.entity,
        count(*) as earlier_records,
        count(*) filter (where records.superseded_number = hand_overs.system_number) as superseded,
        count(*) filter (
            where records.superseded_number = hand_overs.system_number
            and not hand_overs.system_number = any(held.system_numbers)
        ) as successors_deleted
    from hand_overs
    inner join records
        on
            hand_overs.authority_code = records.authority_code
            and hand_overs.system_number > records.system_number
            and records.is_held
            and coalesce(hand_overs.system_number <= records.superseded_number, true)
    inner join held
        on
            records.authority_code = held.authority_code
            and records.entity = held.entity
            and records.canonical_record_id = held.canonical_record_id
    group by hand_overs.authority_code, hand_overs.source_name, records.entity
),

-- of the rows that stand: those whose number an earlier version carried alone, and those that carried more than one
odd_links as (
    select
        links.authority_code,
        links.entity,
        links.source_name,
        count(distinct links.record_id) filter (where links.is_latest and not links.is_carried_now) as numbers_lost,
        count(distinct links.record_id) filter (where not links.is_latest) as numbers_changed
    from {{ ref('int_legacy_links') }} as links
    inner join records
        on
            links.authority_code = records.authority_code
            and links.entity = records.entity
            and links.source_name = records.source_name
            and links.record_id = records.record_id
            and records.is_held
    group by links.authority_code, links.entity, links.source_name
),

later_counts as (
    select
        hand_overs.authority_code,
        hand_overs.source_name,
        records.entity,
        count(*) as later_records,
        count(*) filter (where held.first_number < hand_overs.system_number) as migrated,
        count(*) filter (
            where held.first_number = hand_overs.system_number and records.is_linked
        ) as orphaned,
        count(*) filter (
            where held.first_number = hand_overs.system_number and not records.is_linked
        ) as begun,
        count(*) - count(distinct records.canonical_record_id) as doubled
    from hand_overs
    inner join records
        on
            hand_overs.authority_code = records.authority_code
            and hand_overs.source_name = records.source_name
            and records.is_held
    inner join held
        on
            records.authority_code = held.authority_code
            and records.entity = held.entity
            and records.canonical_record_id = held.canonical_record_id
    group by hand_overs.authority_code, hand_overs.source_name, records.entity
),

counts as (
    select
        coalesce(earlier_counts.authority_code, later_counts.authority_code) as authority_code,
        coalesce(earlier_counts.entity, later_counts.entity) as entity,
        coalesce(earlier_counts.source_name, later_counts.source_name) as source_name,
        coalesce(earlier_counts.earlier_records, 0) as earlier_records,
        coalesce(earlier_counts.superseded, 0) as superseded,
        coalesce(earlier_counts.successors_deleted, 0) as successors_deleted,
        coalesce(later_counts.later_records, 0) as later_records,
        coalesce(later_counts.migrated, 0) as migrated,
        coalesce(later_counts.orphaned, 0) as orphaned,
        coalesce(later_counts.begun, 0) as begun,
        coalesce(later_counts.doubled, 0) as doubled
    from earlier_counts
    full outer join later_counts
        on
            earlier_counts.authority_code = later_counts.authority_code
            and earlier_counts.source_name = later_counts.source_name
            and earlier_counts.entity = later_counts.entity
)

select
    counts.authority_code,
    counts.entity,
    counts.source_name,
    hand_overs.system_number::integer as system_number,
    counts.earlier_records,
    counts.superseded,
    counts.earlier_records - counts.superseded as kept,
    counts.successors_deleted,
    counts.later_records,
    counts.migrated,
    counts.orphaned,
    counts.begun,
    counts.doubled,
    coalesce(odd_links.numbers_lost, 0) as numbers_lost,
    coalesce(odd_links.numbers_changed, 0) as numbers_changed,
    counts.earlier_records - counts.superseded + counts.later_records - counts.doubled as facts
from counts
inner join hand_overs
    on counts.authority_code = hand_overs.authority_code and counts.source_name = hand_overs.source_name
left join odd_links
    on
        counts.authority_code = odd_links.authority_code
        and counts.entity = odd_links.entity
        and counts.source_name = odd_links.source_name
