select
    digest,
    outcome
from restricted.disclosure_proofs
where authority_code = :authority and profile = :profile
