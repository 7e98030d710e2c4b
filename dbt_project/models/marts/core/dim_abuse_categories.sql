-- Every combination of the listed categories: a registration under two of them is one member of its own, sorted and
-- joined by + as facts have it (indicators.md, ruling on CPR01).

with recursive categories as (
    select
        code,
        title,
        title_cy,
        sort_order
    from {{ ref('code_labels') }}
    where list_name = 'abuse_category'
),

combinations as (
    select
        code as abuse_category_key,
        code as last_code,
        title,
        title_cy,
        1 as category_count,
        sort_order
    from categories
    union all
    select
        combinations.abuse_category_key || '+' || categories.code as abuse_category_key,
        categories.code as last_code,
        combinations.title || ' + ' || categories.title as title,
        combinations.title_cy || ' + ' || categories.title_cy as title_cy,
        combinations.category_count + 1 as category_count,
        combinations.sort_order
    from combinations
    -- in the order in which facts sort them, whatever the order of the list
    inner join categories on combinations.last_code < categories.code
)

select
    abuse_category_key,
    title,
    title_cy,
    category_count,
    row_number() over (order by category_count, sort_order, abuse_category_key)::integer as sort_order,
    false as is_unknown
from combinations
union all
select
    'unknown' as abuse_category_key,
    {{ unknown_title() }} as title,
    {{ unknown_title_cy() }} as title_cy,
    0 as category_count,
    {{ last_in_order() }} as sort_order,
    true as is_unknown
