-- Names for readers, who see no marts. They are those of the lists, whether a figure has the group or not: that there
-- is a name tells nothing of any child.

with sources as (
    select * from {{ ref('dim_contact_sources') }}
),

outcomes as (
    select * from {{ ref('dim_contact_outcomes') }}
),

placement_types as (
    select * from {{ ref('dim_placement_types') }}
),

legal_statuses as (
    select * from {{ ref('dim_legal_statuses') }}
),

categories as (
    select * from {{ ref('dim_abuse_categories') }}
),

teams as (
    select * from {{ ref('dim_teams') }}
),

authorities as (
    select * from {{ ref('dim_authorities') }}
),

group_labels as (
    select * from {{ ref('group_labels') }}
),

codes as (
    select
        'source' as breakdown,
        contact_source_key as breakdown_value,
        title,
        title_cy,
        sort_order
    from sources
    union all
    select
        'outcome' as breakdown,
        contact_outcome_key as breakdown_value,
        title,
        title_cy,
        sort_order
    from outcomes
    union all
    select
        'placement_type' as breakdown,
        placement_type_key as breakdown_value,
        title,
        title_cy,
        sort_order
    from placement_types
    union all
    select
        'legal_status' as breakdown,
        legal_status_key as breakdown_value,
        title,
        title_cy,
        sort_order
    from legal_statuses
    union all
    select
        'category' as breakdown,
        abuse_category_key as breakdown_value,
        title,
        title_cy,
        sort_order
    from categories
    union all
    select
        breakdown,
        breakdown_value,
        title,
        title_cy,
        sort_order
    from group_labels
    union all
    select distinct
        breakdown,
        'unknown' as breakdown_value,
        {{ unknown_title() }} as title,
        {{ unknown_title_cy() }} as title_cy,
        {{ last_in_order() }} as sort_order
    from group_labels
)

select
    authorities.authority_code,
    codes.breakdown,
    codes.breakdown_value,
    codes.title,
    codes.title_cy,
    codes.sort_order
from authorities
cross join codes
union all
select
    authority_code,
    'team' as breakdown,
    team_key as breakdown_value,
    team_name as title,
    team_name_cy as title_cy,
    row_number() over (partition by authority_code order by is_unknown, team_name, team_key)::integer as sort_order
from teams
