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

named_systems as (
    select distinct
        authority_code,
        legacy_source_name
    from numbers
),

peopled_systems as (
    select distinct
        authority_code,
        source_name
    from people
),

-- of each system that is named, the next one of the authority's that persons came to: they came by the first migration
next_systems as (
    select
        named_systems.authority_code,
        named_systems.legacy_source_name,
        min(systems.system_number) as system_number
    from named_systems
    left join {{ source('context', 'run_systems') }} as own
        on
            named_systems.authority_code = own.authority_code
            and named_systems.legacy_source_name = own.source_name
    inner join peopled_systems on named_systems.authority_code = peopled_systems.authority_code
    inner join {{ source('context', 'run_systems') }} as systems
        on
            peopled_systems.authority_code = systems.authority_code
            and peopled_systems.source_name = systems.source_name
            and systems.system_number > coalesce(own.system_number, 0)
    group by named_systems.authority_code, named_systems.legacy_source_name
),

naming as (
    select
        numbers.authority_code,
        numbers.source_name,
        numbers.record_id,
        numbers.legacy_source_name,
        numbers.legacy_id,
        systems.system_number,
        adopted.child_id is not null as is_of_adopted,
        people.was_migrated
        and (
            systems.system_number = next_systems.system_number
            -- what names a row that itself names the child's number comes with any later migration
            or named.canonical_record_id not in (
                numbers.legacy_id, numbers.legacy_source_name || ':' || numbers.legacy_id
            )
        ) as is_migrated,
        people.recorded_at,
        people.first_seen_date
    from numbers
    inner join people
        on
            numbers.authority_code = people.authority_code
            and numbers.source_name = people.source_name
            and numbers.record_id = people.record_id
    inner join {{ source('context', 'run_systems') }} as systems
        on numbers.authority_code = systems.authority_code and numbers.source_name = systems.source_name
    left join next_systems
        on
            numbers.authority_code = next_systems.authority_code
            and numbers.legacy_source_name = next_systems.legacy_source_name
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

-- of the rows that name an adopted child only the one that the first migration brought, and what names that at a later
-- one, is that child
judged as (
    select
        authority_code,
        source_name,
        record_id,
        legacy_source_name,
        legacy_id,
        system_number,
        not is_of_adopted
        or coalesce(is_migrated, false) and row_number() over (
            partition by authority_code, legacy_source_name, legacy_id, system_number
            order by is_migrated desc nulls last, recorded_at, first_seen_date, record_id
        ) = 1 as is_followed
    from naming
),

-- what names an adopted child and is not that child takes the place of the row that it names, and of no other
refused as (
    select
        judged.authority_code,
        judged.legacy_source_name as source_name,
        judged.legacy_id as record_id,
        min(judged.system_number) as system_number
    from judged
    left join {{ source('context', 'run_systems') }} as own
        on judged.authority_code = own.authority_code and judged.legacy_source_name = own.source_name
    where not judged.is_followed and judged.system_number > coalesce(own.system_number, 0)
    group by judged.authority_code, judged.legacy_source_name, judged.legacy_id
),

links as (
    select distinct
        versions.authority_code,
        'people' as entity,
        versions.source_name,
        versions.record_id,
        versions.legacy_source_name,
        versions.legacy_id
    from versions
    left join judged
        on
            versions.authority_code = judged.authority_code
            and versions.source_name = judged.source_name
            and versions.record_id = judged.record_id
            and versions.legacy_source_name = judged.legacy_source_name
            and versions.legacy_id = judged.legacy_id
    where versions.legacy_id is not null and coalesce(judged.is_followed, true)
),

steps as (
    select
        authority_code,
        'people' as entity,
        source_name,
        record_id,
        legacy_source_name,
        legacy_id
    from judged
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
    least(linked.superseded_number, refused.system_number) as superseded_number,
    coalesce(judged.is_followed, false) as is_linked
from linked
left join judged
    on
        linked.authority_code = judged.authority_code
        and linked.source_name = judged.source_name
        and linked.record_id = judged.record_id
left join refused
    on
        linked.authority_code = refused.authority_code
        and linked.source_name = refused.source_name
        and linked.record_id = refused.record_id
