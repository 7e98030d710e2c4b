select
    landed.authority_code,
    'corporate' as source_name,
    landed.valid_from_date as business_date,
    {{ iso_date('landed.as_at') }} as return_date,
    landed.delivery_id,
    landed.record_number,
    {{ code_text('landed.child_ref') }} as child_reference,
    {{ ons_authority('landed.authority') }} as child_authority_code,
    {{ trimmed('landed.age_years') }}::numeric as age_years,
    {{ iso_date('landed.waiting_since') }} as waiting_since_date,
    {{ decoded('waiting_statuses', 'landed.status') }} as status_code
from {{ as_at_returns('nwas_children_waiting') }}
{{ decode_join('waiting_statuses', 'corporate', 'waiting_status', 'landed.status') }}
