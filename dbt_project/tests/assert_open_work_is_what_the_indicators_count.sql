-- To the row: what is open or late is what the indicator counts on the as-at day; of flows, what it counts as missed
-- and nobody has done since.

with as_at_days as (
    select
        authority_code,
        as_at_date
    from {{ ref('dim_authorities') }}
),

counted as (
    select
        records.authority_code,
        records.indicator_code,
        records.record_key
    from {{ ref('indicator_records') }} as records
    inner join as_at_days
        on records.authority_code = as_at_days.authority_code and records.counting_from_date = as_at_days.as_at_date
    where records.indicator_code in ('CON08', 'ASM05', 'ASM06') and records.is_in_numerator
    union all
    select
        records.authority_code,
        records.indicator_code,
        records.record_key
    from {{ ref('indicator_records') }} as records
    left join {{ ref('fct_contacts') }} as contacts
        on records.authority_code = contacts.authority_code and records.record_key = contacts.record_key
    left join {{ ref('fct_reviews_due') }} as reviews
        on records.authority_code = reviews.authority_code and records.record_key = reviews.record_key
    left join {{ ref('fct_missing_episodes') }} as episodes
        on records.authority_code = episodes.authority_code and records.record_key = episodes.record_key
    where
        records.indicator_code in ('CON03', 'REV02', 'REV03', 'REV04', 'MIS02')
        and records.is_in_denominator
        and not records.is_in_numerator
        and coalesce(contacts.decided_at, episodes.interview_completed_at) is null
        and coalesce(reviews.held_date, reviews.subject_end_date) is null
        and not coalesce(episodes.interview_offered_code = 'Y' and episodes.interview_accepted_code = 'N', false)
),

in_the_pack as (
    select
        open_work.authority_code,
        clocks.indicator_code,
        open_work.record_key
    from {{ ref('indicator_open_work') }} as open_work
    inner join (
        values
        ('CONTACT', 'CON08', false),
        ('CONTACT', 'CON03', true),
        ('ASSESSMENT', 'ASM05', false),
        ('ASSESSMENT', 'ASM06', true),
        ('REVIEW_CASP', 'REV02', true),
        ('REVIEW_LAC', 'REV03', true),
        ('REVIEW_CP', 'REV04', true),
        ('INTERVIEW', 'MIS02', true)
    ) as clocks (clock_code, indicator_code, is_of_the_late)
        on
            open_work.clock_code = clocks.clock_code
            and (open_work.is_late or not clocks.is_of_the_late)
    where open_work.is_open
),

shares as (
    select
        authority_code,
        indicator_code,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from {{ ref('indicator_work_in_time') }}
    group by authority_code, indicator_code
),

figures as (
    select
        figures.authority_code,
        figures.indicator_code,
        figures.numerator,
        figures.denominator
    from {{ ref('indicator_values') }} as figures
    inner join as_at_days
        on
            figures.authority_code = as_at_days.authority_code
            and as_at_days.as_at_date between figures.period_start_date and figures.period_end_date
    where
        figures.period_type = 'quarter'
        and figures.breakdown = 'all'
        and figures.indicator_code in ('CON03', 'ASM04', 'PM24', 'REV02', 'REV03', 'REV04', 'CPR04', 'MIS02')
)

select
    coalesce(counted.authority_code, in_the_pack.authority_code) as authority_code,
    coalesce(counted.indicator_code, in_the_pack.indicator_code) as indicator_code,
    coalesce(counted.record_key, in_the_pack.record_key) as record_key
from counted
full join in_the_pack
    on
        counted.authority_code = in_the_pack.authority_code
        and counted.indicator_code = in_the_pack.indicator_code
        and counted.record_key = in_the_pack.record_key
where counted.record_key is null or in_the_pack.record_key is null
union all
select
    figures.authority_code,
    figures.indicator_code,
    null::text as record_key
from figures
left join shares
    on figures.authority_code = shares.authority_code and figures.indicator_code = shares.indicator_code
where
    figures.numerator <> coalesce(shares.numerator, 0)
    or figures.denominator <> coalesce(shares.denominator, 0)
