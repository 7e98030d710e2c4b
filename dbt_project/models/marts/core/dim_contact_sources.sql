{{ code_dimension('contact_source', 'contact_source_key') }}
