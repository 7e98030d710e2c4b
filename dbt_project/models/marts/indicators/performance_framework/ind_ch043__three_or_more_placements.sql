{{ successor_records('CH043', 'ind_pm33__three_or_more_placements') }}
