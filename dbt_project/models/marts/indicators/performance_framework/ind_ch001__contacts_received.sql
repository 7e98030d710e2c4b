{{ successor_records('CH001', 'ind_con01__contacts_received') }}
