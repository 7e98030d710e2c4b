-- Organisations are counted, each once. An end on the return's day has ended; a service that is appointed and starts
-- later is in. A blank organisation is none (indicators.md section 5): its row is shown as left out.

with returns_in_force as (
    select * from {{ ref('dim_returns_in_force') }}
    where return_kind = 'families_first'
),

services as (
    select * from {{ ref('fct_family_services') }}
    where end_date is null or end_date > return_date
),

in_force as (
    select
        services.*,
        returns_in_force.state_date
    from services
    inner join returns_in_force
        on
            services.authority_code = returns_in_force.authority_code
            and services.return_date = returns_in_force.return_date
)

select
    'FF01' as indicator_code,
    authority_code,
    record_key,
    null::text as child_key,
    coalesce(organisation_key, record_key) as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    organisation_key is not null as is_in_denominator,
    organisation_key is not null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object(
        'area', coalesce(area_code, 'unknown'),
        'commissioned', coalesce(commissioned_code, 'unknown')
    ) as breakdowns,
    case when organisation_key is null then 'no organisation is named' end as exclusion_reason,
    coalesce(organisation_name, 'an unknown organisation') || ' for '
    || lower(replace(coalesce(area_code, 'unknown'), '_', ' '))
    || ', return of ' || {{ spoken_date('return_date') }} as evidence,
    null::date as due_date
from in_force
