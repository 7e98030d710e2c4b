-- Who a worker is stays behind in staging: a worker here is a pseudonym, and the team of the latest record.

with recorded as (
    select
        authority_code,
        worker_key,
        team_key,
        recorded_at,
        record_key
    from {{ ref('fct_contacts') }}
    union all
    select
        authority_code,
        worker_key,
        team_key,
        recorded_at,
        record_key
    from {{ ref('fct_assessments') }}
    union all
    select
        authority_code,
        worker_key,
        team_key,
        recorded_at,
        record_key
    from {{ ref('fct_plans') }}
),

workers as (
    select distinct on (authority_code, worker_key)
        authority_code,
        worker_key,
        team_key as latest_team_key
    from recorded
    where worker_key <> 'unknown'
    order by authority_code, worker_key, recorded_at desc nulls last, record_key
)

select
    authority_code,
    worker_key,
    latest_team_key,
    false as is_unknown
from workers
union all
select
    authority_code,
    'unknown' as worker_key,
    'unknown' as latest_team_key,
    true as is_unknown
from {{ source('context', 'run_context') }}
