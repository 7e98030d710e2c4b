with returns_in_force as (
    select * from {{ ref('dim_returns_in_force') }}
    where return_kind = 'hr_establishment'
),

vacant_posts as (
    select * from {{ ref('fct_posts') }}
    where post_status_code = {{ parameter('WRK03', 'status', 'text') }}
),

in_force as (
    select
        vacant_posts.*,
        coalesce(vacant_posts.team_name, 'unknown')
        || ' | ' || coalesce(vacant_posts.role_name, 'unknown') as team_role,
        coalesce(vacant_posts.cover_code, 'unknown') as cover,
        returns_in_force.state_date
    from vacant_posts
    inner join returns_in_force
        on
            vacant_posts.authority_code = returns_in_force.authority_code
            and vacant_posts.return_date = returns_in_force.return_date
)

select
    'WRK03' as indicator_code,
    authority_code,
    record_key,
    null::text as child_key,
    record_key as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    true as is_in_denominator,
    true as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object(
        'cover', cover,
        'team_role', team_role,
        'team_role_cover', team_role || ' | ' || cover
    ) as breakdowns,
    null::text as exclusion_reason,
    'vacant post: ' || coalesce(role_name, 'unknown role') || ' in ' || coalesce(team_name, 'an unknown team')
    || ', cover ' || lower(cover) || ', return of ' || {{ spoken_date('return_date') }} as evidence,
    null::date as due_date
from in_force
