-- A refusal for lost rows is judged again once it is measured against another full, and one that nobody foresaw once
-- the program is another: the digest tells both beside the contract.

comment on column landing.refusals.contract_sha256
is 'SHA-256 of what it was judged by: the contract; with it, where rows were lost, the full that they were counted against,'
' and where nobody foresaw the fault, the version of the program. Another one, and it is tried again.';
