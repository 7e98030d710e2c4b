-- What the proof of hiding decides each night: the candidate's hidden figures, how the proof went, why each figure is
-- hidden (for information governance), and what is proved already.

create table staging.hidden_figures (
    profile text not null,
    authority_code text not null,
    indicator_code text not null,
    period_type text not null,
    period_label text not null,
    breakdown text not null,
    breakdown_value text not null,
    hides text not null check (hides in ('figure', 'terms')),
    reason text not null,
    primary key (profile, authority_code, indicator_code, period_type, period_label, breakdown, breakdown_value)
);

comment on table staging.hidden_figures is
    'One row per profile and figure of the candidate that is not shown whole; the reporting models read it. It holds no number.';
comment on column staging.hidden_figures.profile is 'For whom it is hidden.';
comment on column staging.hidden_figures.authority_code is 'ONS code of the authority.';
comment on column staging.hidden_figures.indicator_code is 'Indicator.';
comment on column staging.hidden_figures.period_type is 'Kind of period.';
comment on column staging.hidden_figures.period_label is 'Period.';
comment on column staging.hidden_figures.breakdown is 'Breakdown, or all.';
comment on column staging.hidden_figures.breakdown_value is 'Group, or all.';
comment on column staging.hidden_figures.hides is
    'figure: all of it; terms: numerator and denominator, while the percentage or mean stays, to one decimal.';
comment on column staging.hidden_figures.reason is 'small count, small complement, small denominator, or protects another figure.';

create table staging.disclosure_outcomes (
    profile text not null,
    authority_code text not null,
    run_id text not null,
    relations_checked bigint not null,
    relations_failed bigint not null,
    failing_relations text not null default '',
    small_numbers bigint not null,
    pinned_numbers bigint not null,
    figures_hidden bigint not null,
    figures_hidden_for_others bigint not null,
    primary key (profile, authority_code)
);

comment on table staging.disclosure_outcomes is 'One row per profile and authority of the build that ran last: how the proof of hiding went.';
comment on column staging.disclosure_outcomes.profile is 'For whom figures are hidden.';
comment on column staging.disclosure_outcomes.authority_code is 'ONS code of the authority.';
comment on column staging.disclosure_outcomes.run_id is 'The build.';
comment on column staging.disclosure_outcomes.relations_checked is 'Rows of the declared relations that were compared with the counted figures.';
comment on column staging.disclosure_outcomes.relations_failed is 'Those of them that the counted figures contradict.';
comment on column staging.disclosure_outcomes.failing_relations is 'Names of the relations that fail, the first few; empty: none does.';
comment on column staging.disclosure_outcomes.small_numbers is 'Hidden small numbers that were to be protected.';
comment on column staging.disclosure_outcomes.pinned_numbers is
    'Those that what is printed or published already tells, so that no release could protect them.';
comment on column staging.disclosure_outcomes.figures_hidden is 'Published rows that are not shown whole.';
comment on column staging.disclosure_outcomes.figures_hidden_for_others is 'Those of them that are hidden to protect another.';

create table restricted.hiding_reasons (
    run_id text not null,
    profile text not null,
    authority_code text not null,
    indicator_code text not null,
    period_type text not null,
    period_label text not null,
    breakdown text not null,
    breakdown_value text not null,
    hides text not null,
    reason text not null,
    protects text not null default '',
    relation text not null default '',
    known_from numeric,
    known_to numeric,
    is_pinned boolean not null default false,
    primary key (
        run_id, profile, authority_code, indicator_code, period_type, period_label, breakdown, breakdown_value
    )
);

comment on table restricted.hiding_reasons is
    'One row per build, profile and figure that is not shown whole: why, by which relation it would have told another, and what a reader cannot exclude. For information governance.';
comment on column restricted.hiding_reasons.run_id is 'The build; release.releases tells its release.';
comment on column restricted.hiding_reasons.profile is 'For whom it is hidden.';
comment on column restricted.hiding_reasons.authority_code is 'ONS code of the authority.';
comment on column restricted.hiding_reasons.indicator_code is 'Indicator.';
comment on column restricted.hiding_reasons.period_type is 'Kind of period.';
comment on column restricted.hiding_reasons.period_label is 'Period.';
comment on column restricted.hiding_reasons.breakdown is 'Breakdown, or all.';
comment on column restricted.hiding_reasons.breakdown_value is 'Group, or all.';
comment on column restricted.hiding_reasons.hides is 'figure, or terms.';
comment on column restricted.hiding_reasons.reason is 'small count, small complement, small denominator, or protects another figure.';
comment on column restricted.hiding_reasons.protects is 'The figure that it protects; empty: it is small itself.';
comment on column restricted.hiding_reasons.relation is 'The declared relation by which it would have told that figure; empty: it is small itself.';
comment on column restricted.hiding_reasons.known_from is 'Of its small number: a value that a reader cannot exclude, the lowest that the proof found; null: it has none.';
comment on column restricted.hiding_reasons.known_to is 'The highest that the proof found: at least the width above, unless the figure is pinned.';
comment on column restricted.hiding_reasons.is_pinned is 'What is printed or published already tells it, so that no release could protect it.';

create table restricted.disclosure_proofs (
    profile text not null,
    authority_code text not null,
    digest text not null,
    outcome jsonb not null,
    last_run_id text not null,
    primary key (profile, authority_code, digest)
);

comment on table restricted.disclosure_proofs is
    'One row per part of a publication that hangs together and was proved: by its digest the next build knows that it has not changed.';
comment on column restricted.disclosure_proofs.profile is 'For whom it was proved.';
comment on column restricted.disclosure_proofs.authority_code is 'ONS code of the authority.';
comment on column restricted.disclosure_proofs.digest is 'Keyed by nothing: digest of the part''s figures, relations and thresholds.';
comment on column restricted.disclosure_proofs.outcome is 'Which of its figures are hidden, and what a reader cannot exclude.';
comment on column restricted.disclosure_proofs.last_run_id is 'The build that used it last; what none used is forgotten.';
