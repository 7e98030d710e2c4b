{# A number of events as a sentence says it: whole, with thousands parted. #}
{% macro spoken_count(number) -%}
    to_char(round({{ number }}), 'FM999,999,999,990')
{%- endmacro %}
