create or replace view quality.candidate_grades as
select
    g.release_id,
    g.run_id,
    g.authority_code,
    g.indicator_code,
    g.complete,
    g.timely,
    g.consistent,
    g.grade,
    g.rule,
    g.caveat,
    g.lower_bound,
    g.upper_bound,
    g.period_label,
    g.graded_at
from quality.indicator_grades as g
inner join staging.run_context as c
    on g.authority_code = c.authority_code
    and g.run_id = c.run_id;
comment on view quality.candidate_grades is
    'The grades of the build that lies in the candidate schemas; read by the reporting models.';
comment on column quality.candidate_grades.release_id is 'The release.';
comment on column quality.candidate_grades.run_id is 'The build that was graded.';
comment on column quality.candidate_grades.authority_code is 'ONS code of the authority.';
comment on column quality.candidate_grades.indicator_code is 'Code of the indicator.';
comment on column quality.candidate_grades.complete is 'Share of its records that hold every fact it needs, 0 to 1.';
comment on column quality.candidate_grades.timely is 'Share of its records that were recorded in time, 0 to 1.';
comment on column quality.candidate_grades.consistent is 'Share of its records without a contradiction, 0 to 1.';
comment on column quality.candidate_grades.grade is 'A (use freely) to D (do not use), by the rule printed beside it.';
comment on column quality.candidate_grades.rule is 'The rule that gave the grade, in words.';
comment on column quality.candidate_grades.caveat is
    'What a reader must know before using the figure; null when nothing.';
comment on column quality.candidate_grades.lower_bound is
    'The figure of period_label if every unknown fact were against it.';
comment on column quality.candidate_grades.upper_bound is
    'The figure of period_label if every unknown fact were in its favour.';
comment on column quality.candidate_grades.period_label is 'The latest period that both bounds belong to.';
comment on column quality.candidate_grades.graded_at is 'When.';
