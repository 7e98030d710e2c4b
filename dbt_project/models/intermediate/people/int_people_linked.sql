{{ config(indexes=[{'columns': ['authority_code', 'source_name', 'record_id'], 'unique': true}]) }}

-- which child a person row stands for; one that was deleted since then still does
with recursive versions as (
    {{ of_every_system('person_versions') | indent }}
),

people as (
    select
        authority_code,
        source_name,
        record_id,
        min(valid_from_date) as first_seen_date,
        bool_or(is_migrated) as was_migrated,
        (array_agg(recorded_at order by valid_from_date desc))[1] as recorded_at
    from versions
    group by authority_code, source_name, record_id
),

held as (
    select
        authority_code,
        'people' as entity,
        source_name,
        record_id
    from people
),

links as (
    select distinct
        authority_code,
        'people' as entity,
        source_name,
        record_id,
        legacy_source_name,
        legacy_id
    from versions
    where legacy_id is not null
),

-- the number carried last links also when the latest version has lost it: a child must not become two
numbers as (
    select distinct on (authority_code, source_name, record_id)
        authority_code,
        source_name,
        record_id,
        legacy_source_name,
        legacy_id
    from versions
    where legacy_id is not null
    order by authority_code, source_name, record_id, valid_from_date desc
),

-- of the rows that name an adopted child only the one that the first migration brought is that child
naming as (
    select
        numbers.authority_code,
        numbers.source_name,
        numbers.record_id,
        numbers.legacy_source_name,
        numbers.legacy_id,
        adopted.child_id is null
        or people.was_migrated and row_number() over (
            partition by numbers.authority_code, numbers.legacy_source_name, numbers.legacy_id
            order by
                people.was_migrated desc,
                systems.system_number,
                people.recorded_at,
                people.first_seen_date,
                numbers.record_id
        ) = 1 as is_followed
    from numbers
    inner join people
        on
            numbers.authority_code = people.authority_code
            and numbers.source_name = people.source_name
            and numbers.record_id = people.record_id
    inner join {{ source('context', 'run_systems') }} as systems
        on numbers.authority_code = systems.authority_code and numbers.source_name = systems.source_name
    left join {{ ref('int_records_linked') }} as named
        on
            named.entity = 'people'
            and numbers.authority_code = named.authority_code
            and numbers.legacy_source_name = named.source_name
            and numbers.legacy_id = named.record_id
    left join {{ ref('int_adopted_children') }} as adopted
        on
            numbers.authority_code = adopted.authority_code
            and coalesce(named.canonical_record_id, numbers.legacy_id) = adopted.child_id
),

steps as (
    select
        authority_code,
        'people' as entity,
        source_name,
        record_id,
        legacy_source_name,
        legacy_id
    from naming
    where is_followed
    union all
    -- a person who was never delivered is known by what was migrated of the child
    select
        authority_code,
        'people' as entity,
        source_name,
        source_id as record_id,
        canonical_source_name as legacy_source_name,
        canonical_id as legacy_id
    from {{ ref('int_keys_matched') }}
    where id_kind = 'child'
),

{{ linked_rows() }}

select
    linked.authority_code,
    linked.source_name,
    linked.record_id,
    linked.canonical_record_id as identity_id,
    linked.superseded_number,
    coalesce(naming.is_followed, false) as is_linked
from linked
left join naming
    on
        linked.authority_code = naming.authority_code
        and linked.source_name = naming.source_name
        and linked.record_id = naming.record_id
