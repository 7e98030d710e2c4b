-- After a merge a system may know one child by several numbers.
with numbers as (
    select
        authority_code,
        child_key,
        source_name,
        string_agg(child_id, ' or ' order by child_id) as child_id,
        -- a release that was stored before rectifications were has no such column
        string_agg(to_jsonb(children) ->> 'rectified_columns', ', ' order by child_id) as rectified_columns
    from restricted.children
    group by authority_code, child_key, source_name
)

select
    s.entity,
    s.source_name,
    s.record_id,
    numbers.child_id,
    to_jsonb(s) ->> 'rectified_columns' as rectified_columns,
    numbers.rectified_columns as rectified_of_child,
    s.record_number,
    d.delivery_id,
    d.business_date,
    e.file_name
from restricted.record_sources as s
inner join landing.deliveries as d on s.delivery_id = d.delivery_id
left join landing.delivery_entities as e on s.delivery_id = e.delivery_id and s.source_entity = e.entity
left join numbers
    on
        s.authority_code = numbers.authority_code
        and s.child_key = numbers.child_key
        and s.source_name = numbers.source_name
where
    s.authority_code = :authority_code
    and (
        s.record_key = :record_key
        or s.record_key in (
            select p.part_record_key
            from restricted.record_parts as p
            where p.authority_code = :authority_code and p.record_key = :record_key
        )
    )
order by s.entity, s.source_name, s.record_id
