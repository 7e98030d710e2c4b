with

stored_records as (
    select * from release.marts__indicator_records
    where authority_code = :authority_code and (cast(:code as text) is null or indicator_code = :code)
),

stored_sources as (
    select * from release.restricted__record_sources
    where authority_code = :authority_code
),

stored_parts as (
    select * from release.restricted__record_parts
    where authority_code = :authority_code
),

as_at_days as (
    select * from release.release_authorities
    where authority_code = :authority_code
),

earlier as (
    select * from stored_records
    where from_release_id <= :earlier and coalesce(to_release_id, :earlier + 1) > :earlier
),

later as (
    select * from stored_records
    where from_release_id <= :later and coalesce(to_release_id, :later + 1) > :later
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
    select
        record_key,
        record_key as part_record_key
    from moved
    union
    select
        moved.record_key,
        stored_parts.part_record_key
    from moved
    inner join stored_parts on moved.record_key = stored_parts.record_key
),

earlier_sources as (
    select * from stored_sources
    where from_release_id <= :earlier and coalesce(to_release_id, :earlier + 1) > :earlier
),

later_sources as (
    select * from stored_sources
    where from_release_id <= :later and coalesce(to_release_id, :later + 1) > :later
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
    select distinct
        indicator_code,
        record_key
    from earlier
),

earlier_day as (
    select as_at_date from as_at_days
    where release_id = :earlier
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
        when moved.what = 'came in' and moved.counting_from_date > (select e.as_at_date from earlier_day as e)
            then 'new'
        when sources_compared.is_added then 'late recording'
        when
            moved.what = 'came in' and known_before.record_key is null and sources_compared.is_changed
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
