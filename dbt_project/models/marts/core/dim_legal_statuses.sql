{{ code_dimension('legal_status', 'legal_status_key') }}
