{#-
  Reviews that fell due under some of the clocks of fct_reviews_due, as records of an indicator. One that the plan did
  not live to see is excluded; one that was never held stays a miss.
-#}
{% macro review_records(indicator_code, clock_codes) -%}
with due as (
    select
        reviews.*,
        case
            when not coalesce(children.is_own_responsibility, true) then 'another authority is responsible'
            when not reviews.is_open_on_due_date and reviews.review_kind = 'LAC'
                then 'the child was no longer looked after on the due day'
            when not reviews.is_open_on_due_date then 'the plan had ended by the due day'
        end as exclusion_reason
    from {{ ref('fct_reviews_due') }} as reviews
    left join {{ ref('dim_children') }} as children
        on reviews.authority_code = children.authority_code and reviews.child_key = children.child_key
    where reviews.clock_code in ('{{ clock_codes | join("', '") }}')
)

select
    '{{ indicator_code }}' as indicator_code,
    due.authority_code,
    due.record_key,
    due.child_key,
    due.record_key as count_key,
    due.due_date as counting_from_date,
    due.due_date as counting_to_date,
    null::date as numerator_date,
    due.exclusion_reason is null as is_in_denominator,
    due.exclusion_reason is null and due.is_held_in_time as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    due.exclusion_reason,
    case due.review_kind
        when 'CASP' then 'care and support plan from '
        when 'CP' then 'child protection plan from '
        else 'looked after from '
    end
    || {{ spoken_date('due.subject_start_date') }}
    || coalesce(' to ' || {{ spoken_date('due.subject_end_date') }}, '')
    || ': review ' || due.review_number || ' was due by ' || {{ spoken_date('due.due_date') }} || ', '
    || coalesce(due.interval_working_days || ' working days', due.interval_months || ' months')
    || case
        when due.review_number = 1 then ' after the start'
        else ' after the review of ' || {{ spoken_date('due.runs_from_date') }}
    end
    || case
        when due.held_date is null then '; not held'
        when due.is_held_in_time then '; held ' || {{ spoken_date('due.held_date') }} || ', in time'
        else '; held ' || {{ spoken_date('due.held_date') }} || ', ' || (due.held_date - due.due_date)
            || case due.held_date - due.due_date when 1 then ' day late' else ' days late' end
    end as evidence,
    due.due_date
from due
{%- endmacro %}
