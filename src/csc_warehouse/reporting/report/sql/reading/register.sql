select
    i.code,
    i.local_code,
    i.title,
    i.title_cy,
    i.framework,
    i.flow_or_stock,
    i.value_type,
    i.unit,
    i.good_direction,
    i.period_types,
    i.is_confirmed,
    i.confirm_note,
    i.numerator_text,
    i.denominator_text
from release.marts__indicators as i
where i.release_id = :release
order by i.code
