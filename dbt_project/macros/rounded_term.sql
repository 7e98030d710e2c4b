{# A number as a profile shows it: to the nearest 5, halves up, where the figure is rounded. #}
{% macro rounded_term(is_rounded, number) -%}
    case when {{ is_rounded }} then 5 * floor(({{ number }} + 2.5) / 5) else {{ number }} end
{%- endmacro %}
