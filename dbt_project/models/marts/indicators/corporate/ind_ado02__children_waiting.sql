-- A child who is matched, or for whom a link is considered, no longer waits: it is in no total, and is shown by status.
{{ return_records(
    'ADO02', 'fct_children_waiting', 'nwas_children_waiting',
    where='rows_in_force.child_authority_code = rows_in_force.authority_code',
    is_counted="coalesce(rows_in_force.status_code = " ~ parameter('ADO02', 'status', 'text') ~ ", false)",
    exclusion_reason="
        case
            when (rows_in_force.status_code is distinct from " ~ parameter('ADO02', 'status', 'text') ~ ")
                then 'not waiting: shown by status alone'
        end
    ",
    breakdowns="
        case
            when rows_in_force.status_code = " ~ parameter('ADO02', 'status', 'text') ~ "
                then jsonb_build_object('age', " ~ age_group('rows_in_force.age_years', parameter('ADO02', 'age_boundary_years')) ~ ")
            else '{}'::jsonb
        end
        || jsonb_build_object(
            'status', jsonb_build_object(
                'value', coalesce(rows_in_force.status_code, 'unknown'), 'is_counted', true
            ),
            'age_status', jsonb_build_object(
                'value', " ~ age_group('rows_in_force.age_years', parameter('ADO02', 'age_boundary_years')) ~ "
                || ' | ' || coalesce(rows_in_force.status_code, 'unknown'), 'is_counted', true
            )
        )
    ",
    evidence="
        'status ' || lower(replace(coalesce(rows_in_force.status_code, 'unknown'), '_', ' '))
        || coalesce(', waiting since ' || " ~ spoken_date('rows_in_force.waiting_since_date') ~ ", '')
    "
) }}
