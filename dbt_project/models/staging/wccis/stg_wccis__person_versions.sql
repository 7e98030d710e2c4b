-- every version of a person row, deleted ones too: the first tells what a migration brought, the last goes on linking
select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.personid') }} as record_id,
    case when {{ trimmed('landed.legacyid') }} is not null then 'raise' end as legacy_source_name,
    {{ number_key('landed.legacyid') }} as legacy_id,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.valid_from_date,
    landed.valid_to_date,
    -- a row that could not be read on the night of the cut-over came with it all the same
    landed.valid_from_date <= context.first_usable_date
    or coalesce({{ local_date(utc_time('landed.createdon')) }} <= context.first_usable_date, false) as is_migrated
from {{ history_rows('wccis', 'person') }}
