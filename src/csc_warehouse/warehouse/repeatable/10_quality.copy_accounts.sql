create or replace function quality.copy_accounts() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    select d.database_user, d.airflow_account into new.database_user, new.airflow_account
    from quality.decisions as d
    where d.decision_id = new.decision_id;
    return new;
end
$$;
comment on function quality.copy_accounts is 'Put beside each signed figure the login and account of its decision.';
-- only the trigger of the warehouse's own table has a use for it
revoke all on function quality.copy_accounts() from public;
