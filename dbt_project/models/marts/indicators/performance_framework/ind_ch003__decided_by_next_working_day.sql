{{ successor_records('CH003', 'ind_con04__decided_by_next_working_day') }}
