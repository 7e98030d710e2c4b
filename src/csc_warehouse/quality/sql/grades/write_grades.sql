insert into quality.indicator_grades (
    release_id, run_id, authority_code, indicator_code, complete, timely, consistent, grade, rule, caveat,
    lower_bound, upper_bound, period_label
)
select
    :id as release_id,
    r.run_id,
    r.authority_code,
    r.indicator_code,
    r.complete,
    r.timely,
    r.consistent,
    r.grade,
    r.rule,
    r.caveat,
    r.lower_bound,
    r.upper_bound,
    r.period_label
from jsonb_to_recordset(cast(:rows as jsonb)) as r (
    run_id text, authority_code text, indicator_code text, complete double precision,
    timely double precision, consistent double precision, grade text, rule text, caveat text,
    lower_bound double precision, upper_bound double precision, period_label text
)
