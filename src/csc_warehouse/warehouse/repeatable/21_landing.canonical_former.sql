create or replace function landing.canonical_former(sent text) returns text
language sql immutable parallel safe
as $function$
    select case
        when strpos(lowered, ':') = 0 then lowered
        else
            coalesce(landing.trimmed(split_part(lowered, ':', 1)), '') || ':'
            || coalesce(
                case
                    when landing.trimmed(substr(lowered, strpos(lowered, ':') + 1)) ~ '^[0-9]+$'
                        then landing.canonical_key(substr(lowered, strpos(lowered, ':') + 1))
                    else landing.trimmed(substr(lowered, strpos(lowered, ':') + 1))
                end,
                ''
            )
    end
    from (select lower(landing.trimmed(sent) collate "C") as lowered) as said
$function$;
comment on function landing.canonical_former is
    'The row of an earlier system that a text names, as it compares: system:key in lower case, a number without leading zeros; null where it is blank.';
