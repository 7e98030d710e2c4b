"""What the proof reads of the candidate, and where it writes what it decided."""

FIGURES = """
select
    figures.indicator_code,
    figures.period_type,
    figures.period_label,
    figures.breakdown,
    figures.breakdown_value,
    figures.period_start_date,
    periods.effective_end_date,
    figures.numerator::double precision as numerator,
    figures.denominator::double precision as denominator
from {values} as figures
inner join {periods} as periods using (authority_code, period_type, period_label)
where figures.authority_code = :authority and figures.indicator_code = any(:codes)
order by figures.indicator_code, figures.breakdown, figures.breakdown_value, figures.period_start_date,
    figures.period_end_date, figures.period_type
"""

RECALL = """
select digest, outcome from restricted.disclosure_proofs where authority_code = :authority and profile = :profile
"""

KEEP = """
insert into restricted.disclosure_proofs (profile, authority_code, digest, outcome, last_run_id)
select :profile, :authority, r.digest, r.outcome, :run_id
from jsonb_to_recordset(cast(:rows as jsonb)) as r (digest text, outcome jsonb)
on conflict (profile, authority_code, digest) do update set last_run_id = excluded.last_run_id
"""

FORGET = """
delete from restricted.disclosure_proofs
where authority_code = :authority and profile = :profile and last_run_id <> :run_id
"""

HIDE = """
insert into staging.hidden_figures (
    profile, authority_code, indicator_code, period_type, period_label, breakdown, breakdown_value, hides, reason
)
select :profile, :authority, r.*
from jsonb_to_recordset(cast(:rows as jsonb)) as r (
    indicator_code text, period_type text, period_label text, breakdown text, breakdown_value text, hides text,
    reason text
)
"""

AUDIT = """
insert into restricted.hiding_reasons (
    run_id, profile, authority_code, indicator_code, period_type, period_label, breakdown, breakdown_value, hides,
    reason, protects, relation, known_from, known_to, is_pinned
)
select :run_id, :profile, :authority, r.*
from jsonb_to_recordset(cast(:rows as jsonb)) as r (
    indicator_code text, period_type text, period_label text, breakdown text, breakdown_value text, hides text,
    reason text, protects text, relation text, known_from numeric, known_to numeric, is_pinned boolean
)
"""

OUTCOME = """
insert into staging.disclosure_outcomes (
    profile, authority_code, run_id, relations_checked, relations_failed, failing_relations, small_numbers,
    pinned_numbers, figures_hidden, figures_hidden_for_others
)
values (
    :profile, :authority, :run_id, :relations_checked, :relations_failed, :failing_relations, :small_numbers,
    :pinned_numbers, :figures_hidden, :figures_hidden_for_others
)
"""

FORGET_REASONS = """
delete from restricted.hiding_reasons
where
    run_id = :run_id
    or run_id not in (select run_id from release.releases where state in ('open', 'stored', 'published', 'held'))
"""
