{{ conform('school_moves', columns=['move_date', 'reason_code']) }}
