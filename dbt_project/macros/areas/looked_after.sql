{#- Why a child is in no term of an indicator of those for whom the council is responsible; children must be joined. -#}
{% macro other_authority_reason() -%}
    case
        when not coalesce(children.is_own_responsibility, true) then 'another authority is responsible'
    end
{%- endmacro %}


{#- Where and how a looked-after child lived, for evidence: states must be aliased so. -#}
{% macro placement_evidence(states) -%}
    'looked after since ' || {{ spoken_date(states ~ '.start_date') }}
    || '; on ' || {{ spoken_date(states ~ '.state_date') }}
    || ' legal status ' || {{ states }}.legal_status_code || ', placement ' || {{ states }}.placement_type_code
    || ', provider ' || coalesce({{ states }}.provider_code, 'unknown')
    || ', area ' || coalesce({{ states }}.placement_authority_code, 'unknown')
{%- endmacro %}


{#-
  Children looked after at the end of each state day, as records of a stock indicator about those for whom the council
  is responsible. `is_met` decides on the numerator; what it cannot know is not met.
-#}
{% macro looked_after_records(indicator_code, is_met='true', breakdowns="'{}'::jsonb", evidence_end="''") -%}
with looked_after as (
    select
        states.*,
        coalesce(children.sex_code, 'unknown') as sex_code,
        {{ other_authority_reason() }} as exclusion_reason
    from {{ ref('fct_looked_after_states') }} as states
    left join {{ ref('dim_children') }} as children
        on states.authority_code = children.authority_code and states.child_key = children.child_key
)

select
    '{{ indicator_code }}' as indicator_code,
    looked_after.authority_code,
    looked_after.record_key,
    looked_after.child_key,
    looked_after.record_key as count_key,
    looked_after.state_date as counting_from_date,
    looked_after.state_date as counting_to_date,
    null::date as numerator_date,
    looked_after.exclusion_reason is null as is_in_denominator,
    looked_after.exclusion_reason is null and coalesce({{ is_met }}, false) as is_in_numerator,
    null::numeric as amount,
    {{ breakdowns }} as breakdowns,
    looked_after.exclusion_reason,
    {{ placement_evidence('looked_after') }} || {{ evidence_end }} as evidence,
    null::date as due_date
from looked_after
{%- endmacro %}


{#- Periods of care with the reason why one is in no term of an indicator of the council's own children. -#}
{% macro care_periods_judged() -%}
    select
        facts.*,
        case
            when facts.exclusion_reason is not null then facts.exclusion_reason
            when not coalesce(children.is_own_responsibility, true) then 'another authority is responsible'
        end as counting_exclusion_reason
    from {{ ref('fct_care_periods') }} as facts
    left join {{ ref('dim_children') }} as children
        on facts.authority_code = children.authority_code and facts.child_key = children.child_key
{%- endmacro %}
