-- children whose care ended with adoption: their old and new identities are never linked
select
    landed.authority_code,
    'raise' as source_name,
    {{ number_key('landed.episode_no') }} as record_id,
    {{ number_key('landed.client_no') }} as child_id
from {{ as_at_rows('raise', 'lac_episode') }}
where
    {{ code_text('landed.end_reason') }} = 'ADOPTED'
    and {{ day_first_date('landed.end_date') }} <= context.as_at_date
