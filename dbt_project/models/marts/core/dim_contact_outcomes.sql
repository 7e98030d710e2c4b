{{ code_dimension('contact_outcome', 'contact_outcome_key') }}
