with held as (
    select
        l.oid,
        array_agg(r.rolname::text order by r.rolname) as roles
    from pg_roles as l
    inner join pg_roles as r on r.oid <> l.oid and r.rolname = any(cast(:roles as text [])) and not l.rolsuper
    where l.rolcanlogin and pg_has_role(l.oid, r.oid, 'member')
    group by l.oid
)

select
    l.rolname::text as name,
    coalesce(h.roles, array[]::text []) as roles,
    array(
        select a.authority_code
        from release.analyst_authorities as a
        where a.role_name = l.rolname
        order by a.authority_code
    ) as authorities,
    exists (
        select from pg_auth_members as m
        inner join pg_roles as g on g.oid = m.roleid
        where m.member = l.oid and g.rolname = cast(:let_in as text)
    ) as is_let_in,
    l.rolsuper or l.rolcreaterole or l.rolcreatedb or l.rolreplication or l.rolbypassrls as is_above
from pg_roles as l
left join held as h on h.oid = l.oid
where l.rolcanlogin and l.rolname <> current_user and (h.oid is not null or exists (
    select from pg_auth_members as m
    inner join pg_roles as g on g.oid = m.roleid
    where m.member = l.oid and g.rolname = cast(:let_in as text)
))
order by l.rolname
