{{ conform(
    'care_episodes',
    columns=[
        'care_period_id', 'placement_id', 'start_date', 'start_reason_code', 'legal_status_code', 'placement_type_code',
        'provider_code', 'placement_authority_code', 'end_date', 'end_reason_code'
    ]
) }}
