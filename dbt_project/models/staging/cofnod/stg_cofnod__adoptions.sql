-- children whose care ended with adoption: their old and new identities are never linked
select
    landed.authority_code,
    'cofnod' as source_name,
    {{ guid('landed.id') }} as record_id,
    {{ guid('landed.person_id') }} as child_id
from {{ as_at_rows('cofnod', 'care_episodes') }}
{{ decode_join('care_end_reasons', 'cofnod', 'care_end_reason', 'landed.end_reason') }}
where
    care_end_reasons.code = 'ADOPTED'
    and {{ iso_date('landed.ended_on') }} <= context.as_at_date
    and {{ code_text('landed.change') }} is distinct from 'DELETE'
