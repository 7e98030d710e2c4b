{{ successor_records('CH044', 'ind_pm32__changes_of_school') }}
