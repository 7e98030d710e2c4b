with recursive references_made as (
    {{ of_every_system('child_references') | indent }}
),

sightings as (
    {%- for system in var('case_systems') %}
        select
            authority_code,
            source_name,
            record_id as child_id
        from {{ ref('stg_' ~ system ~ '__people') }}
        union
    {%- endfor %}
    select
        references_made.authority_code,
        references_made.source_name,
        coalesce(
            references_made.child_id,
            {{ child_of_its_own(
                'references_made.entity', 'coalesce(linked.canonical_record_id, references_made.record_id)'
            ) }}
        ) as child_id
    from references_made
    left join {{ ref('int_records_linked') }} as linked
        on
            references_made.authority_code = linked.authority_code
            and references_made.entity = linked.entity
            and references_made.source_name = linked.source_name
            and references_made.record_id = linked.record_id
),

chains as (
    select
        authority_code,
        subordinate_id,
        master_id,
        1 as length
    from {{ ref('int_merges_followed') }}
    where not is_cycle
    union all
    select
        chains.authority_code,
        chains.subordinate_id,
        steps.master_id,
        chains.length + 1 as length
    from chains
    inner join {{ ref('int_merges_followed') }} as steps
        on
            chains.authority_code = steps.authority_code
            and chains.master_id = steps.subordinate_id
            and not steps.is_cycle
),

chain_ends as (
    select distinct on (authority_code, subordinate_id)
        authority_code,
        subordinate_id,
        master_id
    from chains
    order by authority_code, subordinate_id, length desc
)

select
    sightings.authority_code,
    sightings.source_name,
    sightings.child_id,
    coalesce(linked.identity_id, sightings.child_id) as identity_id,
    coalesce(chain_ends.master_id, linked.identity_id, sightings.child_id) as canonical_child_id
from sightings
left join {{ ref('int_people_linked') }} as linked
    on
        sightings.authority_code = linked.authority_code
        and sightings.source_name = linked.source_name
        and sightings.child_id = linked.record_id
left join chain_ends
    on
        sightings.authority_code = chain_ends.authority_code
        and coalesce(linked.identity_id, sightings.child_id) = chain_ends.subordinate_id
