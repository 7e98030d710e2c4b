-- every version of a person row, deleted ones too: the first tells what the migration brought, the last goes on linking
select
    landed.authority_code,
    {{ guid('landed.personid') }} as record_id,
    {{ raise_key('landed.legacyid') }} as legacy_id,
    {{ guid('landed.familyid') }} as family_id,
    {{ utc_time('landed.createdon') }} as recorded_at,
    landed.valid_from_date,
    landed.valid_to_date,
    -- a row that could not be read on the night of the cut-over came with it all the same
    landed.valid_from_date <= context.wccis_first_date
    or coalesce({{ local_date(utc_time('landed.createdon')) }} <= context.wccis_first_date, false) as is_migrated
from {{ history_rows('wccis', 'person') }}
