{# What a page prints for a figure: one decimal half up, thousands parted, [c] hidden, [z] nothing to divide by, [x] not
   enough history (the shorthand of official statistics). `value` is null where nothing may be printed. #}
{% macro displayed(value_type, value, status) -%}
    case
        when {{ status }} = 'suppressed' then '[c]'
        when {{ status }} = 'no_denominator' then '[z]'
        when {{ status }} = 'insufficient_history' then '[x]'
        when {{ value_type }} = 'percent' then to_char(round({{ value }}, 1), 'FM999,990.0') || '%'
        when {{ value_type }} = 'mean' then to_char(round({{ value }}, 1), 'FM999,999,990.0')
        when {{ value_type }} = 'money'
            then
                case when round({{ value }}) < 0 then '-' else '' end || '£'
                || to_char(abs(round({{ value }})), 'FM999,999,999,999,999,990')
        else to_char({{ value }}, 'FM999,999,999,999,999,990')
    end
{%- endmacro %}


{# Green meets the target, amber lies within the margin (percent of the target), red beyond; no target, no colour. #}
{% macro rated(value, comparison, target, amber_margin_percent) -%}
    case
        when {{ value }} is null or {{ target }} is null then null
        when {{ comparison }} = 'at_most'
            then case
                when {{ value }} <= {{ target }} then 'green'
                when {{ value }} <= {{ target }} + abs({{ target }}) * {{ amber_margin_percent }} / 100 then 'amber'
                else 'red'
            end
        when {{ comparison }} = 'at_least'
            then case
                when {{ value }} >= {{ target }} then 'green'
                when {{ value }} >= {{ target }} - abs({{ target }}) * {{ amber_margin_percent }} / 100 then 'amber'
                else 'red'
            end
    end
{%- endmacro %}


{# How many standard errors lie between two figures if nothing but chance were at work: a two-proportion test with the
   pooled share for percentages, a comparison of two Poisson counts, Welch's statistic for means. Null where it cannot
   be told (a mean of one), nought where neither figure can vary. Takes the aliases of the two rows. #}
{% macro change_score(value_type, now, before) -%}
    case {{ value_type }}
        when 'percent'
            then ({{ now }}.value - {{ before }}.value) / 100 / nullif(sqrt(
                ({{ now }}.numerator + {{ before }}.numerator)
                * (
                    {{ now }}.denominator + {{ before }}.denominator
                    - {{ now }}.numerator - {{ before }}.numerator
                )
                / nullif(({{ now }}.denominator + {{ before }}.denominator) ^ 2, 0)
                * (1 / nullif({{ now }}.denominator, 0) + 1 / nullif({{ before }}.denominator, 0))
            ), 0)
        when 'count'
            then ({{ now }}.value - {{ before }}.value) / nullif(sqrt({{ now }}.value + {{ before }}.value), 0)
        when 'mean'
            then ({{ now }}.value - {{ before }}.value) / nullif(sqrt(
                {{ now }}.variance / nullif({{ now }}.denominator, 0)
                + {{ before }}.variance / nullif({{ before }}.denominator, 0)
            ), 0)
    end
{%- endmacro %}


{# Direction of travel in words, respecting which way is good. Money is no sample: any difference is real. #}
{% macro directed(value_type, good_direction, now_value, before_value, score, z_score) -%}
    case
        when {{ now_value }} is null or {{ before_value }} is null then null
        when {{ now_value }} = {{ before_value }} then 'no clear change'
        when {{ value_type }} <> 'money' and coalesce(abs({{ score }}), 0) < {{ z_score }} then 'no clear change'
        when {{ good_direction }} = 'none' and {{ now_value }} > {{ before_value }} then 'higher'
        when {{ good_direction }} = 'none' then 'lower'
        when ({{ now_value }} > {{ before_value }}) = ({{ good_direction }} = 'high') then 'improved'
        else 'worsened'
    end
{%- endmacro %}
