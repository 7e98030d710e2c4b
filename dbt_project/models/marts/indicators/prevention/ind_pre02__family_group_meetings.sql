{{ prevention_records('PRE02') }}
