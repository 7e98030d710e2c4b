select r.schema_name || '.' || r.relation_name as relation
from release.relations as r
inner join pg_class as s on s.oid = to_regclass('release.' || quote_ident(r.schema_name || '__' || r.relation_name))
left join pg_class as v
    on
        v.oid = to_regclass(quote_ident(r.schema_name) || '.' || quote_ident(r.relation_name))
        and v.relkind = 'v' and v.relowner = cast(to_regrole(cast(:owner as text)) as oid)
where
    v.relname is null
    or s.relowner = cast(to_regrole(cast(:owner as text)) as oid)
    or (
        exists (
            select from pg_attribute as a
            where
                a.attrelid = s.oid and a.attnum > 0 and not a.attisdropped
                and (a.attname in ('authority_code', 'profile') or a.attname ~ '(^|_)child_key$')
        )
        and not (
            s.relrowsecurity and exists (
                select from pg_policy as p
                where p.polrelid = s.oid and p.polcmd = 'r'
            )
        )
    )
order by 1
