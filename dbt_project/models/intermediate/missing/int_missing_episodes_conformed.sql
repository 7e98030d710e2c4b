{{ conform(
    'missing_episodes',
    columns=[
        'missing_from_at', 'returned_at', 'reported_by_code', 'interview_offered_code', 'interview_accepted_code',
        'interview_completed_at'
    ],
    time_columns=['missing_from_at', 'returned_at', 'interview_completed_at']
) }}
