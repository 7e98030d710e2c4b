-- an explanation that stands can be withdrawn, once, and nothing else of it changes
create or replace function quality.refuse_other_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if old.withdrawn_at is not null
        or to_jsonb(new) - 'withdrawn_by' - 'withdrawn_at' <> to_jsonb(old) - 'withdrawn_by' - 'withdrawn_at'
    then
        raise exception 'Rows of %.% are kept as they were written: an explanation can only be withdrawn.',
            tg_table_schema, tg_table_name;
    end if;
    return new;
end
$$;
comment on function quality.refuse_other_change is
    'Let an explanation be withdrawn, once, and stop every other change.';
