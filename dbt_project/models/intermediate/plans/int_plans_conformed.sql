{{ conform('plans', columns=['plan_type_code', 'start_date', 'end_date', 'team_code', 'worker_id']) }}
