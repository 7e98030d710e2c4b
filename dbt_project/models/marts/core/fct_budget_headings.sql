select
    authority_code,
    return_date,
    record_key,
    heading_name,
    budget_amount,
    projected_amount,
    planned_saving_amount
from {{ ref('int_budget_headings') }}
