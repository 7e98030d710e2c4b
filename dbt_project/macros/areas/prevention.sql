{#- Families with a service open: a record counts in every period that its range touches, both ends included. -#}
{% macro prevention_records(indicator_code) -%}
with services as (
    select * from {{ ref('fct_prevention_services') }}
    where service_code = {{ parameter(indicator_code, 'service', 'text') }} and is_own_responsibility
),

authorities as (
    select * from {{ ref('dim_authorities') }}
)

select
    '{{ indicator_code }}' as indicator_code,
    services.authority_code,
    services.record_key,
    services.child_key,
    services.family_key as count_key,
    services.start_date as counting_from_date,
    coalesce(services.end_date, greatest(authorities.as_at_date, services.start_date)) as counting_to_date,
    null::date as numerator_date,
    services.exclusion_reason is null as is_in_denominator,
    services.exclusion_reason is null as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    services.exclusion_reason,
    'service from ' || coalesce({{ spoken_date('services.start_date') }}, 'an unknown day')
    || coalesce(' to ' || {{ spoken_date('services.end_date') }}, ', still open') as evidence,
    null::date as due_date
from services
inner join authorities on services.authority_code = authorities.authority_code
{%- endmacro %}
