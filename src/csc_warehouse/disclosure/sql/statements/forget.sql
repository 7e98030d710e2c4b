delete from restricted.disclosure_proofs
where authority_code = :authority and profile = :profile and last_run_id <> :run_id
