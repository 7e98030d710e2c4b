-- One child may be known by several numbers: every system's, and those of merged records.

with rectified as (
    select
        held.authority_code,
        held.source_name,
        held.row_key,
        string_agg(distinct held.rectified_columns, ', ') as rectified_columns
    from {{ source('context', 'rectified_rows') }} as held
    inner join {{ source('context', 'case_entities') }} as entities
        on held.source_name = entities.source_name and held.entity = entities.source_entity
    where entities.entity = 'people'
    group by held.authority_code, held.source_name, held.row_key
)

select
    keys.authority_code,
    keys.child_key,
    keys.source_name,
    keys.child_id,
    keys.canonical_child_id,
    rectified.rectified_columns
from {{ ref('int_child_keys') }} as keys
left join rectified
    on
        keys.authority_code = rectified.authority_code
        and keys.source_name = rectified.source_name
        and keys.child_id = rectified.row_key
