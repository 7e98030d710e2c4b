-- every version of a person row, deleted ones too; nothing was migrated into this system
select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.client_no') }} as record_id,
    null::text as legacy_source_name,
    null::text as legacy_id,
    {{ day_first_time('landed.last_updated') }} as recorded_at,
    landed.valid_from_date,
    landed.valid_to_date,
    false as is_migrated
from {{ history_rows('raise', 'client') }}
