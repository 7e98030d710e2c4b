create or replace function landing.canonical_name(sent text) returns text
language sql immutable parallel safe
as $function$
    select
        case
            -- nearly all are short, of ASCII alone and without a space too many
            when octet_length(sent) = char_length(sent) and octet_length(sent) <= 255 and sent !~ e'[\t-\r]|^ | $|  '
                then upper(sent collate "C")
            else landing.canonical_name_of_any_text(sent)
        end
$function$;
comment on function landing.canonical_name is
    'A name or code as it compares: NFC, trimmed, white space single, in Unicode''s upper case, at most 255 characters.';
