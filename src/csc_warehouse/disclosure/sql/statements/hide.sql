insert into staging.hidden_figures (
    profile, authority_code, indicator_code, period_type, period_label, breakdown, breakdown_value, hides, reason
)
select
    :profile as profile,
    :authority as authority_code,
    r.*
from jsonb_to_recordset(cast(:rows as jsonb)) as r (
    indicator_code text, period_type text, period_label text, breakdown text, breakdown_value text, hides text,
    reason text
)
