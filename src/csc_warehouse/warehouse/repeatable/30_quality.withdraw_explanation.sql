create or replace function quality.withdraw_explanation(p_explanation_id bigint, p_person text, p_reason text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    whose text;
begin
    update quality.explanations set withdrawn_by = btrim(p_person), withdrawn_at = now()
    where explanation_id = p_explanation_id and withdrawn_at is null
    returning authority_code into whose;
    if not found then
        raise exception 'There is no explanation % that still stands.', p_explanation_id;
    end if;
    perform quality.require_authority(whose);
    perform quality.record_decision(
        'withdraw_explanation', p_person, p_reason, whose,
        pg_catalog.jsonb_build_object('explanation_id', p_explanation_id)
    );
end
$$;
comment on function quality.withdraw_explanation is 'Take an explanation back: the failure counts again.';
revoke all on function quality.withdraw_explanation(bigint, text, text) from public;
