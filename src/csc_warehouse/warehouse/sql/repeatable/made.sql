-- The functions or the view by a name, and by which statements others were given what they may do with them.
with found as (
    select
        p.oid,
        case p.prokind when 'p' then 'procedure' else 'function' end as kind,
        cast(cast(p.oid as regprocedure) as text) as signature,
        p.proowner as owner_oid,
        p.proacl as rights
    from pg_proc as p
    inner join pg_namespace as n on p.pronamespace = n.oid
    where n.nspname || '.' || p.proname = :name
    union all
    select
        c.oid,
        'view' as kind,
        cast(cast(c.oid as regclass) as text) as signature,
        c.relowner as owner_oid,
        c.relacl as rights
    from pg_class as c
    where c.oid = to_regclass(:name)
)

select
    found.oid,
    found.kind,
    found.signature,
    pg_get_userbyid(found.owner_oid) as owner_name,
    array(
        select
            format(
                'grant %s on %s %s to %s%s',
                acl.privilege_type,
                case found.kind when 'view' then 'table' else found.kind end,
                found.signature,
                case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
                case when acl.is_grantable then ' with grant option' else '' end
            )
        from aclexplode(found.rights) as acl
        where acl.grantee <> found.owner_oid
    ) as grants
from found
order by found.signature
