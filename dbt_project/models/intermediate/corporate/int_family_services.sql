with returns as (
    select * from {{ ref('int_corporate_returns') }}
    where return_kind = 'families_first'
),

rows_said as (
    select * from {{ ref('stg_corporate__family_services') }}
),

current_rows as (
    select
        rows_said.*,
        returns.as_at_date,
        -- a return may name the same one twice; each line of it is a row of its own
        row_number() over (
            partition by rows_said.authority_code, returns.as_at_date, rows_said.service_name
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
        'family_services', "coalesce(current_rows.service_name, '') || '#' || current_rows.occurrence"
    ) }} as record_key,
    current_rows.delivery_id,
    current_rows.record_number,
    current_rows.area_code,
    current_rows.organisation_name,
    current_rows.service_name,
    current_rows.commissioned_code,
    current_rows.start_date,
    current_rows.end_date,
    {{ record_key('organisations', 'current_rows.organisation_name') }} as organisation_key
from current_rows
{{ salt_join('current_rows.authority_code') }}
