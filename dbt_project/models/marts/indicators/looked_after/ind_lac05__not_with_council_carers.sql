{{ looked_after_records(
    'LAC05',
    is_met="looked_after.provider_code not in ('OWN', 'PARENT', 'unknown')"
) }}
