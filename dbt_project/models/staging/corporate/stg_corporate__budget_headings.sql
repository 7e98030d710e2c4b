select
    landed.authority_code,
    'corporate' as source_name,
    landed.valid_from_date as business_date,
    {{ iso_date('landed.as_at') }} as return_date,
    landed.delivery_id,
    landed.record_number,
    {{ code_text('landed.heading') }} as heading_name,
    {{ trimmed('landed.budget_gbp') }}::numeric as budget_amount,
    {{ trimmed('landed.projected_gbp') }}::numeric as projected_amount,
    {{ trimmed('landed.planned_saving_gbp') }}::numeric as planned_saving_amount
from {{ as_at_returns('finance_monitor') }}
