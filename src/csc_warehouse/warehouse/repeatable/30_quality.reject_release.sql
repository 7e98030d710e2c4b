create or replace function quality.reject_release(
    p_release_id bigint, p_person text, p_reason text, p_authority_code text default null
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (
        select 1 from quality.publications as p
        where p.release_id = p_release_id and (p_authority_code is null or p.authority_code = p_authority_code)
    ) then
        raise exception 'Release % has no verdict%: there is nothing to reject.', p_release_id,
            coalesce(' for ' || p_authority_code, '');
    end if;
    perform quality.require_authority(p.authority_code)
    from quality.publications as p
    where p.release_id = p_release_id and (p_authority_code is null or p.authority_code = p_authority_code);
    return quality.record_decision(
        'reject', p_person, p_reason, p_authority_code, pg_catalog.jsonb_build_object('release_id', p_release_id)
    );
end
$$;
comment on function quality.reject_release is
    'Record that a person did not sign a release, and why. It stays published; nothing is frozen.';
revoke all on function quality.reject_release(bigint, text, text, text) from public;
