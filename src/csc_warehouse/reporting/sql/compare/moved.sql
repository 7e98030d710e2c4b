with

stored_values as (
    select * from release.marts__indicator_values
),

earlier as (
    select * from stored_values
    where release_id = :earlier and authority_code = :authority_code
),

later as (
    select * from stored_values
    where release_id = :later and authority_code = :authority_code
)

select
    coalesce(later.indicator_code, earlier.indicator_code) as indicator_code,
    coalesce(later.period_label, earlier.period_label) as period_label,
    earlier.value as earlier_value,
    later.value as later_value,
    earlier.numerator as earlier_numerator,
    later.numerator as later_numerator,
    earlier.denominator as earlier_denominator,
    later.denominator as later_denominator
from earlier
full join later
    on
        earlier.indicator_code = later.indicator_code
        and earlier.period_type = later.period_type
        and earlier.period_label = later.period_label
        and earlier.breakdown = later.breakdown
        and earlier.breakdown_value = later.breakdown_value
where
    coalesce(later.breakdown, earlier.breakdown) = 'all'
    and (cast(:code as text) is null or coalesce(later.indicator_code, earlier.indicator_code) = :code)
    and (
        earlier.value is distinct from later.value
        or earlier.numerator is distinct from later.numerator
        or earlier.denominator is distinct from later.denominator
    )
order by indicator_code, coalesce(later.period_start_date, earlier.period_start_date), period_label
