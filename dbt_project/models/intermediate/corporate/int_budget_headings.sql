with returns as (
    select * from {{ ref('int_corporate_returns') }}
    where return_kind = 'finance_monitor'
),

rows_said as (
    select * from {{ ref('stg_corporate__budget_headings') }}
),

current_rows as (
    select
        rows_said.*,
        returns.as_at_date,
        -- a return may name the same one twice; each line of it is a row of its own
        row_number() over (
            partition by rows_said.authority_code, returns.as_at_date, rows_said.heading_name
            order by rows_said.record_number
        ) as occurrence
    from rows_said
    inner join returns
        on
            rows_said.authority_code = returns.authority_code
            and rows_said.business_date = returns.business_date
            and coalesce(rows_said.return_date, rows_said.business_date) = returns.as_at_date
)

select
    current_rows.authority_code,
    current_rows.as_at_date as return_date,
    {{ record_key(
        'budget_headings', "coalesce(current_rows.heading_name, '') || '#' || current_rows.occurrence"
    ) }} as record_key,
    current_rows.delivery_id,
    current_rows.record_number,
    {{ spelled('heading_spellings', 'current_rows.heading_name') }} as heading_name,
    current_rows.budget_amount,
    current_rows.projected_amount,
    current_rows.planned_saving_amount
from current_rows
{{ salt_join('current_rows.authority_code') }}
{{ spelling_join('heading_spellings', 'heading', 'current_rows.heading_name') }}
