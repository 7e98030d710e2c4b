{{ conform('reviews', columns=['plan_id', 'planned_date', 'held_date', 'review_status_code']) }}
