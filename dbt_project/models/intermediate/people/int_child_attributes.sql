{{ config(indexes=[{'columns': ['authority_code', 'child_key'], 'unique': true}]) }}

-- attributes are the master's: of the person rows that stand for the canonical identity, the best one
with sent as (
    {{ of_every_system(
        'people',
        ['authority_code', 'source_name', 'record_id', 'date_of_birth', 'expected_birth_date', 'death_date', 'sex_code',
         'ethnicity_name', 'language_code', 'disability_code', 'responsible_authority_code', 'family_id',
         'is_restricted', 'is_void', 'modified_at', 'delivery_id', 'record_number']
    ) | indent }}
),

of_children as (
    select
        sent.*,
        children.canonical_child_id,
        children.identity_id,
        linked.superseded_number is null as is_standing
    from sent
    inner join {{ ref('int_people_linked') }} as linked
        on
            sent.authority_code = linked.authority_code
            and sent.source_name = linked.source_name
            and sent.record_id = linked.record_id
    inner join {{ ref('int_children') }} as children
        on
            sent.authority_code = children.authority_code
            and sent.source_name = children.source_name
            and sent.record_id = children.child_id
),

people as (
    select
        of_children.*,
        families.canonical_id as family_number
    from of_children
    left join {{ ref('int_keys_matched') }} as families
        on
            families.id_kind = 'family'
            and of_children.authority_code = families.authority_code
            and of_children.source_name = families.source_name
            and of_children.family_id = families.source_id
    where of_children.is_standing
),

subordinates as (
    select distinct
        authority_code,
        source_name,
        subordinate_id
    from {{ ref('int_merges_standing') }}
),

candidates as (
    select
        people.*,
        row_number() over (
            partition by people.authority_code, people.canonical_child_id
            order by
                subordinates.subordinate_id is not null,
                people.is_void,
                people.modified_at desc nulls last,
                people.record_id
        ) as preference
    from people
    left join subordinates
        on
            people.authority_code = subordinates.authority_code
            and people.source_name = subordinates.source_name
            and people.record_id = subordinates.subordinate_id
    where people.identity_id = people.canonical_child_id
),

-- a restriction on any row of a child restricts the child; where no row of it stands, because the one that superseded
-- it is gone or is not this child's, one that did stand goes on: nobody has lifted it
restrictions as (
    select
        authority_code,
        canonical_child_id
    from of_children
    group by authority_code, canonical_child_id
    having bool_or(is_restricted and is_standing) or bool_or(is_restricted) and not bool_or(is_standing)
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
