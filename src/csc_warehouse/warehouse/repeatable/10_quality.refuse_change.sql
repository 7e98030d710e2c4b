create or replace function quality.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'Rows of %.% are kept as they were written: add a new row instead.', tg_table_schema, tg_table_name;
end
$$;
comment on function quality.refuse_change is 'Stop whoever changes or removes what is kept as it was written.';
