{{ config(indexes=[{'columns': ['id_kind', 'authority_code', 'source_name', 'source_id'], 'unique': true}]) }}

-- Periods of care, placements, families and incidents have no former key of their own. What the first delivered version
-- of a migrated row says, and what the last version of the row that it names says, are one (deliveries.md section 8).
-- Where rows disagree, because one was corrected since, most of them decide. A child or a plan that a migrated row
-- refers to and that was never delivered is told in the same way, where the system that refers to it has it so.
with recursive carried as (
    {{ of_every_system('matched_keys') | indent }}
),

delivered as (
    select
        authority_code,
        'child' as id_kind,
        source_name,
        record_id as source_id
    from {{ ref('int_records_linked') }}
    where entity = 'people' and (is_held or is_linked)
    union
    {%- for system in var('case_systems') %}
        select
            authority_code,
            'child' as id_kind,
            source_name,
            record_id as source_id
        from {{ ref('stg_' ~ system ~ '__person_versions') }}
        union
    {%- endfor %}
    select
        authority_code,
        'plan' as id_kind,
        source_name,
        record_id as source_id
    from {{ ref('int_records_linked') }}
    where entity = 'plans' and (is_held or is_linked)
),

-- what is to be matched: every key of the first four kinds, and of the others what was never delivered
unmatched as (
    select carried.*
    from carried
    left join delivered
        on
            carried.authority_code = delivered.authority_code
            and carried.id_kind = delivered.id_kind
            and carried.source_name = delivered.source_name
            and carried.source_id = delivered.source_id
    where coalesce(carried.is_matched, true) and delivered.source_id is null
),

links as (
    select distinct on (authority_code, entity, source_name, record_id)
        authority_code,
        entity,
        source_name,
        record_id,
        legacy_source_name,
        legacy_id
    from {{ ref('int_legacy_links') }}
    where is_latest and (source_name, record_id) is distinct from (legacy_source_name, legacy_id)
    order by
        authority_code, entity, source_name, record_id,
        last_carried_from_date desc, version_number nulls last, legacy_id
),

first_said as (
    select distinct on (
        unmatched.authority_code, unmatched.entity, unmatched.source_name, unmatched.record_id, unmatched.id_kind
    )
        unmatched.authority_code,
        unmatched.entity,
        unmatched.id_kind,
        unmatched.source_name,
        unmatched.source_id,
        links.legacy_source_name,
        links.legacy_id
    from unmatched
    inner join links
        on
            unmatched.authority_code = links.authority_code
            and unmatched.entity = links.entity
            and unmatched.source_name = links.source_name
            and unmatched.record_id = links.record_id
    order by
        unmatched.authority_code, unmatched.entity, unmatched.source_name, unmatched.record_id, unmatched.id_kind,
        unmatched.valid_from_date, unmatched.source_id
),

named as (
    select distinct
        authority_code,
        entity,
        legacy_source_name,
        legacy_id
    from links
),

last_said as (
    select distinct on (
        carried.authority_code, carried.entity, carried.source_name, carried.record_id, carried.id_kind
    )
        carried.authority_code,
        carried.entity,
        carried.id_kind,
        carried.source_name,
        carried.record_id,
        carried.source_id
    from carried
    inner join named
        on
            carried.authority_code = named.authority_code
            and carried.entity = named.entity
            and carried.source_name = named.legacy_source_name
            and carried.record_id = named.legacy_id
    order by
        carried.authority_code, carried.entity, carried.source_name, carried.record_id, carried.id_kind,
        carried.valid_from_date desc, carried.source_id
),

pairs as (
    select
        first_said.authority_code,
        first_said.id_kind,
        first_said.source_name,
        first_said.source_id,
        last_said.source_name as named_source_name,
        last_said.source_id as named_id,
        count(*)::integer as migrated_row_count
    from first_said
    inner join last_said
        on
            first_said.authority_code = last_said.authority_code
            and first_said.entity = last_said.entity
            and first_said.id_kind = last_said.id_kind
            and first_said.legacy_source_name = last_said.source_name
            and first_said.legacy_id = last_said.record_id
    where (first_said.source_name, first_said.source_id) is distinct from (last_said.source_name, last_said.source_id)
    group by
        first_said.authority_code,
        first_said.id_kind,
        first_said.source_name,
        first_said.source_id,
        last_said.source_name,
        last_said.source_id
),

steps as (
    select distinct on (authority_code, id_kind, source_name, source_id)
        authority_code,
        id_kind,
        source_name,
        source_id,
        named_source_name,
        named_id,
        migrated_row_count
    from pairs
    order by
        authority_code, id_kind, source_name, source_id, migrated_row_count desc, length(named_id), named_id,
        named_source_name
),

walks as (
    select
        authority_code,
        id_kind,
        source_name,
        source_id,
        named_source_name as reached_source_name,
        named_id as reached_id,
        migrated_row_count,
        array[source_name || ':' || source_id] as path
    from steps
    union all
    select
        walks.authority_code,
        walks.id_kind,
        walks.source_name,
        walks.source_id,
        steps.named_source_name,
        steps.named_id,
        walks.migrated_row_count,
        walks.path || (walks.reached_source_name || ':' || walks.reached_id) as path
    from walks
    inner join steps
        on
            walks.authority_code = steps.authority_code
            and walks.id_kind = steps.id_kind
            and walks.reached_source_name = steps.source_name
            and walks.reached_id = steps.source_id
    -- keys that are matched in a circle stand where the way began to repeat itself
    where not steps.named_source_name || ':' || steps.named_id = any(walks.path)
)

select distinct on (authority_code, id_kind, source_name, source_id)
    authority_code,
    id_kind,
    source_name,
    source_id,
    reached_source_name as canonical_source_name,
    reached_id as canonical_id,
    migrated_row_count
from walks
order by authority_code, id_kind, source_name, source_id, cardinality(path) desc
