-- REV01 counts by the clocks of REV02, REV03 and REV04; what the register says of it must be what it says of them.

with register as (
    select
        indicators.code as indicator_code,
        entry.key as parameter_name,
        entry.value as parameter_value
    from {{ ref('indicators') }} as indicators
    cross join lateral jsonb_each_text(indicators.parameters) as entry
),

stated as (
    select
        parameter_name,
        parameter_value
    from register
    where indicator_code = 'REV01'
),

used as (
    select
        parameter_name,
        parameter_value
    from register
    where indicator_code in ('REV02', 'REV03', 'REV04')
)

select
    stated.parameter_name,
    stated.parameter_value,
    used.parameter_value as used_value
from stated
left join used on stated.parameter_name = used.parameter_name
where stated.parameter_value is distinct from used.parameter_value
