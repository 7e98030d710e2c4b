{{ config(indexes=[{'columns': ['authority_code', 'source_name', 'child_id'], 'unique': true}]) }}

select
    children.authority_code,
    children.source_name,
    children.child_id,
    children.canonical_child_id,
    keys.child_key
from {{ ref('int_children') }} as children
inner join {{ source('keys', 'child_keys') }} as keys
    on children.authority_code = keys.authority_code and children.canonical_child_id = keys.canonical_child_id
