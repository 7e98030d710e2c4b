{{ code_dimension('placement_type', 'placement_type_key') }}
