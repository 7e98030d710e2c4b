-- An end on the return's day has ended; a service that is appointed and starts later is in. A blank organisation is
-- none (indicators.md section 5): its row is shown as left out.
{{ return_records(
    'FF01', 'fct_family_services', 'families_first',
    where='(rows_in_force.end_date is null or rows_in_force.end_date > rows_in_force.return_date)',
    count_key='coalesce(rows_in_force.organisation_key, rows_in_force.record_key)',
    is_counted='rows_in_force.organisation_key is not null',
    exclusion_reason="case when rows_in_force.organisation_key is null then 'no organisation is named' end",
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
