create or replace function quality.explain_failure(
    p_authority_code text, p_check_code text, p_person text, p_reason text, p_expires_on date, p_record_key text default null
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    failing record;
    made bigint;
begin
    perform quality.require_authority(p_authority_code);
    select latest.* into failing
    from (
        select distinct on (r.scope) r.status, r.severity, r.as_at_date, r.sentence
        from quality.check_results as r
        where r.authority_code = p_authority_code and r.check_code = p_check_code
            and not exists (
                select from quality.results_taken_back as t where t.check_result_id = r.check_result_id
            )
        order by r.scope, r.as_at_date desc, r.check_result_id desc
    ) as latest
    -- a rule about records counts those that fail before it fails itself
    where latest.status <> 'passed' or p_record_key is not null
    order by latest.as_at_date desc
    limit 1;
    if not found then
        raise exception 'Check % does not fail for % at present: there is nothing to explain.', p_check_code, p_authority_code;
    end if;
    if failing.status = 'broken' then
        raise exception 'Check % could not be made: that is to be mended, not explained.', p_check_code;
    end if;
    if failing.severity = 'critical' then
        raise exception 'Check % is critical: its failure is put right at its cause, not explained.', p_check_code;
    end if;
    if p_expires_on is null or p_expires_on <= failing.as_at_date or p_expires_on > failing.as_at_date + 366 then
        raise exception 'An explanation expires on a day within the year after % (the figures that failed); % is not one.',
            failing.as_at_date, coalesce(p_expires_on::text, 'nothing');
    end if;
    insert into quality.explanations (
        authority_code, check_code, record_key, reason, explained_by, database_user, as_at_date, expires_on
    )
    values (
        p_authority_code, p_check_code, p_record_key, btrim(p_reason), btrim(p_person), session_user,
        failing.as_at_date, p_expires_on
    )
    returning explanation_id into made;
    perform quality.record_decision(
        'explain', p_person, p_reason, p_authority_code,
        pg_catalog.jsonb_build_object(
            'explanation_id', made, 'check_code', p_check_code, 'record_key', p_record_key,
            'as_at_date', failing.as_at_date, 'expires_on', p_expires_on
        )
    );
    return made;
end
$$;
comment on function quality.explain_failure is
    'Explain a failing check, or one of its records, until a day within the next year; returns explanation_id.';
revoke all on function quality.explain_failure(text, text, text, text, date, text) from public;
