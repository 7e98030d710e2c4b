{{ return_records(
    'WRK01', 'fct_posts', 'hr_establishment',
    where="rows_in_force.post_status_code = " ~ parameter('WRK01', 'status', 'text'),
    breakdowns="
        jsonb_build_object(
            'team', coalesce(rows_in_force.team_name, 'unknown'),
            'role', coalesce(rows_in_force.role_name, 'unknown'),
            'team_role',
            coalesce(rows_in_force.team_name, 'unknown') || ' | ' || coalesce(rows_in_force.role_name, 'unknown')
        )
    ",
    evidence="
        'vacant post: ' || coalesce(rows_in_force.role_name, 'unknown role') || ' in '
        || coalesce(rows_in_force.team_name, 'an unknown team')
    "
) }}
