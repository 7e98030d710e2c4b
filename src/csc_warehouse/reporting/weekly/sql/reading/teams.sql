select
    teams.team_key,
    teams.team_name,
    teams.team_name_cy,
    teams.service_name,
    teams.service_name_cy,
    teams.level_of_management,
    teams.is_unknown
from release.marts__dim_teams as teams
where teams.release_id = :release and teams.authority_code = :authority
