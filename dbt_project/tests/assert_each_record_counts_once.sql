-- What the register lets indicator_values count fast: a record that is its own unit belongs to one day. And what no
-- record may be: in a numerator without being in the denominator, or out of every term without a reason.

select
    records.indicator_code,
    records.authority_code,
    records.record_key
from {{ ref('indicator_records') }} as records
inner join {{ ref('indicators') }} as register on records.indicator_code = register.code
where
    (
        register.counting_unit = 'record'
        and records.is_in_denominator
        and records.counting_from_date is distinct from records.counting_to_date
    )
    or (records.is_in_numerator and not records.is_in_denominator)
    or (records.is_in_denominator and records.counting_from_date is null)
    or (register.value_type in ('mean', 'money') and records.is_in_denominator and records.amount is null)
    or (register.value_type = 'count' and records.is_in_denominator <> records.is_in_numerator)
    or records.is_in_denominator is not distinct from (records.exclusion_reason is not null)
