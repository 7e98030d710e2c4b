{{ conform('health_events', columns=['care_period_id', 'placement_id', 'kind_code', 'event_date']) }}
