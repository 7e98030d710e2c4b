insert into restricted.hiding_reasons (
    run_id, profile, authority_code, indicator_code, period_type, period_label, breakdown, breakdown_value, hides,
    reason, protects, relation, known_from, known_to, is_pinned
)
select
    :run_id as run_id,
    :profile as profile,
    :authority as authority_code,
    r.*
from jsonb_to_recordset(cast(:rows as jsonb)) as r (
    indicator_code text, period_type text, period_label text, breakdown text, breakdown_value text, hides text,
    reason text, protects text, relation text, known_from numeric, known_to numeric, is_pinned boolean
)
