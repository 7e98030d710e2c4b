select
    n.nspname,
    c.relname,
    coalesce((
        select a.attnotnull from pg_attribute as a
        where a.attrelid = c.oid and a.attname = 'authority_code' and not a.attisdropped
    ), false) as has_authority,
    coalesce((
        select jsonb_agg(k.column_names) from (
            select jsonb_agg(a.attname::text) as column_names
            from pg_index as i
            inner join pg_attribute as a on i.indrelid = a.attrelid and a.attnum = any(i.indkey::smallint[])
            where i.indrelid = c.oid and i.indisunique
            group by i.indexrelid
        ) as k
    ), '[]') as unique_keys,
    coalesce((
        select jsonb_agg(distinct jsonb_build_array(t.relnamespace::regnamespace::text, t.relname::text))
        from pg_constraint as f
        inner join pg_class as t on f.confrelid = t.oid
        where f.conrelid = c.oid and f.contype = 'f'
    ), '[]') as refers_to,
    coalesce((
        select bool_or(true) from pg_trigger as g
        where g.tgrelid = c.oid and not g.tgisinternal
    ), false) as has_trigger,
    coalesce((
        select bool_or(true) from pg_depend as d
        inner join pg_rewrite as r on d.objid = r.oid
        inner join pg_class as v on r.ev_class = v.oid and v.relkind = 'v'
        where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
    ), false) as is_read
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where
    c.relkind in ('r', 'p')
    and not c.relispartition
    and n.nspname in ('landing', 'quality', 'release', 'restricted', 'staging')
order by n.nspname, c.relname
