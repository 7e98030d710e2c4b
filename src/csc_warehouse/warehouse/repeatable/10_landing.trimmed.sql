create or replace function landing.trimmed(sent text) returns text
language sql immutable parallel safe
as $function$
    select
        nullif(
            btrim(
                sent,
                e'\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a'
                '\u2028\u2029\u202f\u205f\u3000'
            ),
            ''
        )
$function$;
comment on function landing.trimmed is
    'A value without the white space around it, of all that Unicode calls so; null where nothing is left.';
