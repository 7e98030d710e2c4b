{{ prevention_records('PRE03') }}
