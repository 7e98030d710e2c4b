create or replace function quality.note_query(relation text) returns boolean
language plpgsql volatile parallel unsafe security definer set search_path = pg_catalog, pg_temp as $$
begin
    -- the warehouse's own login: a step of the night, or a command or page that records its reader itself
    if pg_has_role(session_user, current_user, 'usage') then
        return true;
    end if;
    if not exists (
        select from pg_class as c where c.oid = to_regclass(relation) and c.relnamespace = 'restricted'::regnamespace
    ) then
        raise exception 'No relation of the schema restricted is called so.';
    end if;
    if current_setting('transaction_read_only')::boolean then
        raise exception '% is read in a transaction that may write: who reads it is recorded with the reading.', relation
        using
            errcode = 'read_only_sql_transaction',
            hint = 'Begin without READ ONLY, on the server that takes writes, and ask again.';
    end if;
    -- the server's own log keeps what a transaction that is rolled back takes back
    raise log 'csc-warehouse: % reads %', session_user, relation;
    insert into quality.readings (kind, place, reader, way) values ('query', relation, session_user, 'login');
    return true;
end
$$;
comment on function quality.note_query is
'Record that the session''s login reads a relation of the schema restricted; asked once a statement, by its row policy.';
revoke all on function quality.note_query(text) from public;
