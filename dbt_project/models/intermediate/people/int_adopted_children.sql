-- an episode that was corrected in a later system counts as that has it, so a superseded episode says nothing here
with adoptions as (
    {{ of_every_system('adoptions') | indent }}
)

select distinct
    adoptions.authority_code,
    coalesce(people.canonical_record_id, adoptions.child_id) as child_id
from adoptions
inner join {{ ref('int_records_linked') }} as episodes
    on
        episodes.entity = 'care_episodes'
        and adoptions.authority_code = episodes.authority_code
        and adoptions.source_name = episodes.source_name
        and adoptions.record_id = episodes.record_id
left join {{ ref('int_records_linked') }} as people
    on
        people.entity = 'people'
        and adoptions.authority_code = people.authority_code
        and adoptions.source_name = people.source_name
        and adoptions.child_id = people.record_id
where episodes.superseded_number is null and adoptions.child_id is not null
