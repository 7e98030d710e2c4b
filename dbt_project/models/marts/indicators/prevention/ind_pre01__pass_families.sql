{{ prevention_records('PRE01') }}
