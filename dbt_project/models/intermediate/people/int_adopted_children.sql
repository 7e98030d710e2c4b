-- an episode that was corrected in WCCIS counts as WCCIS has it, so a superseded RAISe episode says nothing here
with superseded as (
    select distinct
        authority_code,
        legacy_id
    from {{ ref('int_legacy_links') }}
    where entity = 'care_episodes'
),

person_numbers as (
    select
        authority_code,
        record_id,
        legacy_id
    from {{ ref('int_legacy_links') }}
    where entity = 'people' and is_latest
)

select
    adoptions.authority_code,
    adoptions.child_id
from {{ ref('stg_raise__adoptions') }} as adoptions
left join superseded
    on adoptions.authority_code = superseded.authority_code and adoptions.record_id = superseded.legacy_id
where superseded.legacy_id is null and adoptions.child_id is not null

union

select
    adoptions.authority_code,
    coalesce(person_numbers.legacy_id, adoptions.child_id) as child_id
from {{ ref('stg_wccis__adoptions') }} as adoptions
left join person_numbers
    on adoptions.authority_code = person_numbers.authority_code and adoptions.child_id = person_numbers.record_id
where adoptions.child_id is not null
