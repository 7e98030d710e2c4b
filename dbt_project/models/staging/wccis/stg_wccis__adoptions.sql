-- children whose care ended with adoption: their old and new identities are never linked
select
    landed.authority_code,
    'wccis' as source_name,
    {{ guid('landed.lacepisodeid') }} as record_id,
    {{ guid('landed.personid') }} as child_id
from {{ as_at_rows('wccis', 'lacepisode') }}
where
    {{ code_text('landed.endreason') }} = 'ADOPTED'
    and {{ iso_date('landed.enddate') }} <= context.as_at_date
    and not {{ flag('landed.inactive') }}
