select
    landed.authority_code,
    'corporate' as source_name,
    landed.valid_from_date as business_date,
    -- a line without a day is of the return that it stands in, and makes no newer one of its own
    coalesce(
        {{ iso_date('landed.as_at') }},
        max({{ iso_date('landed.as_at') }}) over (partition by landed.authority_code, landed.valid_from_date)
    ) as return_date,
    landed.delivery_id,
    landed.record_number,
    {{ decoded('areas', 'landed.area') }} as area_code,
    {{ code_text('landed.organisation') }} as organisation_name,
    {{ code_text('landed.service') }} as service_name,
    {{ decoded('commissionings', 'landed.commissioned') }} as commissioned_code,
    {{ iso_date('landed.start_date') }} as start_date,
    {{ iso_date('landed.end_date') }} as end_date
from {{ as_at_returns('families_first') }}
{{ decode_join('areas', 'corporate', 'families_first_area', 'landed.area') }}
{{ decode_join('commissionings', 'corporate', 'commissioning', 'landed.commissioned') }}
