create or replace function landing.canonical_key(sent text) returns text
language sql immutable parallel safe
as $function$
    select regexp_replace(landing.trimmed(sent), '^0+(?=.)', '')
$function$;
comment on function landing.canonical_key is
    'A number as it compares: without leading zeros (42 is 0000042), a letter''s case left alone; null where it is blank.';
