-- Each heading is two records, so that the variance can be read before and after the saving that is planned. A blank
-- planned saving is nought; a heading without a budget or a projection has no variance, and is in no sum.

with returns_in_force as (
    select * from {{ ref('dim_returns_in_force') }}
    where return_kind = 'finance_monitor'
),

headings as (
    select * from {{ ref('fct_budget_headings') }}
),

components as (
    select
        headings.*,
        parts.component,
        parts.component_amount,
        num_nulls(headings.projected_amount, headings.budget_amount) = 0 as is_whole
    from headings
    cross join lateral (
        values
        ('VARIANCE BEFORE SAVING', headings.projected_amount - headings.budget_amount),
        ('PLANNED SAVING', -coalesce(headings.planned_saving_amount, 0))
    ) as parts (component, component_amount)
),

in_force as (
    select
        components.*,
        returns_in_force.state_date
    from components
    inner join returns_in_force
        on
            components.authority_code = returns_in_force.authority_code
            and components.return_date = returns_in_force.return_date
)

select
    'FIN01' as indicator_code,
    authority_code,
    {{ derived_key('component', 'record_key', 'component') }} as record_key,
    null::text as child_key,
    {{ derived_key('component', 'record_key', 'component') }} as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    is_whole as is_in_denominator,
    is_whole as is_in_numerator,
    component_amount as amount,
    jsonb_build_object(
        'heading', coalesce(heading_name, 'unknown'),
        'component', component,
        'heading_component', coalesce(heading_name, 'unknown') || ' | ' || component
    ) as breakdowns,
    case when not is_whole then 'no budget or no projection: its variance is unknown' end as exclusion_reason,
    lower(component) || ' of ' || lower(coalesce(heading_name, 'an unknown heading')) || ': GBP '
    || coalesce(to_char(component_amount, 'FM999,999,999,990'), 'unknown')
    || ', return of ' || {{ spoken_date('return_date') }} as evidence,
    null::date as due_date
from in_force
