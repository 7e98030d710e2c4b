select
    pair.member_name,
    pair.role_name
from (
    select
        current_user::text as member_name,
        r.role_name
    from unnest(cast(:acting as text[])) as r (role_name)
    union all
    select
        cast(:publisher as text),
        cast(:owner as text)
) as pair
inner join pg_roles as member on pair.member_name = member.rolname
inner join pg_roles as granted on pair.role_name = granted.rolname
where not pg_has_role(member.oid, granted.oid, 'usage') or not pg_has_role(member.oid, granted.oid, 'member')
order by 2, 1
