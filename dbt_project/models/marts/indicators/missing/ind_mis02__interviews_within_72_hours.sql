with episodes as (
    select * from {{ ref('int_episodes_returned') }}
),

authorities as (
    select * from {{ ref('dim_authorities') }}
),

due as (
    select
        episodes.*,
        {{ parameter('MIS02', 'limit_hours') }} as limit_hours,
        episodes.returned_at + make_interval(hours => {{ parameter('MIS02', 'limit_hours') }}) as due_at,
        authorities.as_at_end_at
    from episodes
    inner join authorities on episodes.authority_code = authorities.authority_code
),

reasoned as (
    select
        *,
        case
            when exclusion_reason is not null then exclusion_reason
            when interview_exclusion_reason is not null then interview_exclusion_reason
            -- returned exactly the limit before the end of the day is due
            when interview_completed_at is null and due_at > as_at_end_at then 'not yet due'
        end as reason
    from due
)

select
    'MIS02' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    returned_date as counting_from_date,
    returned_date as counting_to_date,
    null::date as numerator_date,
    reason is null as is_in_denominator,
    reason is null and coalesce(interview_completed_at <= due_at, false) as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object('responsible', responsible) as breakdowns,
    reason as exclusion_reason,
    return_evidence
    || case
        when interview_completed_at is null then ', no interview'
        else
            ', interview completed ' || {{ spoken_time('interview_completed_at') }} || ': '
            || {{ spoken_hours('extract(epoch from interview_completed_at - returned_at) / 3600') }}
    end
    || ', limit ' || limit_hours || ' h' as evidence,
    {{ local_date('due_at') }} as due_date
from reasoned
