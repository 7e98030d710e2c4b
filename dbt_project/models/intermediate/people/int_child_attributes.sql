{{ config(indexes=[{'columns': ['authority_code', 'child_key'], 'unique': true}]) }}

-- attributes are the master's: of the person rows that stand for the canonical identity, the best one
with superseded as (
    select distinct
        authority_code,
        legacy_id
    from {{ ref('int_legacy_links') }}
    where entity = 'people'
),

people as (
    select
        people.*,
        families.family_number
    from {{ ref('stg_wccis__people') }} as people
    left join {{ ref('int_families_linked') }} as families
        on people.authority_code = families.authority_code and people.family_id = families.family_id

    union all

    select
        people.*,
        null::text as family_number
    from {{ ref('stg_raise__people') }} as people
    left join superseded
        on people.authority_code = superseded.authority_code and people.record_id = superseded.legacy_id
    where superseded.legacy_id is null
),

subordinates as (
    select distinct
        authority_code,
        subordinate_id
    from {{ ref('stg_wccis__merges') }}
    where not is_void
),

candidates as (
    select
        people.*,
        children.canonical_child_id,
        row_number() over (
            partition by people.authority_code, children.canonical_child_id
            order by
                subordinates.subordinate_id is not null,
                people.is_void,
                people.modified_at desc nulls last,
                people.record_id
        ) as preference
    from people
    inner join {{ ref('int_children') }} as children
        on
            people.authority_code = children.authority_code
            and people.source_name = children.source_name
            and people.record_id = children.child_id
            and children.identity_id = children.canonical_child_id
    left join subordinates
        on
            people.source_name = 'wccis'
            and people.authority_code = subordinates.authority_code
            and people.record_id = subordinates.subordinate_id
),

-- a restriction on any row of a child restricts the child
restrictions as (
    select distinct
        children.authority_code,
        children.canonical_child_id
    from people
    inner join {{ ref('int_children') }} as children
        on
            people.authority_code = children.authority_code
            and people.source_name = children.source_name
            and people.record_id = children.child_id
    where people.is_restricted
)

select
    children.authority_code,
    children.child_key,
    children.canonical_child_id,
    candidates.record_id is not null as is_known,
    candidates.source_name,
    candidates.date_of_birth,
    candidates.expected_birth_date,
    candidates.death_date,
    coalesce(candidates.sex_code, 'unknown') as sex_code,
    {{ ethnicity_group(spelled('ethnicities', 'candidates.ethnicity_name')) }} as ethnicity_group,
    coalesce(candidates.language_code, 'unknown') as language_code,
    coalesce(candidates.disability_code, 'unknown') as disability_code,
    coalesce(candidates.responsible_authority_code, children.authority_code) as responsible_authority_code,
    coalesce(candidates.responsible_authority_code, children.authority_code)
    = children.authority_code as is_own_responsibility,
    coalesce(candidates.family_number, candidates.family_id) as family_id,
    coalesce(candidates.disability_code = 'Y', false) as is_disabled,
    restrictions.canonical_child_id is not null as is_restricted,
    candidates.delivery_id,
    candidates.record_number
from (
    select distinct
        authority_code,
        child_key,
        canonical_child_id
    from {{ ref('int_child_keys') }}
) as children
left join candidates
    on
        children.authority_code = candidates.authority_code
        and children.canonical_child_id = candidates.canonical_child_id
        and candidates.preference = 1
{{ spelling_join('ethnicities', 'ethnicity_group', 'candidates.ethnicity_name') }}
left join restrictions
    on
        children.authority_code = restrictions.authority_code
        and children.canonical_child_id = restrictions.canonical_child_id
