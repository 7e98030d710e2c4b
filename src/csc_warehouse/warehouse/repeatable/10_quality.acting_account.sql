-- Airflow's pages sign in people of their own and speak to the database as the warehouse's login: for that login alone
-- the account that it names counts, so that nobody else can put a name there
create or replace function quality.acting_account() returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select nullif(btrim(current_setting('csc_warehouse.account', true)), '')
    where pg_has_role(session_user, current_user, 'usage')
$$;
comment on function quality.acting_account is
    'Account of Airflow''s pages on whose behalf the warehouse''s own login acts; null for everybody else.';
revoke all on function quality.acting_account() from public;
