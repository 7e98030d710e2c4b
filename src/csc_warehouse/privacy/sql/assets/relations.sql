select
    n.nspname as schema_name,
    c.relname as relation_name,
    case c.relkind when 'v' then 'view' else 'table' end as kind,
    coalesce(obj_description(c.oid, 'pg_class'), '') as description,
    greatest(c.reltuples, 0)::bigint as rows_estimated,
    exists(
        select from pg_attribute as a
        where a.attrelid = c.oid and a.attname = 'row_hash'
    ) as is_source_table,
    array(
        select cast(a.attname as text) from pg_attribute as a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        order by a.attnum
    ) as column_names,
    coalesce((
        select string_agg(r.rolname, ' ' order by r.rolname) from pg_roles as r
        where
            r.rolname like 'csc\_%' and r.rolname <> 'csc_owner'
            and has_schema_privilege(r.oid, n.oid, 'usage') and has_any_column_privilege(r.oid, c.oid, 'select')
    ), '') as read_by
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where c.relkind in ('r', 'p', 'v') and not c.relispartition and n.nspname = any(:schemas)
order by n.nspname, c.relname
