-- The share in time of each clock by team: of the quarter that the as-at day lies in so far, and, of what stands open,
-- on the as-at day. The records and their judgement are those of the indicator; here they are only given to a team.

with authorities as (
    select * from {{ ref('dim_authorities') }}
),

quarters as (
    select
        periods.authority_code,
        periods.period_label,
        periods.period_start_date,
        periods.effective_end_date
    from {{ ref('dim_periods') }} as periods
    inner join authorities on periods.authority_code = authorities.authority_code
    where
        periods.period_type = 'quarter'
        and authorities.as_at_date between periods.period_start_date and periods.period_end_date
),

records as (
    select * from {{ ref('indicator_records') }}
    where is_in_denominator
),

register as (
    select * from {{ ref('indicators') }}
),

holders as (
    select * from {{ ref('int_children_held') }}
),

clocks as (
    select
        clock.clock_code,
        clock.indicator_code
    from (
        values
        ('CONTACT', 'CON03'),
        ('ASSESSMENT', 'ASM04'),
        ('ASSESSMENT', 'PM24'),
        ('REVIEW_CASP', 'REV02'),
        ('REVIEW_LAC', 'REV03'),
        ('REVIEW_CP', 'REV04'),
        ('CONFERENCE', 'CPR04'),
        ('INTERVIEW', 'MIS02')
    ) as clock (clock_code, indicator_code)
),

teams as (
    select
        'CONTACT' as clock_code,
        authority_code,
        record_key,
        team_key
    from {{ ref('fct_contacts') }}
    union all
    select
        'ASSESSMENT' as clock_code,
        authority_code,
        record_key,
        team_key
    from {{ ref('fct_assessments') }}
    union all
    select
        'REVIEW_' || clock_code as clock_code,
        authority_code,
        record_key,
        team_key
    from {{ ref('fct_reviews_due') }}
    where clock_code <> 'LAC'
),

placed as (
    select
        clocks.clock_code,
        records.indicator_code,
        records.authority_code,
        records.record_key,
        records.child_key,
        records.is_in_numerator,
        quarters.period_label,
        register.flow_or_stock = 'stock' as is_of_the_day
    from records
    inner join clocks on records.indicator_code = clocks.indicator_code
    inner join register on records.indicator_code = register.code
    inner join quarters
        on
            records.authority_code = quarters.authority_code
            and records.counting_from_date between case register.flow_or_stock
                when 'stock' then quarters.effective_end_date
                else quarters.period_start_date
            end and quarters.effective_end_date
)

select
    placed.authority_code,
    placed.clock_code,
    placed.indicator_code,
    coalesce(teams.team_key, holders.team_key, 'unknown') as team_key,
    placed.period_label,
    placed.is_of_the_day,
    count(*) filter (where placed.is_in_numerator) as numerator,
    count(*) as denominator
from placed
left join teams
    on
        placed.clock_code = teams.clock_code
        and placed.authority_code = teams.authority_code
        and placed.record_key = teams.record_key
left join holders
    on
        placed.authority_code = holders.authority_code
        and placed.child_key = holders.child_key
group by
    placed.authority_code, placed.clock_code, placed.indicator_code,
    coalesce(teams.team_key, holders.team_key, 'unknown'), placed.period_label, placed.is_of_the_day
