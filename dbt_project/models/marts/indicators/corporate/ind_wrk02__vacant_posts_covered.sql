{{ return_records(
    'WRK02', 'fct_posts', 'hr_establishment',
    where="rows_in_force.post_status_code = " ~ parameter('WRK02', 'status', 'text'),
    is_met="coalesce(rows_in_force.cover_code not in (" ~ parameter('WRK02', 'no_cover', 'text') ~ ", 'unknown'), false)",
    breakdowns="'{}'::jsonb",
    evidence="
        'vacant post in ' || coalesce(rows_in_force.team_name, 'an unknown team') || ', cover '
        || lower(coalesce(rows_in_force.cover_code, 'unknown'))
    "
) }}
