{{ successor_records('CH012', 'ind_pm24__completed_within_42_working_days') }}
