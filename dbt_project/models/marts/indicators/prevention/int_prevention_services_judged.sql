-- A service counts in every period that its days touch, both ends included; an open one goes on to the as-at day.

with services as (
    select * from {{ ref('fct_prevention_services') }}
),

authorities as (
    select * from {{ ref('dim_authorities') }}
),

children as (
    select * from {{ ref('dim_children') }}
)

select
    services.authority_code,
    services.record_key,
    services.child_key,
    services.family_key,
    services.service_code,
    services.start_date,
    coalesce(services.end_date, greatest(authorities.as_at_date, services.start_date)) as last_date,
    coalesce(services.exclusion_reason, children.exclusion_reason) as exclusion_reason,
    'service from ' || coalesce({{ spoken_date('services.start_date') }}, 'an unknown day')
    || coalesce(' to ' || {{ spoken_date('services.end_date') }}, ', still open') as evidence
from services
inner join authorities on services.authority_code = authorities.authority_code
left join children on services.authority_code = children.authority_code and services.child_key = children.child_key
