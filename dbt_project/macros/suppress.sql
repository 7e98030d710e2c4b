{# Why a figure about children must be hidden for its own sake, or null. The committee prints percentages, so only what
   would disclose behind them is hidden there (see hides); the open profile hides complements and small denominators. #}
{% macro small_number(profile, value_type, numerator, denominator, smallest_count, smallest_denominator) -%}
    case
        when {{ value_type }} = 'count'
            then case when {{ numerator }} > 0 and {{ numerator }} < {{ smallest_count }} then 'small count' end
        when {{ denominator }} > 0 and {{ denominator }} < {{ smallest_count }} then 'small denominator'
        when {{ value_type }} = 'mean' then null
        when {{ numerator }} > 0 and {{ numerator }} < {{ smallest_count }} then 'small count'
        when
            {{ denominator }} - {{ numerator }} > 0 and {{ denominator }} - {{ numerator }} < {{ smallest_count }}
            then 'small complement'
        when
            {{ profile }} = 'open' and {{ denominator }} > 0 and {{ denominator }} < {{ smallest_denominator }}
            then 'small denominator'
    end
{%- endmacro %}


{# Close the hidden cells over sums that anybody can do: whoever knows a whole and all its parts but one knows that one.
   `cells` has cell_id, measure, is_count and reason (null: shown); `members` says which cells belong to a sum
   (equation_id, cell_id, is_total). Where a sum has one hidden cell, or its hidden parts come to less than the smallest
   shown count, the next smallest part is hidden too; that can lay bare another sum, so it is done several times.
   Yields ctes up to hidden_cells(cell_id, reason). #}
{% macro suppress(cells, members, smallest_count, passes=16) -%}
hidden_0 as materialized (
    select cell_id, reason from {{ cells }} where reason is not null
),
{% for number in range(1, passes + 1) %}
chosen_{{ number }} as materialized (
    select distinct on (broken.equation_id) members.cell_id
    from (
        select members.equation_id
        from {{ members }} as members
        inner join {{ cells }} as cells on cells.cell_id = members.cell_id
        left join hidden_{{ number - 1 }} as hidden on hidden.cell_id = members.cell_id
        group by members.equation_id
        having
            count(hidden.cell_id) = 1
            or (
                count(hidden.cell_id) > 1
                and bool_and(cells.is_count)
                and not bool_or(members.is_total and hidden.cell_id is not null)
                and sum(cells.measure) filter (where hidden.cell_id is not null) < {{ smallest_count }}
            )
    ) as broken
    inner join {{ members }} as members on members.equation_id = broken.equation_id
    inner join {{ cells }} as cells on cells.cell_id = members.cell_id
    left join hidden_{{ number - 1 }} as hidden on hidden.cell_id = members.cell_id
    where hidden.cell_id is null
    order by broken.equation_id, members.is_total, cells.measure, cells.cell_order
),

hidden_{{ number }} as materialized (
    select cell_id, reason from hidden_{{ number - 1 }}
    union all
    select distinct cell_id, 'protects another figure' as reason from chosen_{{ number }}
),
{% endfor %}
hidden_cells as (
    select cell_id, reason from hidden_{{ passes }}
)
{%- endmacro %}
