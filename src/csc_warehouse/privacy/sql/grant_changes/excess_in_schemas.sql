select
    n.nspname as schema_name,
    r.rolname as role_name,
    lower(acl.privilege_type) as privilege
from pg_namespace as n
cross join lateral aclexplode(n.nspacl) as acl
inner join pg_roles as r on acl.grantee = r.oid
where
    n.nspname = any(cast(:schemas as text[]))
    and acl.grantee <> n.nspowner
    and r.rolname = any(cast(:limited as text[]))
    and acl.privilege_type = 'CREATE'
    and (n.nspname || '|' || r.rolname) <> all(cast(:creating as text[]))
    and pg_has_role(current_user, n.nspowner, 'usage')
order by 1, 2
