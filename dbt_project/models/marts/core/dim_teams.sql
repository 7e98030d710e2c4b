-- Every team that a fact names, and every one that the council lists; what nobody listed has its own name for a title
-- and an unknown service.

with context as (
    select * from {{ source('context', 'run_context') }}
),

-- a listed spelling is the team under which it is counted; one that is listed under its own name goes first
listed as (
    select distinct on (teams.authority_code, {{ spelled('spellings', code_text('teams.team_code')) }})
        teams.authority_code,
        {{ spelled('spellings', code_text('teams.team_code')) }} as team_key,
        teams.team_name,
        teams.team_name_cy,
        teams.service_name,
        teams.service_name_cy,
        teams.level_of_management
    from {{ ref('teams') }} as teams
    inner join context on teams.authority_code = context.authority_code
    {{ spelling_join('spellings', 'team', code_text('teams.team_code')) }}
    order by
        teams.authority_code, {{ spelled('spellings', code_text('teams.team_code')) }},
        (spellings.spelling is not null), teams.team_code
),

named as (
    select
        authority_code,
        team_key
    from {{ ref('fct_contacts') }}
    union
    select
        authority_code,
        team_key
    from {{ ref('fct_assessments') }}
    union
    select
        authority_code,
        team_key
    from {{ ref('fct_plans') }}
    union
    select
        authority_code,
        team_key
    from {{ ref('fct_posts') }}
    union
    select
        authority_code,
        team_key
    from listed
    union
    select
        authority_code,
        'unknown' as team_key
    from context
)

select
    named.authority_code,
    named.team_key,
    coalesce(
        listed.team_name, case when named.team_key = 'unknown' then {{ unknown_title() }} else named.team_key end
    ) as team_name,
    coalesce(
        listed.team_name_cy,
        listed.team_name,
        case when named.team_key = 'unknown' then {{ unknown_title_cy() }} else named.team_key end
    ) as team_name_cy,
    coalesce(listed.service_name, {{ unknown_title() }}) as service_name,
    coalesce(listed.service_name_cy, listed.service_name, {{ unknown_title_cy() }}) as service_name_cy,
    coalesce(listed.level_of_management, 'unknown') as level_of_management,
    listed.team_key is not null as is_listed,
    named.team_key = 'unknown' as is_unknown
from named
left join listed on named.authority_code = listed.authority_code and named.team_key = listed.team_key
