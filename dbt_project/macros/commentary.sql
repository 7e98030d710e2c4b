{# How far apart two figures are, in the unit's own words: 22.0 percentage points, 8.2 working days, £10,000, 1 contact.
   Taken between what is printed, so that a reader who subtracts gets the same. #}
{% macro spoken_gap(value_type, unit, one, other) -%}
    case
        when {{ value_type }} = 'money'
            then '£' || to_char({{ printed_gap(value_type, one, other) }}, 'FM999,999,999,999,999,990')
        when {{ value_type }} = 'percent'
            then to_char({{ printed_gap(value_type, one, other) }}, 'FM999,990.0') || ' percentage points'
        when {{ value_type }} = 'mean'
            then to_char({{ printed_gap(value_type, one, other) }}, 'FM999,999,990.0') || ' ' || {{ unit }}
        else
            to_char({{ printed_gap(value_type, one, other) }}, 'FM999,999,999,999,999,990') || ' '
            || case
                when {{ printed_gap(value_type, one, other) }} <> 1 then {{ unit }}
                when {{ unit }} = 'children' then 'child'
                else regexp_replace(regexp_replace({{ unit }}, 'ies$', 'y'), 's$', '')
            end
    end
{%- endmacro %}


{# The distance of two figures as they are printed: one decimal for percentages and means, none for the rest. #}
{% macro printed_gap(value_type, one, other) -%}
    abs(
        round({{ one }}, {{ printed_decimals(value_type) }}) - round({{ other }}, {{ printed_decimals(value_type) }})
    )
{%- endmacro %}


{% macro printed_decimals(value_type) -%}
    case when {{ value_type }} in ('percent', 'mean') then 1 else 0 end
{%- endmacro %}


{# Whether the first of two figures is the better one, as a last word; nothing where neither way is good. #}
{% macro judged(good_direction, one, other) -%}
    case
        when {{ good_direction }} = 'none' then ''
        when ({{ one }} > {{ other }}) = ({{ good_direction }} = 'high') then ', which is better'
        else ', which is worse'
    end
{%- endmacro %}


{# Commentary on a figure: sentences computed from what the row shows, never typed. Takes the alias of a row with the
   shown figure, what it is compared with, and the words of its period. Of a hidden figure it says only that it is
   hidden, and what is compared with one is left out, since nothing hidden reaches the row. #}
{% macro commentary(row) -%}
    {%- set gap_to_comparator = printed_gap(row ~ '.value_type', row ~ '.shown_value', row ~ '.comparator') -%}
    {%- set gap_to_previous = printed_gap(row ~ '.value_type', row ~ '.shown_value', row ~ '.previous_value') -%}
    {%- set gap_to_target = printed_gap(row ~ '.value_type', row ~ '.shown_value', row ~ '.target') -%}
    case
        when {{ row }}.breakdown <> 'all' then null
        when {{ row }}.shown_status = 'suppressed' then 'Hidden, so that no child can be recognised.'
        when {{ row }}.shown_status = 'no_denominator' then 'There was nothing to divide by.'
        when {{ row }}.shown_status = 'insufficient_history' then 'The history held is too short for this figure.'
        else nullif(concat_ws(
            ' ',
            case
                when {{ row }}.shown_value is null or {{ row }}.comparator is null then null
                when {{ gap_to_comparator }} = 0
                    then 'The same as ' || {{ row }}.comparator_words || '.'
                else
                    {{ spoken_gap(row ~ '.value_type', row ~ '.unit', row ~ '.shown_value', row ~ '.comparator') }}
                    || case when {{ row }}.shown_value > {{ row }}.comparator then ' above ' else ' below ' end
                    || {{ row }}.comparator_words
                    || {{ judged(row ~ '.good_direction', row ~ '.shown_value', row ~ '.comparator') }} || '.'
            end,
            case
                when {{ row }}.rating is null then null
                when {{ row }}.rating = 'green' then 'Meets the target of ' || {{ row }}.target_words || '.'
                when {{ gap_to_target }} = 0 then 'Just misses the target of ' || {{ row }}.target_words || '.'
                else
                    'Misses the target of ' || {{ row }}.target_words || ' by '
                    || {{ spoken_gap(row ~ '.value_type', row ~ '.unit', row ~ '.shown_value', row ~ '.target') }}
                    || case {{ row }}.rating when 'amber' then ', within the margin' else '' end || '.'
            end,
            case
                -- where the terms are hidden no test is made, and the difference is said without a verdict
                when {{ row }}.direction is null and not {{ row }}.is_change_untested then null
                when {{ row }}.direction = 'no clear change'
                    then
                        'No clear change from ' || {{ row }}.previous_period_label
                        || ' (' || {{ row }}.previous_display || ').'
                when {{ gap_to_previous }} = 0 then null
                else
                    {{ spoken_gap(row ~ '.value_type', row ~ '.unit', row ~ '.shown_value', row ~ '.previous_value') }}
                    || case
                        when {{ row }}.shown_value > {{ row }}.previous_value then ' more'
                        when {{ row }}.value_type = 'count' then ' fewer'
                        else ' less'
                    end
                    || case {{ row }}.flow_or_stock when 'stock' then ' than at the end of ' else ' than in ' end
                    || {{ row }}.previous_period_label || ' (' || {{ row }}.previous_display || ')'
                    || case {{ row }}.direction
                        when 'improved' then ': better' when 'worsened' then ': worse' else ''
                    end || '.'
            end,
            case when {{ row }}.shown_status = 'provisional' then 'Provisional: the period had not ended.' end,
            case when {{ row }}.caveat is not null then 'To be read with its caveat.' end
        ), '')
    end
{%- endmacro %}
