with latest as (
    select
        gate,
        authority_code,
        max(recorded_at) as recorded_at
    from quality.check_results
    where release_id = :release_id and gate = any(:gates)
    group by gate, authority_code
)

select
    c.*,
    e.explained_by,
    e.expires_on
from quality.check_results as c
inner join latest
    on
        c.gate = latest.gate and c.authority_code = latest.authority_code
        and c.recorded_at = latest.recorded_at
left join quality.explained_checks as e on c.check_result_id = e.check_result_id
where c.release_id = :release_id
order by
    c.authority_code,
    case c.status when 'failed' then 0 when 'broken' then 1 else 2 end,
    c.check_result_id
