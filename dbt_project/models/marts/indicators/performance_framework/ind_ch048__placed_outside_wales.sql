{{ successor_records(
    'CH048',
    'ind_lac04__placed_outside_the_area',
    condition="records.is_in_numerator and records.breakdowns ->> 'wales' = 'outside'",
    at_year_end=true
) }}
