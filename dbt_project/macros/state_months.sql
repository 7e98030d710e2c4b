{# The months that a stretch of days touches, each by its first day: to join state days or periods to it by equality. A
   join by range alone compares each record with each day ever looked at, and grows with the square of the years. #}
{% macro months_touched(first_date, last_date) -%}
    generate_series(
        date_trunc('month', {{ first_date }}::timestamp), {{ last_date }}::timestamp, interval '1 month'
    )
{%- endmacro %}


{# The month of a state day, as months_touched gives it. #}
{% macro month_of(day) -%}
    date_trunc('month', {{ day }}::timestamp)
{%- endmacro %}
