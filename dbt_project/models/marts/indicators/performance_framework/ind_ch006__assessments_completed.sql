{{ successor_records('CH006', 'ind_asm07__completed') }}
