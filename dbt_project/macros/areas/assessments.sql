{#-
  Assessments of the children for whom the authority is responsible, with what every indicator says of them. Two
  reasons: the one for being in no term, and the one that also spoils whatever compares the authorisation with the
  referral.
-#}
{% macro judged_assessments() -%}
select
    assessments.*,
    case
        when assessments.exclusion_reason is not null then assessments.exclusion_reason
        when not coalesce(children.is_own_responsibility, true) then 'another authority is responsible for the child'
    end as reason,
    case
        when assessments.exclusion_reason is not null then assessments.exclusion_reason
        when not coalesce(children.is_own_responsibility, true) then 'another authority is responsible for the child'
        else assessments.referral_exclusion_reason
    end as timing_reason,
    'referred ' || coalesce({{ spoken_date('assessments.referral_date') }}, 'on an unknown day') as referral_evidence,
    coalesce('authorised ' || {{ spoken_date('assessments.authorised_date') }}, 'not authorised') as authorised_evidence
from {{ ref('fct_assessments') }} as assessments
left join {{ ref('dim_children') }} as children
    on assessments.authority_code = children.authority_code and assessments.child_key = children.child_key
{%- endmacro %}


{#- The words for a number of working days against the limit that applied. -#}
{% macro working_days_evidence(working_days, limit) -%}
    coalesce(
        ': ' || {{ working_days }} || case {{ working_days }} when 1 then ' working day' else ' working days' end,
        ': working days unknown'
    )
    || ', limit ' || {{ limit }}
{%- endmacro %}


{#-
  One row per assessment and day of state on which it stood open, with the working days since its referral. What is in no
  term is listed once, on the as-at day.
-#}
{% macro open_assessments(indicator_code) -%}
with judged as (
    {{ judged_assessments() }}
),

last_days as (
    select
        authority_code,
        max(state_date) as last_date
    from {{ ref('dim_state_days') }}
    group by authority_code
),

open_on_days as (
    select
        judged.*,
        days.state_date,
        judged.reason as open_reason
    from judged
    inner join last_days on judged.authority_code = last_days.authority_code
    cross join
        lateral {{ months_touched('judged.referral_date', 'coalesce(judged.authorised_date, last_days.last_date)') }}
            as month_start
    inner join {{ ref('dim_state_days') }} as days
        on
            judged.authority_code = days.authority_code
            and {{ month_of('days.state_date') }} = month_start
            and judged.referral_date <= days.state_date
            and (judged.authorised_date is null or judged.authorised_date > days.state_date)
    where judged.timing_reason is null

    union all

    select
        judged.*,
        authorities.as_at_date as state_date,
        coalesce(judged.timing_reason, 'no referral day') as open_reason
    from judged
    inner join {{ ref('dim_authorities') }} as authorities on judged.authority_code = authorities.authority_code
    where
        (judged.timing_reason is not null or judged.referral_date is null)
        -- once authorised never open, but whether it was by then cannot be told from a day that nobody can use
        and (
            judged.authorised_date is null
            or judged.authorised_date < judged.referral_date
            or not ({{ in_calendar('judged.authorised_date') }})
        )
)

select
    told.*,
    told.referral_evidence
    || case
        when told.authorised_date <= told.state_date
            then ', ' || told.authorised_evidence || ', so not known whether open at the end of '
        else ', open at the end of '
    end
    || {{ spoken_date('told.state_date') }}
    || coalesce(
        ': ' || told.working_days_open || case told.working_days_open when 1 then ' working day' else ' working days' end,
        ''
    ) as open_evidence
from (
    select
        open_on_days.*,
        case
            when open_on_days.authorised_date <= open_on_days.state_date then null
            else state_days.working_day_number - open_on_days.referral_working_day_number
        end as working_days_open,
        {{ parameter(indicator_code, 'limit_working_days') if indicator_code != 'ASM05' else 'null::integer' }}
            as limit_working_days
    from open_on_days
    inner join {{ ref('dim_dates') }} as state_days on open_on_days.state_date = state_days.calendar_date
) as told
{%- endmacro %}


{#- The age of an open assessment in working days, in the bands of the register: 0-14, 15-28 ... 91+. -#}
{% macro open_age_band(indicator_code, working_days) -%}
    case when {{ working_days }} is not null then (
        select
            coalesce(max(bands.last_day::integer) filter (where bands.last_day::integer < {{ working_days }}) + 1, 0)
            || coalesce(
                '-' || min(bands.last_day::integer) filter (where bands.last_day::integer >= {{ working_days }}), '+'
            )
        from jsonb_array_elements_text({{ parameter(indicator_code, 'age_band_last_days', 'jsonb') }})
            as bands (last_day)
    ) end
{%- endmacro %}
