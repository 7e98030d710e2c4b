create or replace function quality.refuse_change_of_rights() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'A change of rights is kept as it was seen: quality.page_right_changes only grows.';
end;
$$;
comment on function quality.refuse_change_of_rights is 'Keeps the list of changed rights as it was written.';
