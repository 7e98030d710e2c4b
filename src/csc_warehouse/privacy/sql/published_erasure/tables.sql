select
    n.nspname,
    c.relname,
    coalesce(
        array_agg(cast(a.attname as text) order by a.attnum) filter (
            where t.typelem = 0 and t.typname in ('text', 'varchar', 'bpchar', 'uuid', 'name')
        ),
        '{}'
    ) as texts,
    coalesce(
        array_agg(cast(a.attname as text) order by a.attnum) filter (where t.typname in ('_text', '_varchar')), '{}'
    ) as arrays,
    bool_or(a.attname = 'authority_code') as has_authority,
    bool_or(a.attname = 'entity') as has_entity
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
inner join pg_type as t on a.atttypid = t.oid
where
    c.relkind in ('r', 'p')
    and not c.relispartition
    and c.relpersistence <> 't'
    and n.nspname <> 'landing'
    and n.nspname <> 'information_schema'
    and n.nspname !~ '^pg_'
    -- the bit that stands for a trigger asked before a row is deleted
    and not exists (
        select from pg_trigger as g
        where g.tgrelid = c.oid and cast(g.tgtype as integer) & 8 = 8
    )
group by n.nspname, c.relname
order by n.nspname, c.relname
