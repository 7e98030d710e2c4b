-- A return speaks for the day that it states, or for its business date where it states none. Of several deliveries that
-- state the same day the latest counts; one that states a day after the day of the run is not a fact yet, and one that
-- states a day outside the calendar speaks for no period.

with returns as (
    select
        authority_code,
        'hr_establishment' as return_kind,
        coalesce(return_date, business_date) as as_at_date,
        business_date,
        1 as row_count
    from {{ ref('stg_corporate__posts') }}
    union all
    select
        authority_code,
        'finance_monitor' as return_kind,
        coalesce(return_date, business_date) as as_at_date,
        business_date,
        1 as row_count
    from {{ ref('stg_corporate__budget_headings') }}
    union all
    select
        authority_code,
        'nwas_adopters' as return_kind,
        coalesce(return_date, business_date) as as_at_date,
        business_date,
        1 as row_count
    from {{ ref('stg_corporate__adopter_families') }}
    union all
    select
        authority_code,
        'nwas_children_waiting' as return_kind,
        coalesce(return_date, business_date) as as_at_date,
        business_date,
        1 as row_count
    from {{ ref('stg_corporate__children_waiting') }}
    union all
    select
        authority_code,
        'families_first' as return_kind,
        coalesce(return_date, business_date) as as_at_date,
        business_date,
        1 as row_count
    from {{ ref('stg_corporate__family_services') }}
    union all
    -- a return without a single row says that there is nothing: it replaces the one before all the same
    select
        authority_code,
        return_kind,
        business_date as as_at_date,
        business_date,
        0 as row_count
    from {{ ref('stg_corporate__returns') }}
    where row_count = 0
),

counted as (
    select
        returns.authority_code,
        returns.return_kind,
        returns.as_at_date,
        returns.business_date,
        sum(returns.row_count)::integer as row_count
    from returns
    inner join {{ source('context', 'run_context') }} as context
        on returns.authority_code = context.authority_code and returns.as_at_date <= context.as_at_date
    where {{ in_calendar('returns.as_at_date') }}
    group by returns.authority_code, returns.return_kind, returns.as_at_date, returns.business_date
),

compared as (
    select
        *,
        lag(row_count) over (
            partition by authority_code, return_kind, as_at_date order by business_date
        ) as row_count_replaced
    from counted
)

select distinct on (authority_code, return_kind, as_at_date)
    authority_code,
    return_kind,
    as_at_date,
    business_date,
    row_count,
    row_count_replaced
from compared
order by authority_code, return_kind, as_at_date, business_date desc
