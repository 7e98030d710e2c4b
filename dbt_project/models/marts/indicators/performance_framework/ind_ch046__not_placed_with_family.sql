{{ successor_records(
    'CH046',
    'ind_lac01__children_looked_after',
    condition="records.is_in_numerator and records.breakdowns ->> 'placement_type' not in ('PARENT', 'KIN')",
    at_year_end=true
) }}
