{{ conform(
    'section_47s',
    columns=['strategy_date', 'enquiry_end_date', 'outcome_code', 'conference_date', 'conference_outcome_code']
) }}
