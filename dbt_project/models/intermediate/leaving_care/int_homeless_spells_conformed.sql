{{ conform('homeless_spells', columns=['start_date', 'end_date']) }}
