with

steps as (
    select * from quality.upkeep_steps
),

ranked as (
    select
        upkeep_step_id,
        step,
        outcome,
        began_at,
        ended_at,
        row_number() over (partition by step order by upkeep_step_id desc) as age,
        max(ended_at) filter (where outcome = 'done') over (partition by step) as last_done_at
    from steps
)

select
    step,
    (outcome = 'failed')::integer as upkeep_step_failed,
    extract(epoch from ended_at - began_at) as upkeep_step_seconds,
    extract(epoch from last_done_at) as upkeep_step_done_timestamp_seconds
from ranked
where age = 1
order by upkeep_step_id
