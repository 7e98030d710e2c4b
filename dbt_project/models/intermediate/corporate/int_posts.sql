with returns as (
    select * from {{ ref('int_corporate_returns') }}
    where return_kind = 'hr_establishment'
),

rows_said as (
    select * from {{ ref('stg_corporate__posts') }}
),

current_rows as (
    select
        rows_said.*,
        returns.as_at_date,
        -- a return may name the same one twice; each line of it is a row of its own
        row_number() over (
            partition by rows_said.authority_code, returns.as_at_date, rows_said.post_id
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
        'posts', "coalesce(current_rows.post_id, '') || '#' || current_rows.occurrence"
    ) }} as record_key,
    current_rows.delivery_id,
    current_rows.record_number,
    {{ spelled('team_spellings', 'current_rows.team_name') }} as team_name,
    {{ spelled('role_spellings', 'current_rows.role_name') }} as role_name,
    current_rows.full_time_equivalent,
    current_rows.post_status_code,
    current_rows.cover_code
from current_rows
{{ salt_join('current_rows.authority_code') }}
{{ spelling_join('team_spellings', 'team', 'current_rows.team_name') }}
{{ spelling_join('role_spellings', 'role', 'current_rows.role_name') }}
