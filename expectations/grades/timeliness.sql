-- How much of what happened was recorded within {{ days_to_record }} days: records of the system that is live, of the
-- last months, and of nothing from before its cut-over (what was migrated was recorded long ago, whatever its stamp
-- says).
{% set entities = [
    ('contacts', "(facts.received_at at time zone 'Europe/London')::date"),
    ('assessments', 'coalesce(facts.authorised_date, facts.referral_date)'),
    ('plans', 'facts.start_date'),
    ('section_47s', 'facts.strategy_date'),
    ('registrations', 'facts.registered_date'),
    ('care_episodes', 'facts.start_date'),
    ('missing_episodes', "(facts.missing_from_at at time zone 'Europe/London')::date"),
] %}
with happened as (
    {% for entity, day in entities %}
        select
            facts.authority_code,
            '{{ entity }}' as entity,
            facts.source_name,
            {{ day }} as event_date,
            (facts.recorded_at at time zone 'Europe/London')::date as recorded_date
        from intermediate.int_{{ entity }}_conformed as facts
        where not facts.is_void
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    happened.authority_code,
    happened.entity,
    count(*) as recorded,
    (count(*) filter (where happened.recorded_date <= happened.event_date + {{ days_to_record }}))::double precision
    / count(*) as timely
from happened
inner join staging.run_context as context
    on happened.authority_code = context.authority_code and happened.source_name = context.live_source
inner join staging.run_systems as systems
    on happened.authority_code = systems.authority_code and happened.source_name = systems.source_name
where
    happened.recorded_date is not null
    and happened.event_date <= context.as_at_date - {{ days_to_record }}
    and happened.event_date > context.as_at_date - make_interval(months => {{ window_months }})
    and (systems.live_from_date is null or happened.event_date >= systems.live_from_date)
group by happened.authority_code, happened.entity
having count(*) >= {{ minimum_recorded }}
