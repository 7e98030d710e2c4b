-- A child who is matched, or for whom a link is considered, no longer waits: it is in no total, and is shown by status.

with returns_in_force as (
    select * from {{ ref('dim_returns_in_force') }}
    where return_kind = 'nwas_children_waiting'
),

children as (
    select * from {{ ref('fct_children_waiting') }}
    where child_authority_code = authority_code
),

judged as (
    select
        *,
        coalesce(status_code = {{ parameter('ADO02', 'status', 'text') }}, false) as is_waiting,
        coalesce(status_code, 'unknown') as status,
        case
            when age_years is null then 'unknown'
            when age_years >= {{ parameter('ADO02', 'age_boundary_years') }}
                then {{ parameter('ADO02', 'age_boundary_years') }} || '+'
            else 'under ' || {{ parameter('ADO02', 'age_boundary_years') }}
        end as age_group
    from children
),

in_force as (
    select
        judged.*,
        returns_in_force.state_date
    from judged
    inner join returns_in_force
        on
            judged.authority_code = returns_in_force.authority_code
            and judged.return_date = returns_in_force.return_date
)

select
    'ADO02' as indicator_code,
    authority_code,
    record_key,
    null::text as child_key,
    record_key as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    is_waiting as is_in_denominator,
    is_waiting as is_in_numerator,
    null::numeric as amount,
    case when is_waiting then jsonb_build_object('age', age_group) else '{}'::jsonb end
    || jsonb_build_object(
        'status', jsonb_build_object('value', status, 'is_counted', true),
        'age_status', jsonb_build_object('value', age_group || ' | ' || status, 'is_counted', true)
    ) as breakdowns,
    case when not is_waiting then 'not waiting: shown by status alone' end as exclusion_reason,
    'status ' || lower(replace(status, '_', ' '))
    || coalesce(', waiting since ' || {{ spoken_date('waiting_since_date') }}, '')
    || ', return of ' || {{ spoken_date('return_date') }} as evidence,
    null::date as due_date
from in_force
