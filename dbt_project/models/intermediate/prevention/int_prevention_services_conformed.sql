{{ conform('prevention_services', columns=['service_code', 'start_date', 'end_date'], own_family_column='family_id') }}
