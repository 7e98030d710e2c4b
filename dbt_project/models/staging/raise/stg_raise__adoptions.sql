-- children whose care ended with adoption: their old and new identities are never linked
select
    landed.authority_code,
    {{ raise_key('landed.episode_no') }} as record_id,
    null::text as legacy_id,
    {{ raise_key('landed.client_no') }} as child_id
from {{ as_at_rows('raise', 'lac_episode') }}
where
    {{ code_text('landed.end_reason') }} = 'ADOPTED'
    and {{ raise_date('landed.end_date') }} <= context.raise_as_at_date
