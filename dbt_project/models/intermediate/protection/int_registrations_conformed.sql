{{ conform(
    'registrations',
    columns=['registered_date', 'deregistered_date', 'category_code', 'transfer_in_code', 'temporary_code']
) }}
