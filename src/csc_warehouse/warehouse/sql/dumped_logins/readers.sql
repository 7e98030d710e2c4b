select
    r.rolname::text as name,
    r.rolcanlogin as can_log_in,
    array_agg(g.rolname::text order by g.rolname) as groups
from pg_auth_members as m
inner join pg_roles as g on m.roleid = g.oid
inner join pg_roles as r on m.member = r.oid
where
    g.rolname = any(cast(:groups as text[]))
    and r.rolname <> current_user
    and not r.rolsuper
    and r.rolname not like 'csc\_%'
group by r.rolname, r.rolcanlogin
order by r.rolname
