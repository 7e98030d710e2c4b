{{ looked_after_records(
    'LAC01',
    breakdowns="jsonb_build_object(
        'placement_type', looked_after.placement_type_code,
        'legal_status', looked_after.legal_status_code,
        'age_band', looked_after.age_band,
        'sex', looked_after.sex_code
    )"
) }}
