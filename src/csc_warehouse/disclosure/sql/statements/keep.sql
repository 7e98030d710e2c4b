insert into restricted.disclosure_proofs (profile, authority_code, digest, outcome, last_run_id)
select
    :profile as profile,
    :authority as authority_code,
    r.digest,
    r.outcome,
    :run_id as last_run_id
from jsonb_to_recordset(cast(:rows as jsonb)) as r (digest text, outcome jsonb)
on conflict (profile, authority_code, digest) do update set last_run_id = excluded.last_run_id
