-- a person decides for the authorities that were assigned to its login or its groups; without any, for the council's own
create or replace function quality.may_decide(p_authority_code text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with own as (
        select a.authority_code
        from release.analyst_authorities as a
        inner join pg_roles as r on r.rolname = a.role_name
        where pg_has_role(session_user, r.oid, 'member') and a.role_name <> 'csc_analyst'
    )

    -- current_user is the owner of this function: whoever runs the warehouse
    select pg_has_role(session_user, current_user, 'usage')
        or exists (select from own where own.authority_code = p_authority_code)
        or (
            not exists (select from own)
            and exists (
                select from release.analyst_authorities as a
                where a.role_name = 'csc_analyst' and a.authority_code = p_authority_code
            )
        )
$$;
comment on function quality.may_decide is
    'Whether the login of this session may explain, sign and reject for an authority: its own, or all for the warehouse''s.';
revoke all on function quality.may_decide(text) from public;
