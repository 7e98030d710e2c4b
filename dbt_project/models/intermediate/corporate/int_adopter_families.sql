with returns as (
    select * from {{ ref('int_corporate_returns') }}
    where return_kind = 'nwas_adopters'
),

rows_said as (
    select * from {{ ref('stg_corporate__adopter_families') }}
),

current_rows as (
    select
        rows_said.*,
        returns.as_at_date,
        -- a return may name the same one twice; each line of it is a row of its own
        row_number() over (
            partition by rows_said.authority_code, returns.as_at_date, rows_said.family_id
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
        'adopter_families', "coalesce(current_rows.family_id, '') || '#' || current_rows.occurrence"
    ) }} as record_key,
    current_rows.delivery_id,
    current_rows.record_number,
    current_rows.family_authority_code,
    current_rows.applicant_type_code,
    current_rows.is_second_time_code,
    current_rows.stage_code,
    current_rows.is_on_hold_code
from current_rows
{{ salt_join('current_rows.authority_code') }}
