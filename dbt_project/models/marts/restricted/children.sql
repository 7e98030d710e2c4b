-- One child may be known by several numbers: both systems', and those of merged records.

select
    keys.authority_code,
    keys.child_key,
    keys.source_name,
    keys.child_id,
    keys.canonical_child_id
from {{ ref('int_child_keys') }} as keys
