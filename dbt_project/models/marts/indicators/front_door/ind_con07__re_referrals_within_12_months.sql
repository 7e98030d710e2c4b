with contacts as (
    select * from {{ ref('int_contacts_counted') }}
),

referrals as (
    select * from contacts
    where outcome_code = {{ parameter('CON07', 'outcome', 'text') }}
),

-- the child's latest referral on an earlier day; one in no term refers nobody
with_earlier as (
    select
        *,
        max(received_date) filter (where exclusion_reason is null) over (
            partition by authority_code, child_key
            order by received_date range between unbounded preceding and interval '1 day' preceding
        ) as earlier_referral_date
    from referrals
),

judged as (
    select
        *,
        (
            earlier_referral_date + make_interval(months => {{ parameter('CON07', 'look_back_months') }})
        )::date as look_back_end_date
    from with_earlier
)

select
    'CON07' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    counting_date as counting_from_date,
    counting_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null and coalesce(look_back_end_date > received_date, false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    exclusion_reason,
    'referral ' || received_evidence
    || coalesce(
        ', the child''s earlier referral ' || {{ spoken_date('earlier_referral_date') }}, ', no earlier referral held'
    ) as evidence,
    null::date as due_date
from judged
