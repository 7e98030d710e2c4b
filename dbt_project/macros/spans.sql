{# Why a span (plan, episode, registration) is in no term, or null where it may count. Rule 1 and the first two rulings
   of indicators.md: a date must lie in the calendar and be known to the delivery that says it; an end before the
   start makes the record unusable, except where `allow_backwards` leaves that to the indicators. #}
{% macro span_exclusion(start, end, fresh_until, subject, allow_backwards=false) -%}
    case
        when {{ start }} is null then '{{ subject }} has no start date'
        when not ({{ in_calendar(start) }}) then '{{ subject }} starts outside the years 1990 to 2040'
        when {{ start }} > {{ fresh_until }} then '{{ subject }} starts after the day its source last delivered'
        {%- if not allow_backwards %}
        when {{ end }} < {{ start }} then '{{ subject }} ends before it starts'
        {%- endif %}
    end
{%- endmacro %}

{# The years that the working-day calendar covers; a date outside them is in no term that needs it. #}
{% macro in_calendar(date) -%}
    {{ date }} between date '1990-01-01' and date '2040-12-31'
{%- endmacro %}

{# An event's day where it may count: inside the calendar and not after the latest delivery of its source. #}
{% macro fresh_date(date, fresh_until) -%}
    case when {{ in_calendar(date) }} and {{ date }} <= {{ fresh_until }} then {{ date }} end
{%- endmacro %}

{# An end as known on the as-at day: one that lies after the latest delivery of its source means still open. #}
{% macro fresh_end(date, fresh_until) -%}
    case when {{ date }} <= {{ fresh_until }} then {{ date }} end
{%- endmacro %}

{# A day n months on, clamped to the month's end (indicators.md rule 1.3). #}
{% macro add_months(date, months) -%}
    ({{ date }} + make_interval(months => {{ months }}))::date
{%- endmacro %}

{# The nth birthday; that of 29 February falls on 1 March in common years, where adding years gives 28 February. #}
{% macro birthday(date_of_birth, years) -%}
    (
        {{ add_months(date_of_birth, '12 * ' ~ years) }}
        + case
            when
                to_char({{ date_of_birth }}, 'MMDD') = '0229'
                and to_char({{ add_months(date_of_birth, '12 * ' ~ years) }}, 'MMDD') = '0228'
                then 1
            else 0
        end
    )
{%- endmacro %}

{# Whole years on a day; null without a usable date of birth and before birth. #}
{% macro age_years(date_of_birth, day) -%}
    case
        when {{ in_calendar(date_of_birth) }} and {{ date_of_birth }} <= {{ day }}
            then extract(year from age({{ day }}::timestamp, {{ date_of_birth }}::timestamp))::integer
    end
{%- endmacro %}

{# Age band of a child on a day, as breakdowns write it (indicators.md, How values are written). #}
{% macro child_age_band(date_of_birth, expected_birth_date, day) -%}
    case
        when {{ date_of_birth }} is null and {{ expected_birth_date }} is not null then 'unborn'
        when {{ date_of_birth }} is null or not ({{ in_calendar(date_of_birth) }}) then 'unknown'
        when {{ date_of_birth }} > {{ day }} then 'unborn'
        when {{ day }} < {{ birthday(date_of_birth, 1) }} then '0'
        when {{ day }} < {{ birthday(date_of_birth, 5) }} then '1-4'
        when {{ day }} < {{ birthday(date_of_birth, 10) }} then '5-9'
        when {{ day }} < {{ birthday(date_of_birth, 16) }} then '10-15'
        when {{ day }} < {{ birthday(date_of_birth, 18) }} then '16-17'
        else '18+'
    end
{%- endmacro %}

{# 1 April of the financial year in which a day lies. #}
{% macro financial_year_start(day) -%}
    make_date(
        (extract(year from {{ day }}) - case when extract(month from {{ day }}) < 4 then 1 else 0 end)::integer, 4, 1
    )
{%- endmacro %}

{# A date as a performance lead reads it: Mon 3 Apr 2017. #}
{% macro spoken_date(date) -%}
    to_char({{ date }}, 'Dy FMDD Mon YYYY')
{%- endmacro %}

{# An instant as a performance lead reads it, in local time: Mon 3 Apr 2017 17:05. #}
{% macro spoken_time(instant) -%}
    to_char({{ instant }} at time zone 'Europe/London', 'Dy FMDD Mon YYYY HH24:MI')
{%- endmacro %}

{# So many hours as people say them, to the minute: a limit that was missed by one is seen to be missed. #}
{% macro spoken_hours(hours) -%}
    div(round(({{ hours }})::numeric * 60), 60) || ' h ' || mod(round(({{ hours }})::numeric * 60), 60) || ' min'
{%- endmacro %}

{# The key of something that is not itself a source row (a due day, a period of care), made from keys that are already
   pseudonyms, so that no source id can be guessed from it. #}
{% macro derived_key(subject, key, part) -%}
    left(encode(sha256(convert_to('{{ subject }}|' || {{ key }} || '|' || {{ part }}, 'UTF8')), 'hex'), 32)
{%- endmacro %}

{# Whether what has a beginning and an end stands open at the end of a day: as the stocks of the register count it. #}
{% macro is_open_on(started, done, day) -%}
    ({{ started }} <= {{ day }} and ({{ done }} is null or {{ done }} > {{ day }}))
{%- endmacro %}
