-- Decisions of named people: for which authority each may decide, explanations over business days, and what was told.

-- a person decides for the authorities that were assigned to its login or its groups; without any, for the council's own
create function quality.may_decide(p_authority_code text) returns boolean
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

create function quality.require_authority(p_authority_code text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not quality.may_decide(p_authority_code) then
        raise exception 'The login % does not decide for %: an administrator assigns authorities to logins.',
            session_user, coalesce(p_authority_code, 'all authorities');
    end if;
end
$$;
comment on function quality.require_authority is 'Stop whoever may not decide for an authority.';
revoke all on function quality.may_decide(text) from public;
revoke all on function quality.require_authority(text) from public;

-- explanations hold over days of figures, not of the calendar: the same deliveries give the same verdict on any day
alter table quality.explanations add column as_at_date date;
update quality.explanations set as_at_date = explained_at::date;
alter table quality.explanations
    alter column as_at_date set not null,
    add constraint explanations_end_after_they_begin check (expires_on > as_at_date);
comment on column quality.explanations.as_at_date is 'First day of figures for which it holds: the day whose failure was explained.';
comment on column quality.explanations.expires_on is 'First day of figures for which it holds no longer: the failure counts again.';
comment on column quality.explanations.record_key is 'The one record that is explained; null: the whole check.';

create view quality.explained_checks as
select distinct on (r.check_result_id)
    r.check_result_id,
    r.release_id,
    r.authority_code,
    r.check_code,
    e.explanation_id,
    e.reason,
    e.explained_by,
    e.as_at_date,
    e.expires_on
from quality.check_results as r
inner join quality.explanations as e
    on e.authority_code = r.authority_code
    and e.check_code = r.check_code
    and e.as_at_date <= r.as_at_date
    and r.as_at_date < e.expires_on
where
    e.record_key is null
    and e.withdrawn_at is null
    -- a check that broke found nothing that could be explained, and a critical failure always holds
    and r.status = 'failed'
    and r.severity <> 'critical'
order by r.check_result_id, e.expires_on desc, e.explanation_id desc;
comment on view quality.explained_checks is
    'One row per failed result that a named person has explained: it puts no caveat on figures until it expires.';

create view quality.explained_records as
select
    e.authority_code,
    e.record_key,
    array_agg(distinct e.check_code order by e.check_code) as check_codes
from quality.explanations as e
inner join staging.run_context as c
    on c.authority_code = e.authority_code
    and e.as_at_date <= c.as_at_date
    and c.as_at_date < e.expires_on
where e.record_key is not null and e.withdrawn_at is null
group by e.authority_code, e.record_key;
comment on view quality.explained_records is
    'One row per record with explained failures, as at the day of the candidate: the checks that do not count it.';

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

alter table quality.signed_figures add column revised_display text;
comment on column quality.signed_figures.revised_display is
    'What was printed for it when it was signed before, where this figure revises it.';

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
    perform pg_advisory_xact_lock(7305003);
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

create table quality.notifications (
    notification_id bigint generated always as identity primary key,
    event text not null check (event in ('held', 'broken off', 'late')),
    occasion text not null,
    channel text not null check (channel in ('mail', 'webhook')),
    status text not null check (status in ('sent', 'failed')),
    sentence text not null,
    error text,
    told_at timestamptz not null default now(),
    constraint notifications_failed_with_an_error check ((status = 'failed') = (error is not null))
);
create index notifications_occasion on quality.notifications (event, occasion, channel);
create trigger notifications_are_kept before update or delete on quality.notifications
    for each row execute function quality.refuse_change();
comment on table quality.notifications is
    'One row per attempt to tell somebody of a held, broken-off or late night; a failed one never fails the night.';
comment on column quality.notifications.event is 'held (at the exit), broken off (a fault before publication), late (not out by the deadline).';
comment on column quality.notifications.occasion is 'The release, or the day of the deadline: nobody is told twice of one occasion by one channel.';
comment on column quality.notifications.channel is 'mail or webhook.';
comment on column quality.notifications.sentence is 'What was told: the verdict''s own sentences, no value of a child.';
comment on column quality.notifications.error is 'Why it could not be sent; null when it was.';
