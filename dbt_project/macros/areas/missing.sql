{#- Episodes that ended, as the three interview indicators count them: by the day of return, where recorded. -#}
{% macro returned_episodes() -%}
    select
        *,
        'returned ' || {{ spoken_time('returned_at') }} as return_evidence
    from {{ ref('fct_missing_episodes') }}
    where returned_date is not null
{%- endmacro %}


{#- An instant as a performance lead reads it, in local time: Mon 3 Apr 2017 17:05. -#}
{% macro spoken_time(instant) -%}
    to_char({{ instant }} at time zone 'Europe/London', 'Dy FMDD Mon YYYY HH24:MI')
{%- endmacro %}


{#- The two indicators about the offer of an interview differ in what puts an episode in the numerator alone. -#}
{% macro interview_offer_records(indicator_code, is_met) -%}
with returned as (
    {{ returned_episodes() }}
)

select
    '{{ indicator_code }}' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    returned_date as counting_from_date,
    returned_date as counting_to_date,
    null::date as numerator_date,
    return_exclusion_reason is null as is_in_denominator,
    return_exclusion_reason is null and coalesce({{ is_met }}, false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    return_exclusion_reason as exclusion_reason,
    return_evidence
    || case interview_offered_code
        when 'Y' then ', interview offered'
        when 'N' then ', interview not offered'
        else ', unknown whether an interview was offered'
    end
    || case
        when interview_offered_code = 'Y' and interview_accepted_code = 'Y' then ' and accepted'
        when interview_offered_code = 'Y' and interview_accepted_code = 'N' then ' and declined'
        when interview_offered_code = 'Y' then ', unknown whether it was accepted'
        else ''
    end as evidence,
    null::date as due_date
from returned
{%- endmacro %}
