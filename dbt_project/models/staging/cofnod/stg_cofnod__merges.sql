-- a merge that was taken back is undone, and stays to say so of the systems before
select
    landed.authority_code,
    'cofnod' as source_name,
    {{ guid('landed.id') }} as record_id,
    {{ guid('landed.kept_id') }} as master_id,
    {{ guid('landed.dropped_id') }} as subordinate_id,
    {{ utc_time('landed.merged_at') }} as merged_at,
    false as is_void,
    {{ utc_time('landed.changed_at') }} as modified_at,
    landed.delivery_id,
    landed.record_number
from {{ as_at_rows('cofnod', 'person_merges') }}
where {{ code_text('landed.change') }} is distinct from 'DELETE'
