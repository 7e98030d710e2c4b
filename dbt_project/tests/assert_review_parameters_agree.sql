-- REV01 counts by the clocks of REV02, REV03 and REV04; what the register says of it must be what it says of them.

select
    stated.parameter_name,
    stated.parameter_value,
    used.parameter_value as used_value
from (
    select
        entry.key as parameter_name,
        entry.value as parameter_value
    from {{ ref('indicators') }} as register
    cross join lateral jsonb_each_text(register.parameters) as entry
    where register.code = 'REV01'
) as stated
left join (
    select
        entry.key as parameter_name,
        entry.value as parameter_value
    from {{ ref('indicators') }} as register
    cross join lateral jsonb_each_text(register.parameters) as entry
    where register.code in ('REV02', 'REV03', 'REV04')
) as used on stated.parameter_name = used.parameter_name
where stated.parameter_value is distinct from used.parameter_value
