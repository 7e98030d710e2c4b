-- families of the rows that the migration may have carried over
select
    landed.authority_code,
    'people' as entity,
    {{ raise_key('landed.client_no') }} as record_id,
    {{ raise_key('landed.family_no') }} as family_id
from {{ as_at_rows('raise', 'client') }}
where {{ trimmed('landed.family_no') }} is not null

union all

select
    landed.authority_code,
    'prevention_services' as entity,
    {{ raise_key('landed.service_no') }} as record_id,
    {{ raise_key('landed.family_no') }} as family_id
from {{ as_at_rows('raise', 'prevention') }}
where {{ trimmed('landed.family_no') }} is not null
