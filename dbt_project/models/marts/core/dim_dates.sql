-- Labels are those of dim_periods; the number beside each sorts it where a tool would sort its text.

with days as (
    select
        dates.*,
        holidays.title_cy as bank_holiday_cy,
        extract(year from dates.calendar_date)::integer as calendar_year,
        extract(month from dates.calendar_date)::integer as month_number,
        date_trunc('month', dates.calendar_date)::date as month_start_date,
        {{ financial_year_start('dates.calendar_date') }} as financial_year_start_date,
        (extract(month from dates.calendar_date)::integer + 8) % 12 as month_of_year,
        extract(year from dates.calendar_date)::integer
        - case when extract(month from dates.calendar_date) < 9 then 1 else 0 end as academic_year_sort
    from {{ ref('int_dates') }} as dates
    left join {{ ref('bank_holidays') }} as holidays on dates.calendar_date = holidays.holiday_date
),

numbered as (
    select
        days.*,
        extract(year from days.financial_year_start_date)::integer as financial_year_sort,
        {{ split_year('extract(year from days.financial_year_start_date)::integer') }} as financial_year,
        days.month_of_year / 3 + 1 as quarter_number,
        days.month_of_year / 6 + 1 as half_number
    from days
)

select
    calendar_date,
    is_working_day,
    working_day_number,
    bank_holiday,
    is_provisional,
    bank_holiday_cy,
    extract(isodow from calendar_date)::integer as day_of_week,
    trim(to_char(calendar_date, 'Day')) as day_name,
    {{ day_name_cy('calendar_date') }} as day_name_cy,
    (calendar_date - extract(isodow from calendar_date)::integer + 1) as week_start_date,
    calendar_year,
    to_char(calendar_date, 'YYYY-MM') as month_label,
    calendar_year * 100 + month_number as month_sort,
    month_start_date,
    trim(to_char(calendar_date, 'Month')) || ' ' || calendar_year as month_name,
    {{ month_name_cy('calendar_date') }} || ' ' || calendar_year as month_name_cy,
    month_of_year + 1 as month_of_financial_year,
    financial_year || ' Q' || quarter_number as quarter_label,
    financial_year || ' Ch' || quarter_number as quarter_label_cy,
    financial_year_sort * 10 + quarter_number as quarter_sort,
    financial_year || ' H' || half_number as half_year_label,
    financial_year || ' H' || half_number as half_year_label_cy,
    financial_year_sort * 10 + half_number as half_year_sort,
    financial_year,
    financial_year_sort,
    financial_year_start_date,
    {{ split_year('academic_year_sort') }} as academic_year,
    academic_year_sort
from numbered
