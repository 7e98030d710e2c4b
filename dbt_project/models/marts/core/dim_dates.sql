select
    calendar_date,
    is_working_day,
    working_day_number,
    bank_holiday,
    is_provisional
from {{ ref('int_dates') }}
