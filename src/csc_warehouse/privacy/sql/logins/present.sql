with groups as (
    select
        r.oid,
        r.rolname::text as role_name
    from pg_roles as r
    where r.rolname = any(cast(:roles as text[]))
),

let_in as (
    select m.member
    from pg_auth_members as m
    inner join pg_roles as r on m.roleid = r.oid
    where r.rolname = cast(:let_in as text)
)

select
    l.rolname::text as login_name,
    array(
        select g.role_name
        from groups as g
        where not l.rolsuper and g.oid <> l.oid and pg_has_role(l.oid, g.oid, 'member')
        order by g.role_name
    ) as group_roles,
    array(
        select a.authority_code
        from release.analyst_authorities as a
        where a.role_name = l.rolname
        order by a.authority_code
    ) as authorities,
    l.oid in (select i.member from let_in as i) as is_let_in,
    l.rolsuper or l.rolcreaterole or l.rolcreatedb or l.rolreplication or l.rolbypassrls as is_above
from pg_roles as l
where
    l.rolcanlogin
    and l.rolname <> current_user
    and (
        l.oid in (select i.member from let_in as i)
        or (
            not l.rolsuper
            and exists (
                select from groups as g
                where pg_has_role(l.oid, g.oid, 'member')
            )
        )
    )
order by l.rolname
