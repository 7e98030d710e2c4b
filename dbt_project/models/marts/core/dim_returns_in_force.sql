-- A stock at a period's end is that of the latest return on or before it (indicators.md, Corporate returns).

with returns as (
    select * from {{ ref('int_corporate_returns') }}
),

state_days as (
    select * from {{ ref('dim_state_days') }}
)

select
    state_days.authority_code,
    returns.return_kind,
    state_days.state_date,
    max(returns.as_at_date) as return_date
from state_days
inner join returns
    on state_days.authority_code = returns.authority_code and state_days.state_date >= returns.as_at_date
group by state_days.authority_code, returns.return_kind, state_days.state_date
