{#- Registrations by their first day, with the reason why one is no new registration of the council's own child. -#}
{% macro new_registrations() -%}
    select
        facts.*,
        case
            when facts.exclusion_reason is not null then facts.exclusion_reason
            when not coalesce(children.is_own_responsibility, true) then 'another authority is responsible'
            when facts.is_transfer_in then 'taken over from another authority''s register'
            when facts.is_temporary then 'temporary registration of another authority''s child'
        end as counting_exclusion_reason
    from {{ ref('fct_registrations') }} as facts
    left join {{ ref('dim_children') }} as children
        on facts.authority_code = children.authority_code and facts.child_key = children.child_key
    where facts.registered_date is not null
{%- endmacro %}


{#-
  Registrations by their last day. counting_exclusion_reason says why one is no deregistration, length_exclusion_reason
  why its length cannot be told.
-#}
{% macro ended_registrations() -%}
    select
        ended.*,
        case
            when ended.counting_exclusion_reason is not null then ended.counting_exclusion_reason
            when ended.exclusion_reason is not null then ended.exclusion_reason
            when ended.is_backwards then 'deregistered before registered'
        end as length_exclusion_reason
    from (
        select
            facts.*,
            case
                when facts.is_deleted or facts.is_still_to_come then facts.exclusion_reason
                when not ({{ in_calendar('facts.deregistered_date') }})
                    then 'deregistered outside the years 1990 to 2040'
                when not coalesce(children.is_own_responsibility, true)
                    then 'another authority is responsible'
            end as counting_exclusion_reason
        from {{ ref('fct_registrations') }} as facts
        left join {{ ref('dim_children') }} as children
            on facts.authority_code = children.authority_code and facts.child_key = children.child_key
        where facts.deregistered_date is not null
    ) as ended
{%- endmacro %}
