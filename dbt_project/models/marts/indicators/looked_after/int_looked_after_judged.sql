with states as (
    select * from {{ ref('fct_looked_after_states') }}
),

children as (
    select * from {{ ref('dim_children') }}
)

select
    states.authority_code,
    states.record_key,
    states.child_key,
    states.state_date,
    states.financial_year_start_date,
    states.is_year_end,
    states.start_date,
    states.legal_status_code,
    states.placement_type_code,
    states.provider_code,
    states.placement_authority_code,
    states.placement_key,
    states.age_band,
    states.age_years,
    coalesce(children.sex_code, 'unknown') as sex_code,
    children.ethnicity_group,
    children.language_code,
    children.disability_code,
    children.responsible_authority_code,
    children.exclusion_reason is null as is_own_responsibility,
    children.exclusion_reason,
    'looked after since ' || {{ spoken_date('states.start_date') }}
    || '; on ' || {{ spoken_date('states.state_date') }}
    || ' legal status ' || states.legal_status_code || ', placement ' || states.placement_type_code
    || ', provider ' || coalesce(states.provider_code, 'unknown')
    || ', area ' || coalesce(states.placement_authority_code, 'unknown') as evidence
from states
left join children on states.authority_code = children.authority_code and states.child_key = children.child_key
