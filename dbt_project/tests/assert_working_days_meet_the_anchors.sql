-- indicators.md rule 2: due days and quarters that the rule itself gives
with due_days (start_date, working_days, due_date) as (
    values
    (date '2017-04-03', 42, date '2017-06-06'),
    (date '2017-04-01', 42, date '2017-06-05'),
    (date '2017-04-13', 42, date '2017-06-16'),
    (date '2017-04-13', 15, date '2017-05-09'),
    (date '2017-12-22', 42, date '2018-02-23'),
    (date '2017-12-22', 20, date '2018-01-24'),
    (date '2018-03-29', 42, date '2018-06-01'),
    (date '2018-08-24', 42, date '2018-10-24'),
    (date '2018-08-24', 15, date '2018-09-17')
),

quarters (first_date, last_date, working_days) as (
    values
    (date '2017-04-01', date '2017-06-30', 61),
    (date '2017-07-01', date '2017-09-30', 64),
    (date '2017-10-01', date '2017-12-31', 63),
    (date '2018-01-01', date '2018-03-31', 63)
),

-- working days that one-off bank holidays took away, and days that a moved one gave back
one_off_days (calendar_date, is_working_day) as (
    values
    (date '1995-05-01', true), (date '1995-05-08', false), (date '1999-12-31', false), (date '2002-05-27', true),
    (date '2002-06-03', false), (date '2002-06-04', false), (date '2011-04-29', false), (date '2012-05-28', true),
    (date '2012-06-04', false), (date '2012-06-05', false), (date '2020-05-04', true), (date '2020-05-08', false),
    (date '2022-05-30', true), (date '2022-06-02', false), (date '2022-06-03', false), (date '2022-09-19', false),
    (date '2023-05-08', false), (date '2021-12-27', false), (date '2021-12-28', false), (date '2022-01-03', false)
)

select
    'due day' as anchor,
    due_days.due_date as anchor_date
from due_days
inner join {{ ref('int_dates') }} as start_days on due_days.start_date = start_days.calendar_date
inner join {{ ref('int_dates') }} as end_days on due_days.due_date = end_days.calendar_date
where
    end_days.working_day_number - start_days.working_day_number <> due_days.working_days
    or not end_days.is_working_day

union all

select
    'quarter' as anchor,
    quarters.last_date as anchor_date
from quarters
inner join {{ ref('int_dates') }} as start_days on quarters.first_date - 1 = start_days.calendar_date
inner join {{ ref('int_dates') }} as end_days on quarters.last_date = end_days.calendar_date
where end_days.working_day_number - start_days.working_day_number <> quarters.working_days

union all

select
    'one-off day' as anchor,
    one_off_days.calendar_date as anchor_date
from one_off_days
left join {{ ref('int_dates') }} as days on one_off_days.calendar_date = days.calendar_date
where days.is_working_day is distinct from one_off_days.is_working_day

union all

select
    'extent' as anchor,
    max(calendar_date) as anchor_date
from {{ ref('int_dates') }}
having min(calendar_date) <> date '1990-01-01' or max(calendar_date) <> date '2040-12-31' or count(*) <> 18628
