{{ return_records(
    'ADO01', 'fct_adopter_families', 'nwas_adopters',
    where="rows_in_force.stage_code = " ~ parameter('ADO01', 'stage', 'text'),
    breakdowns="
        jsonb_build_object(
            'applicant_type', coalesce(rows_in_force.applicant_type_code, 'unknown'),
            'second_time', coalesce(rows_in_force.is_second_time_code, 'unknown'),
            'on_hold', coalesce(rows_in_force.is_on_hold_code, 'unknown')
        )
        || case
            when rows_in_force.family_authority_code = rows_in_force.authority_code
                then jsonb_build_object(
                    'own_authority', 'all',
                    'own_authority_applicant_type', coalesce(rows_in_force.applicant_type_code, 'unknown')
                )
            else '{}'::jsonb
        end
    ",
    evidence="
        'family in assessment: ' || lower(replace(coalesce(rows_in_force.applicant_type_code, 'unknown'), '_', ' '))
        || case rows_in_force.is_second_time_code when 'Y' then ', second time' else '' end
        || case rows_in_force.is_on_hold_code when 'Y' then ', on hold' else '' end
    "
) }}
