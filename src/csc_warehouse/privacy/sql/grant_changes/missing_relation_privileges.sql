select
    c.relname,
    c.relkind = 'S' as is_sequence
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where
    n.nspname = :schema
    and not c.relispartition
    and (cast(:relations as text[]) is null or c.relname = any(cast(:relations as text[])))
    and c.relname <> all(cast(:without as text[]))
    and (
        (
            c.relkind in ('r', 'p', 'v', 'm', 'f')
            and exists (
                select from unnest(cast(:privileges as text[])) as p (privilege)
                where not has_table_privilege(:role, c.oid, p.privilege)
            )
        )
        or (
            c.relkind = 'S' and 'insert' = any(cast(:privileges as text[]))
            and not has_sequence_privilege(:role, c.oid, 'usage')
        )
    )
order by c.relname
