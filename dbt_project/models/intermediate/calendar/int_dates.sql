{{ config(indexes=[{'columns': ['calendar_date'], 'unique': true}]) }}

{#-
  The official list of bank holidays reaches to here; later years follow the rules of the Banking and Financial Dealings
  Act.
-#}
{% set last_published_year = 2028 %}

with days as (
    select
        series.day::date as calendar_date,
        extract(isodow from series.day) < 6 and holidays.holiday_date is null as is_working_day,
        holidays.title as bank_holiday,
        extract(year from series.day) > {{ last_published_year }} as is_provisional
    from generate_series(timestamp '1990-01-01', timestamp '2040-12-31', interval '1 day') as series (day)
    left join {{ ref('bank_holidays') }} as holidays on series.day::date = holidays.holiday_date
)

select
    calendar_date,
    is_working_day,
    (count(*) filter (where is_working_day) over (order by calendar_date))::integer as working_day_number,
    bank_holiday,
    is_provisional
from days
