create or replace view quality.signatures as
select distinct
    f.release_id,
    f.authority_code,
    f.decision_id,
    f.signed_by,
    f.signed_at,
    f.note,
    f.database_user,
    f.airflow_account,
    'database login ' || coalesce(f.database_user, 'not kept')
    || coalesce(', Airflow account ' || f.airflow_account, '') as accounts
from quality.signed_figures as f;
comment on view quality.signatures is
    'One row per release and authority that was signed: the name that was given, and the accounts it was given from.';
comment on column quality.signatures.release_id is 'The release that was signed.';
comment on column quality.signatures.authority_code is 'ONS code of the authority.';
comment on column quality.signatures.decision_id is 'The decision that signed it.';
comment on column quality.signatures.signed_by is 'The name that was given by whoever signed.';
comment on column quality.signatures.signed_at is 'When.';
comment on column quality.signatures.note is 'What whoever signed wrote beside it.';
comment on column quality.signatures.database_user is 'Database login that signed.';
comment on column quality.signatures.airflow_account is
    'Account that was logged in to Airflow''s pages, where it was signed there; null elsewhere.';
comment on column quality.signatures.accounts is 'Both accounts in words, to stand beside the name wherever it stands.';
