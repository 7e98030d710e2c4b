{#-
  What facts and dimensions share, so that a tool joins one to the other without a rule of its own.

  dimension_key: a code or name as the key of its dimension. Blank and unlisted are the unknown member, which every
  dimension has: a fact without a value joins too, and sums over a dimension are those of the fact.
-#}
{% macro dimension_key(code) -%}
    coalesce({{ code }}, 'unknown')
{%- endmacro %}


{#- The day of an event as the key of dim_dates: null where it is not known or lies outside the calendar. -#}
{% macro event_day(date) -%}
    case when {{ in_calendar(date) }} then {{ date }} end
{%- endmacro %}


{#- Age band of a child on the day of an event, unknown without one. Needs child_attributes_join. -#}
{% macro age_band_on(event_date) -%}
    case
        when {{ event_date }} is null then 'unknown'
        else {{ child_age_band('attributes.date_of_birth', 'attributes.expected_birth_date', event_date) }}
    end
{%- endmacro %}


{% macro child_attributes_join(facts) -%}
    left join {{ ref('int_child_attributes') }} as attributes
        on {{ facts }}.authority_code = attributes.authority_code and {{ facts }}.child_key = attributes.child_key
{%- endmacro %}


{#- A worker's pseudonym, keyed as those of records are; salts must be joined (salt_join). -#}
{% macro worker_key(worker_id) -%}
    case
        when {{ worker_id }} is null then 'unknown'
        else {{ record_key('workers', worker_id) }}
    end
{%- endmacro %}


{#-
  A dimension of codes: those of one list of the seed code_labels with their titles, and the unknown member last.
  `key` names the column of the key.
-#}
{% macro code_dimension(list_name, key) -%}
with labels as (
    select * from {{ ref('code_labels') }}
    where list_name = '{{ list_name }}'
)

select
    code as {{ key }},
    title,
    title_cy,
    sort_order,
    false as is_unknown
from labels
union all
select
    'unknown' as {{ key }},
    {{ unknown_title() }} as title,
    {{ unknown_title_cy() }} as title_cy,
    {{ last_in_order() }} as sort_order,
    true as is_unknown
{%- endmacro %}


{% macro unknown_title() %}'Not known'{% endmacro %}


{% macro unknown_title_cy() %}'Anhysbys'{% endmacro %}


{#- Place of the unknown member: after every other. -#}
{% macro last_in_order() %}9999{% endmacro %}


{#- Names of months and of days of the week in Welsh: the server's to_char knows those of its locale alone. -#}
{% macro month_name_cy(date) -%}
    (
        array[
            'Ionawr', 'Chwefror', 'Mawrth', 'Ebrill', 'Mai', 'Mehefin', 'Gorffennaf', 'Awst', 'Medi', 'Hydref',
            'Tachwedd', 'Rhagfyr'
        ]
    )[extract(month from {{ date }})::integer]
{%- endmacro %}


{% macro day_name_cy(date) -%}
    (
        array['Dydd Llun', 'Dydd Mawrth', 'Dydd Mercher', 'Dydd Iau', 'Dydd Gwener', 'Dydd Sadwrn', 'Dydd Sul']
    )[extract(isodow from {{ date }})::integer]
{%- endmacro %}


{#- A year that begins in one calendar year and ends in the next: 2017/18. -#}
{% macro split_year(first_year) -%}
    {{ first_year }}::text || '/' || lpad((({{ first_year }} + 1) % 100)::text, 2, '0')
{%- endmacro %}
