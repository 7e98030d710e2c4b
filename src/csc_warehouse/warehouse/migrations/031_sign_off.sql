-- Sign-off: what a named person approved is frozen figure by figure, and later only revised by another signed release.

alter table quality.signed_figures
    add column revised_value double precision,
    add column revision_reason text,
    add constraint signed_figures_revisions_have_a_reason check (revision_reason <> '');
comment on column quality.signed_figures.revised_value is
    'The value that was signed before, where this figure revises it; null for a first signature or an unchanged figure.';
comment on column quality.signed_figures.revision_reason is 'Why a figure that had been signed before changed.';
create index signed_figures_figure on quality.signed_figures
    (authority_code, profile, indicator_code, period_label, breakdown, breakdown_value, signed_figure_id desc);

create function quality.sign_release(
    p_release_id bigint, p_person text, p_note text, p_authority_code text default null, p_revision_reason text default null
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    held text;
    signed bigint;
    frozen bigint;
    revised bigint;
begin
    -- two people who sign at once sign one after the other
    perform pg_advisory_xact_lock(7305003);
    if not exists (
        select 1 from quality.publications as p
        where p.release_id = p_release_id and (p_authority_code is null or p.authority_code = p_authority_code)
    ) then
        raise exception 'Release % has no verdict%: check and publish it first.', p_release_id,
            coalesce(' for ' || p_authority_code, '');
    end if;
    select string_agg(p.authority_code, ', ' order by p.authority_code) into held
    from quality.publications as p
    where p.release_id = p_release_id
        and (p_authority_code is null or p.authority_code = p_authority_code)
        and (p.verdict = 'held' or p.published_at is null);
    if held is not null then
        raise exception 'Release % was held or not published for %: its figures cannot be signed.', p_release_id, held;
    end if;

    create temporary table to_sign on commit drop as
    select
        s.profile, s.authority_code, s.indicator_code, s.period_type, s.period_label, s.breakdown, s.breakdown_value,
        s.numerator, s.denominator, s.value, s.display, s.status, s.grade, s.caveat, s.as_at_date,
        r.code_version,
        before.signed_figure_id is not null
        and (before.value is distinct from s.value::double precision or before.display is distinct from s.display)
        as is_revised,
        before.value as value_before
    from release.reporting__rpt_indicator_series as s
    inner join release.releases as r on r.release_id = s.release_id
    left join lateral (
        select f.signed_figure_id, f.value, f.display
        from quality.signed_figures as f
        where f.profile = s.profile
            and f.authority_code = s.authority_code
            and f.indicator_code = s.indicator_code
            and f.period_type = s.period_type
            and f.period_label = s.period_label
            and f.breakdown = s.breakdown
            and f.breakdown_value = s.breakdown_value
            and f.status <> 'provisional'
        order by f.signed_figure_id desc
        limit 1
    ) as before on true
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
        signed_at, note, code_version, revised_value, revision_reason
    )
    select
        signed, p_release_id, t.profile, t.authority_code, t.indicator_code, t.period_type, t.period_label, t.breakdown,
        t.breakdown_value, t.numerator, t.denominator, t.value, t.display, t.status, t.grade, t.caveat, t.as_at_date,
        btrim(p_person), now(), btrim(p_note), t.code_version,
        case when t.is_revised then t.value_before end,
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

create function quality.reject_release(
    p_release_id bigint, p_person text, p_reason text, p_authority_code text default null
) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    select quality.record_decision(
        'reject', p_person, p_reason, p_authority_code, pg_catalog.jsonb_build_object('release_id', p_release_id)
    )
$$;
comment on function quality.reject_release is
    'Record that a person did not sign a release, and why. It stays published; nothing is frozen.';

revoke all on function quality.sign_release(bigint, text, text, text, text) from public;
revoke all on function quality.reject_release(bigint, text, text, text) from public;
