{{ conform(
    'contacts',
    columns=['received_at', 'decided_at', 'source_code', 'outcome_code', 'team_name', 'worker_id',
             'placing_authority_code', 'incident_id'],
    time_columns=['received_at', 'decided_at'],
) }}
