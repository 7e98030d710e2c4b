-- A child who left care twice is two care leavers (indicators.md, Care leavers). The birth date decides who is under 21
-- at the start of a year, and stays behind in intermediate.

with leavers as (
    select * from {{ ref('fct_care_leavers') }}
    where exclusion_reason is null
),

years as (
    select * from {{ ref('dim_periods') }}
    where period_type = 'year'
),

attributes as (
    select * from {{ ref('int_child_attributes') }}
),

spells as (
    select
        authority_code,
        child_key,
        start_date,
        {{ fresh_end('end_date', 'fresh_until_date') }} as end_date
    from {{ ref('int_homeless_spells_conformed') }}
    where
        not is_void
        and {{ fresh_date('start_date', 'fresh_until_date') }} is not null
        and (end_date is null or end_date >= start_date)
),

leaver_years as (
    select
        leavers.authority_code,
        leavers.record_key as leaver_key,
        leavers.child_key,
        leavers.left_care_date,
        leavers.is_own_responsibility,
        years.financial_year,
        years.period_start_date as year_start_date,
        years.effective_end_date as state_date
    from leavers
    inner join years
        on leavers.authority_code = years.authority_code and leavers.left_care_date <= years.effective_end_date
)

select
    leaver_years.authority_code,
    {{ derived_key('care_leaver_year', 'leaver_years.leaver_key', 'leaver_years.financial_year') }} as record_key,
    leaver_years.child_key,
    leaver_years.financial_year,
    leaver_years.year_start_date,
    leaver_years.state_date,
    leaver_years.left_care_date,
    case
        when {{ in_calendar('attributes.date_of_birth') }}
            then
                {{ birthday('attributes.date_of_birth', parameter('PM35', 'under_age_years')) }}
                > leaver_years.year_start_date
    end as is_under_21_at_start,
    exists(
        select 1
        from spells
        where
            spells.authority_code = leaver_years.authority_code
            and spells.child_key = leaver_years.child_key
            and spells.start_date <= leaver_years.state_date
            and (spells.end_date is null or spells.end_date >= leaver_years.year_start_date)
    ) as is_homeless_in_year,
    leaver_years.is_own_responsibility,
    leaver_years.state_date as event_date,
    {{ age_band_on('leaver_years.state_date') }} as age_band,
    leaver_years.leaver_key
from leaver_years
left join attributes
    on leaver_years.authority_code = attributes.authority_code and leaver_years.child_key = attributes.child_key
