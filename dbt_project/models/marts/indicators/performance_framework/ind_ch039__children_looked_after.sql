{{ successor_records('CH039', 'ind_lac01__children_looked_after', at_year_end=true) }}
