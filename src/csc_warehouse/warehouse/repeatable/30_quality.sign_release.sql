create or replace function quality.sign_release(
    p_release_id bigint, p_person text, p_note text, p_authority_code text default null, p_revision_reason text default null
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    held text;
    later bigint;
    signed bigint;
    frozen bigint;
    revised bigint;
begin
    -- two people who sign at once sign one after the other
    perform from release.locks as l where l.name = 'sign off' for update;
    if not exists (
        select 1 from quality.publications as p
        where p.release_id = p_release_id and (p_authority_code is null or p.authority_code = p_authority_code)
    ) then
        raise exception 'Release % has no verdict%: check and publish it first.', p_release_id,
            coalesce(' for ' || p_authority_code, '');
    end if;
    perform quality.require_authority(p.authority_code)
    from quality.publications as p
    where p.release_id = p_release_id and (p_authority_code is null or p.authority_code = p_authority_code);
    select string_agg(p.authority_code, ', ' order by p.authority_code) into held
    from quality.publications as p
    where p.release_id = p_release_id
        and (p_authority_code is null or p.authority_code = p_authority_code)
        and (p.verdict = 'held' or p.published_at is null);
    if held is not null then
        raise exception 'Release % was held or not published for %: its figures cannot be signed.', p_release_id, held;
    end if;
    select max(f.release_id) into later
    from quality.signed_figures as f
    inner join quality.publications as p
        on p.authority_code = f.authority_code and p.release_id = p_release_id
    where f.release_id > p_release_id and (p_authority_code is null or f.authority_code = p_authority_code);
    if later is not null then
        raise exception 'Release % is older than release %, which is signed: figures are revised by a later release.',
            p_release_id, later;
    end if;

    create temporary table to_sign on commit drop as
    select
        s.profile, s.authority_code, s.indicator_code, s.period_type, s.period_label, s.breakdown, s.breakdown_value,
        s.numerator, s.denominator, s.value, s.display, s.status, s.grade, s.caveat, s.as_at_date,
        r.code_version,
        before.signed_figure_id is not null
        and (before.value is distinct from s.value::double precision or before.display is distinct from s.display)
        as is_revised,
        before.value as value_before,
        before.display as display_before
    from release.reporting__rpt_indicator_series as s
    inner join release.releases as r on r.release_id = s.release_id
    left join quality.figures_signed_last as before
        on before.profile = s.profile
        and before.authority_code = s.authority_code
        and before.indicator_code = s.indicator_code
        and before.period_type = s.period_type
        and before.period_label = s.period_label
        and before.breakdown = s.breakdown
        and before.breakdown_value = s.breakdown_value
    where s.release_id = p_release_id and (p_authority_code is null or s.authority_code = p_authority_code);

    select count(*), count(*) filter (where is_revised) into frozen, revised from to_sign;
    if frozen = 0 then
        raise exception 'Release % has no stored figures%: there is nothing to sign.', p_release_id,
            coalesce(' for ' || p_authority_code, '');
    end if;
    if revised > 0 and coalesce(btrim(p_revision_reason), '') = '' then
        raise exception '% figures differ from those signed before: give the reason for the revision.', revised;
    end if;

    signed := quality.record_decision(
        'sign_off', p_person, p_note, p_authority_code,
        pg_catalog.jsonb_build_object(
            'release_id', p_release_id, 'figures', frozen, 'revised', revised, 'revision_reason', p_revision_reason
        )
    );
    insert into quality.signed_figures (
        decision_id, release_id, profile, authority_code, indicator_code, period_type, period_label, breakdown,
        breakdown_value, numerator, denominator, value, display, status, grade, caveat, as_at_date, signed_by,
        signed_at, note, code_version, revised_value, revised_display, revision_reason
    )
    select
        signed, p_release_id, t.profile, t.authority_code, t.indicator_code, t.period_type, t.period_label, t.breakdown,
        t.breakdown_value, t.numerator, t.denominator, t.value, t.display, t.status, t.grade, t.caveat, t.as_at_date,
        btrim(p_person), now(), btrim(p_note), t.code_version,
        case when t.is_revised then t.value_before end,
        case when t.is_revised then t.display_before end,
        case when t.is_revised then btrim(p_revision_reason) end
    from to_sign as t;
    drop table to_sign;
    return signed;
exception
    when unique_violation then
        raise exception 'Release % is signed already; a signed figure never changes.', p_release_id;
end
$$;
comment on function quality.sign_release is
    'Freeze a published release''s figures under a person''s name; returns decision_id. Held releases cannot be signed.';
revoke all on function quality.sign_release(bigint, text, text, text, text) from public;
