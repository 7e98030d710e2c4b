{{ code_dimension('provider', 'provider_key') }}
