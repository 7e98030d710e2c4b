with

steps as (
    select * from quality.upkeep_steps
),

ranked as (
    select
        upkeep_step_id,
        stamp,
        step,
        outcome,
        sentence,
        began_at,
        ended_at,
        row_number() over (partition by step order by upkeep_step_id desc) as age,
        max(ended_at) filter (where outcome = 'done') over (partition by step) as last_done_at
    from steps
)

select
    stamp,
    step,
    outcome,
    sentence,
    began_at,
    ended_at,
    last_done_at
from ranked
where age = 1
order by upkeep_step_id
