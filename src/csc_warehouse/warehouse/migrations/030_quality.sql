-- What was checked, what it found, how far each figure can be trusted, and who decided what.

create table quality.check_results (
    check_result_id bigint generated always as identity primary key,
    run_id text,
    release_id bigint,
    delivery_id bigint,
    authority_code text not null,
    check_code text not null,
    sentence text not null,
    severity text not null check (severity in ('critical', 'warning', 'info')),
    owner text not null,
    status text not null check (status in ('passed', 'failed', 'broken')),
    checked bigint not null default 0,
    failed bigint not null default 0,
    measure double precision,
    indicators text[] not null default '{}',
    first_failed_at timestamptz,
    gate text not null check (gate in ('door', 'exit', 'disclosure')),
    scope text not null default '',
    as_at_date date not null,
    change text not null check (change in ('passing', 'newly failing', 'still failing', 'mended')),
    limit_text text not null default '',
    worst_subject text not null default '',
    recorded_at timestamptz not null default now(),
    constraint check_results_failing_since check ((status = 'passed') = (first_failed_at is null))
);
create index check_results_history on quality.check_results
    (authority_code, check_code, scope, as_at_date desc, check_result_id desc);
create index check_results_release on quality.check_results (release_id, gate) where release_id is not null;
create index check_results_delivery on quality.check_results (delivery_id) where delivery_id is not null;
comment on table quality.check_results is
    'One row per check, authority and judgement, passes and failures alike, kept for ever. No value of a child.';
comment on column quality.check_results.run_id is 'The build that was judged; null at the door.';
comment on column quality.check_results.release_id is 'The candidate release that was judged; null at the door.';
comment on column quality.check_results.delivery_id is 'The delivery that was judged; null at the exit.';
comment on column quality.check_results.authority_code is 'ONS code of the authority.';
comment on column quality.check_results.check_code is 'Stable code of the check; its text is in the catalogue of checks.';
comment on column quality.check_results.sentence is 'What must hold, in plain English.';
comment on column quality.check_results.severity is
    'critical refuses a delivery or holds an authority; warning publishes with a caveat; info is counted.';
comment on column quality.check_results.owner is 'Who must look at a failure.';
comment on column quality.check_results.status is 'passed, failed, or broken: the check itself could not be made.';
comment on column quality.check_results.checked is 'How many rows, columns or figures were looked at.';
comment on column quality.check_results.failed is 'How many of them failed.';
comment on column quality.check_results.measure is 'The measured number that was compared with the limit.';
comment on column quality.check_results.indicators is 'Codes of the indicators that a failure can distort.';
comment on column quality.check_results.first_failed_at is 'When the present unbroken run of failures began; null when passed.';
comment on column quality.check_results.gate is 'door (a delivery), exit (a candidate) or disclosure (its reporting).';
comment on column quality.check_results.scope is 'What the history of the check runs over besides the authority: the source at the door.';
comment on column quality.check_results.as_at_date is 'Business date of the delivery, or the as-at day of the candidate.';
comment on column quality.check_results.change is 'Against the judgement before: passing, newly failing, still failing or mended.';
comment on column quality.check_results.limit_text is 'The limit in words.';
comment on column quality.check_results.worst_subject is 'Entity, column, indicator or period where it is worst.';
comment on column quality.check_results.recorded_at is 'When it was judged.';

create table quality.indicator_grades (
    release_id bigint not null,
    run_id text not null,
    authority_code text not null,
    indicator_code text not null,
    complete double precision,
    timely double precision,
    consistent double precision,
    grade text not null check (grade in ('A', 'B', 'C', 'D')),
    rule text not null,
    caveat text,
    lower_bound double precision,
    upper_bound double precision,
    period_label text,
    graded_at timestamptz not null default now(),
    primary key (release_id, authority_code, indicator_code)
);
create index indicator_grades_run on quality.indicator_grades (run_id);
comment on table quality.indicator_grades is 'One row per release, authority and indicator: how far its figures can be trusted.';
comment on column quality.indicator_grades.complete is 'Share of its records that hold every fact it needs, 0 to 1.';
comment on column quality.indicator_grades.timely is 'Share of its records that were recorded in time, 0 to 1.';
comment on column quality.indicator_grades.consistent is 'Share of its records without a contradiction, 0 to 1.';
comment on column quality.indicator_grades.grade is 'A (use freely) to D (do not use), by the rule printed beside it.';
comment on column quality.indicator_grades.rule is 'The rule that gave the grade, in words.';
comment on column quality.indicator_grades.caveat is 'What a reader must know before using the figure; null when nothing.';
comment on column quality.indicator_grades.lower_bound is 'The figure of period_label if every unknown fact were against it.';
comment on column quality.indicator_grades.upper_bound is 'The figure of period_label if every unknown fact were in its favour.';
comment on column quality.indicator_grades.period_label is 'The latest period that both bounds belong to.';

create table quality.indicator_bounds (
    release_id bigint not null,
    authority_code text not null,
    indicator_code text not null,
    period_type text not null,
    period_label text not null,
    unknown_count bigint not null,
    lower_bound double precision not null,
    upper_bound double precision not null,
    sentence text not null,
    primary key (release_id, authority_code, indicator_code, period_type, period_label)
);
comment on table quality.indicator_bounds is
    'One row per release and figure that rests on unknown facts: where it would lie if they were known.';

create table quality.explanations (
    explanation_id bigint generated always as identity primary key,
    authority_code text not null,
    check_code text not null,
    record_key text,
    reason text not null check (length(btrim(reason)) >= 10),
    explained_by text not null check (length(btrim(explained_by)) >= 3),
    database_user text not null default session_user,
    explained_at timestamptz not null default now(),
    expires_on date not null,
    withdrawn_by text,
    withdrawn_at timestamptz,
    constraint explanations_withdrawn_by_somebody check ((withdrawn_by is null) = (withdrawn_at is null))
);
create index explanations_check on quality.explanations (authority_code, check_code);
comment on table quality.explanations is
    'One row per failure that a named person explained, for a record or for a whole check, until it expires.';

create table quality.decisions (
    decision_id bigint generated always as identity primary key,
    kind text not null,
    authority_code text,
    person text not null check (length(btrim(person)) >= 3),
    reason text not null check (length(btrim(reason)) >= 1),
    details jsonb not null default '{}',
    database_user text not null default session_user,
    decided_at timestamptz not null default now()
);
create index decisions_kind on quality.decisions (kind, decided_at);
comment on table quality.decisions is
    'One row per decision that a person took (accepted loss, explanation, sign-off, rejection, rollback ...): a journal, never changed.';
comment on column quality.decisions.kind is 'accept_loss, explain, withdraw_explanation, sign_off, reject, rollback, rotate_key, erase.';
comment on column quality.decisions.person is 'The named person who decided.';
comment on column quality.decisions.database_user is 'The database login that wrote it.';

create table quality.signed_figures (
    signed_figure_id bigint generated always as identity primary key,
    decision_id bigint not null references quality.decisions,
    release_id bigint not null,
    profile text not null,
    authority_code text not null,
    indicator_code text not null,
    period_type text not null,
    period_label text not null,
    breakdown text not null,
    breakdown_value text not null,
    numerator double precision,
    denominator double precision,
    value double precision,
    display text,
    status text not null,
    grade text,
    caveat text,
    as_at_date date,
    signed_by text not null,
    signed_at timestamptz not null,
    note text not null,
    code_version text not null,
    unique (release_id, profile, authority_code, indicator_code, period_type, period_label, breakdown, breakdown_value)
);
comment on table quality.signed_figures is
    'One row per figure of a signed release, as it was when a named person signed it: never changed, only revised by a later signed release.';

create function quality.refuse_change() returns trigger
language plpgsql as $$
begin
    raise exception 'Rows of %.% are kept as they were written: add a new row instead.', tg_table_schema, tg_table_name;
end
$$;
create trigger check_results_are_kept before update or delete on quality.check_results
    for each row execute function quality.refuse_change();
create trigger decisions_are_kept before update or delete on quality.decisions
    for each row execute function quality.refuse_change();
create trigger signed_figures_are_kept before update or delete on quality.signed_figures
    for each row execute function quality.refuse_change();

create function quality.record_decision(
    p_kind text, p_person text, p_reason text, p_authority_code text default null, p_details jsonb default '{}'
) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into quality.decisions (kind, person, reason, authority_code, details, database_user)
    values (p_kind, btrim(p_person), btrim(p_reason), p_authority_code, coalesce(p_details, '{}'), session_user)
    returning decision_id
$$;
comment on function quality.record_decision is 'Journal a decision with the person who took it and the login that wrote it.';

create function quality.explain_failure(
    p_authority_code text, p_check_code text, p_person text, p_reason text, p_expires_on date, p_record_key text default null
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    made bigint;
begin
    if p_expires_on is null or p_expires_on <= current_date or p_expires_on > current_date + 366 then
        raise exception 'An explanation expires on a day within the next year; % is not one.', coalesce(p_expires_on::text, 'nothing');
    end if;
    insert into quality.explanations (authority_code, check_code, record_key, reason, explained_by, database_user, expires_on)
    values (p_authority_code, p_check_code, p_record_key, btrim(p_reason), btrim(p_person), session_user, p_expires_on)
    returning explanation_id into made;
    perform quality.record_decision(
        'explain', p_person, p_reason, p_authority_code,
        pg_catalog.jsonb_build_object('explanation_id', made, 'check_code', p_check_code, 'expires_on', p_expires_on)
    );
    return made;
end
$$;
comment on function quality.explain_failure is
    'Explain a failing check, or one of its records, until a day within the next year; returns explanation_id.';

create function quality.withdraw_explanation(p_explanation_id bigint, p_person text, p_reason text) returns void
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
    perform quality.record_decision(
        'withdraw_explanation', p_person, p_reason, whose,
        pg_catalog.jsonb_build_object('explanation_id', p_explanation_id)
    );
end
$$;
comment on function quality.withdraw_explanation is 'Take an explanation back: the failure counts again.';

revoke all on function quality.record_decision(text, text, text, text, jsonb) from public;
revoke all on function quality.explain_failure(text, text, text, text, date, text) from public;
revoke all on function quality.withdraw_explanation(bigint, text, text) from public;

create view quality.candidate_grades as
select g.*
from quality.indicator_grades as g
inner join staging.run_context as c
    on g.authority_code = c.authority_code
    and g.run_id = c.run_id;
comment on view quality.candidate_grades is 'The grades of the build that lies in the candidate schemas; read by the reporting models.';
