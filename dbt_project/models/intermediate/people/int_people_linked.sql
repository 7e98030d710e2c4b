-- which RAISe number a WCCIS person stands for; a person deleted since then still does
with versions as (
    select
        *,
        row_number() over (partition by authority_code, record_id order by valid_from_date desc) as age_rank,
        min(valid_from_date) over (partition by authority_code, record_id) as first_seen_date,
        bool_or(is_migrated) over (partition by authority_code, record_id) as was_migrated
    from {{ ref('stg_wccis__person_versions') }}
),

-- the number carried last links also when the latest version has lost it: a child must not become two
numbers as (
    select distinct on (authority_code, record_id)
        authority_code,
        record_id,
        legacy_id
    from versions
    where legacy_id is not null
    order by authority_code, record_id, valid_from_date desc
),

people as (
    select
        versions.authority_code,
        versions.record_id,
        numbers.legacy_id,
        numbers.legacy_id is not null
        and (
            adopted.child_id is null
            -- of the rows with an adopted child's number only the one that the migration brought is that child
            or versions.was_migrated and row_number() over (
                partition by versions.authority_code, numbers.legacy_id
                order by
                    versions.was_migrated desc,
                    versions.recorded_at,
                    versions.first_seen_date,
                    versions.record_id
            ) = 1
        ) as is_linked
    from versions
    left join numbers on versions.authority_code = numbers.authority_code and versions.record_id = numbers.record_id
    left join {{ ref('int_adopted_children') }} as adopted
        on versions.authority_code = adopted.authority_code and numbers.legacy_id = adopted.child_id
    where versions.age_rank = 1
)

select
    authority_code,
    record_id,
    legacy_id,
    is_linked,
    case when is_linked then legacy_id else record_id end as identity_id
from people
