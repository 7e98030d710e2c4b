with granted as (
    select
        n.nspname,
        c.relname,
        c.relowner,
        acl.grantee,
        lower(acl.privilege_type) as privilege
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    cross join lateral aclexplode(c.relacl) as acl
    where n.nspname = any(cast(:schemas as text[])) and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
    union all
    select
        n.nspname,
        c.relname,
        c.relowner,
        acl.grantee,
        lower(acl.privilege_type) as privilege
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
    cross join lateral aclexplode(a.attacl) as acl
    where n.nspname = 'quality' and c.relname = any(cast(:journal as text[]))
),

wanted as (
    select
        role_name,
        schema_name,
        relation_name,
        privilege
    from unnest(
        cast(:role_names as text[]), cast(:schema_names as text[]), cast(:relation_names as text[]),
        cast(:privileges as text[])
    ) as w (role_name, schema_name, relation_name, privilege)
)

select distinct
    g.nspname as schema_name,
    g.relname as relation_name,
    r.rolname as role_name,
    g.privilege
from granted as g
left join pg_roles as r on g.grantee = r.oid
where
    g.grantee <> g.relowner
    and pg_has_role(current_user, g.relowner, 'usage')
    and (
        (
            r.rolname = any(cast(:limited as text[]))
            and not exists (
                select from wanted as w
                where
                    w.role_name = r.rolname and w.schema_name = g.nspname and w.privilege = g.privilege
                    and (w.relation_name is null or w.relation_name = g.relname)
                    and not (w.role_name = cast(:reviewer as text) and g.relname = cast(:secrets as text))
            )
        )
        -- of the journal, whoever it is: even an administrator's grant
        or (g.nspname = 'quality' and g.relname = any(cast(:journal as text[])) and g.privilege <> 'select')
    )
order by 1, 2, 3, 4
