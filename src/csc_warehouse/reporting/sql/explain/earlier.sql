with stored as (
    select
        v.value,
        v.numerator,
        v.denominator,
        v.as_at_date,
        v.release_id,
        lag(v.value) over by_release as value_before,
        lag(v.numerator) over by_release as numerator_before
    from release.marts__indicator_values as v
    where
        v.authority_code = :authority_code
        and v.indicator_code = :code
        and v.period_label = :period_label
        and v.breakdown = :breakdown
        and v.breakdown_value = :breakdown_value
    window by_release as (order by v.release_id)
)

select
    stored.value,
    stored.numerator,
    stored.denominator,
    stored.as_at_date,
    stored.release_id
from stored
where
    stored.release_id < :release_id
    and (
        stored.value is distinct from stored.value_before
        or stored.numerator is distinct from stored.numerator_before
    )
order by stored.release_id desc
limit 5
