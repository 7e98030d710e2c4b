-- every version of a person row, one that was taken back too: the first tells what the migration brought, the last goes
-- on
-- linking
select
    landed.authority_code,
    'cofnod' as source_name,
    {{ guid('landed.id') }} as record_id,
    case
        when {{ former_source('landed.migrated_from') }} in ('cofnod', 'raise', 'wccis')
            then {{ former_source('landed.migrated_from') }}
    end as legacy_source_name,
    case
        when {{ former_source('landed.migrated_from') }} in ('cofnod', 'raise', 'wccis')
            then {{ former_id('landed.migrated_from') }}
    end as legacy_id,
    {{ utc_time('landed.created_at') }} as recorded_at,
    landed.valid_from_date,
    landed.valid_to_date,
    -- a row that could not be read on the night of the cut-over came with it all the same
    landed.valid_from_date <= context.first_usable_date
    or coalesce({{ local_date(utc_time('landed.created_at')) }} <= context.first_usable_date, false) as is_migrated
from {{ history_rows('cofnod', 'people') }}
