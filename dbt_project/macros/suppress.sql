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
   `cells` has cell_id, group_id (no sum reaches beyond a group), measure, cell_order and reason (null: shown); `members`
   says which cells belong to a sum (equation_id, cell_id, is_total, is_count: its parts are counts that add up to its
   total, may_be_hidden). Where a sum has one hidden cell, or its hidden parts come to less than the smallest shown
   count, the next smallest part is hidden too. That can lay bare another sum, so it is done until no sum is left to
   mend; a group that is closed takes no further part. A recursive cte cannot aggregate over itself, so that a group's
   sums travel with it as arrays, best part to hide first.
   Needs `with recursive`. Yields ctes up to hidden_cells(cell_id, reason). #}
{% macro suppress(cells, members, smallest_count) -%}
groups_at_stake as materialized (
    select
        group_id,
        array_agg(cell_id) filter (where reason is not null) as hidden_cell_ids
    from {{ cells }}
    group by group_id
    having count(reason) > 0
),

sums_at_stake as materialized (
    select
        cells.group_id,
        array_agg(members.equation_id order by {{ best_first() }}) as equation_ids,
        array_agg(members.cell_id order by {{ best_first() }}) as cell_ids,
        array_agg(members.is_total order by {{ best_first() }}) as are_totals,
        array_agg(members.is_count order by {{ best_first() }}) as are_counts,
        array_agg(members.may_be_hidden order by {{ best_first() }}) as may_be_hidden,
        array_agg(cells.measure order by {{ best_first() }}) as measures
    from {{ members }} as members
    inner join {{ cells }} as cells on members.cell_id = cells.cell_id
    inner join groups_at_stake on cells.group_id = groups_at_stake.group_id
    group by cells.group_id
),

closing as (
    select
        groups_at_stake.group_id,
        0 as pass,
        groups_at_stake.hidden_cell_ids
    from groups_at_stake
    union all
    select
        closing.group_id,
        closing.pass + 1 as pass,
        closing.hidden_cell_ids || chosen.cell_ids as hidden_cell_ids
    from closing
    inner join sums_at_stake on closing.group_id = sums_at_stake.group_id
    cross join lateral (
        select array_agg(distinct candidates.cell_id) as cell_ids
        from (
            select distinct on (judged.equation_id) judged.cell_id
            from (
                select
                    terms.equation_id,
                    terms.cell_id,
                    terms.preference,
                    terms.is_count,
                    terms.may_be_hidden,
                    hidden.cell_id is not null as is_hidden,
                    count(hidden.cell_id) over sums as hidden_count,
                    bool_or(terms.is_total and hidden.cell_id is not null) over sums as is_total_hidden,
                    sum(terms.measure) filter (where hidden.cell_id is not null) over sums as hidden_measure
                from unnest(
                    sums_at_stake.equation_ids,
                    sums_at_stake.cell_ids,
                    sums_at_stake.are_totals,
                    sums_at_stake.are_counts,
                    sums_at_stake.may_be_hidden,
                    sums_at_stake.measures
                ) with ordinality
                    as terms (equation_id, cell_id, is_total, is_count, may_be_hidden, measure, preference)
                left join unnest(closing.hidden_cell_ids) as hidden (cell_id) on terms.cell_id = hidden.cell_id
                window sums as (partition by terms.equation_id)
            ) as judged
            where
                not judged.is_hidden
                and judged.may_be_hidden
                and (
                    judged.hidden_count = 1
                    or (
                        judged.is_count
                        and judged.hidden_count > 1
                        and not judged.is_total_hidden
                        and judged.hidden_measure < {{ smallest_count }}
                    )
                )
            order by judged.equation_id, judged.preference
        ) as candidates
    ) as chosen
    where chosen.cell_ids is not null
),

closed as (
    select distinct on (group_id)
        group_id,
        hidden_cell_ids
    from closing
    order by group_id, pass desc
),

hidden_cells as (
    select
        cells.cell_id,
        coalesce(cells.reason, 'protects another figure') as reason
    from closed
    cross join lateral unnest(closed.hidden_cell_ids) as hidden (cell_id)
    inner join {{ cells }} as cells on hidden.cell_id = cells.cell_id
)
{%- endmacro %}


{% macro best_first() -%}
    members.equation_id, members.is_total, cells.measure, cells.cell_order
{%- endmacro %}
