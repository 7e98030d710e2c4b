create or replace function quality.record_decision(
    p_kind text, p_person text, p_reason text, p_authority_code text default null, p_details jsonb default '{}'
) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into quality.decisions (kind, person, reason, authority_code, details, database_user)
    values (p_kind, btrim(p_person), btrim(p_reason), p_authority_code, coalesce(p_details, '{}'), session_user)
    returning decision_id
$$;
comment on function quality.record_decision is
    'Journal a decision with the person who took it and the login that wrote it.';
revoke all on function quality.record_decision(text, text, text, text, jsonb) from public;
