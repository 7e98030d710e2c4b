-- A part is never more than its whole, and no count is below nought.

select
    figures.authority_code,
    figures.indicator_code,
    figures.period_label,
    figures.breakdown,
    figures.breakdown_value
from {{ ref('indicator_values') }} as figures
inner join {{ ref('indicators') }} as register on figures.indicator_code = register.code
where
    (register.value_type = 'percent' and figures.numerator > figures.denominator)
    or (register.value_type <> 'money' and figures.numerator < 0)
    or figures.denominator < 0
    or (register.value_type in ('percent', 'mean')) is distinct from (figures.denominator is not null)
