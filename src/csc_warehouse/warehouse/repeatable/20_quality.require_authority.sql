create or replace function quality.require_authority(p_authority_code text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not quality.may_decide(p_authority_code) then
        raise exception 'The login % does not decide for %: an administrator assigns authorities to logins.',
            session_user, coalesce(p_authority_code, 'all authorities');
    end if;
end
$$;
comment on function quality.require_authority is 'Stop whoever may not decide for an authority.';
revoke all on function quality.require_authority(text) from public;
