{{ prevention_records('PRE04') }}
