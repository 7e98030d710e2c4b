-- An end on the return's day has ended; a service that is appointed and starts later is in.
{{ return_records(
    'FF01', 'fct_family_services', 'families_first',
    where='(rows_in_force.end_date is null or rows_in_force.end_date > rows_in_force.return_date)',
    count_key='rows_in_force.organisation_key',
    breakdowns="
        jsonb_build_object(
            'area', coalesce(rows_in_force.area_code, 'unknown'),
            'commissioned', coalesce(rows_in_force.commissioned_code, 'unknown')
        )
    ",
    evidence="
        coalesce(rows_in_force.organisation_name, 'an unknown organisation') || ' for '
        || lower(replace(coalesce(rows_in_force.area_code, 'unknown'), '_', ' '))
    "
) }}
