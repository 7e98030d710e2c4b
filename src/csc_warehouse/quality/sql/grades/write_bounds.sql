insert into quality.indicator_bounds (
    release_id, authority_code, indicator_code, period_type, period_label, unknown_count, lower_bound,
    upper_bound, sentence
)
select
    :id as release_id,
    r.authority_code,
    r.indicator_code,
    r.period_type,
    r.period_label,
    r.unknown_count,
    r.lower_bound,
    r.upper_bound,
    r.sentence
from jsonb_to_recordset(cast(:rows as jsonb)) as r (
    authority_code text, indicator_code text, period_type text, period_label text, unknown_count bigint,
    lower_bound double precision, upper_bound double precision, sentence text
)
