create or replace function quality.write_report_note(
    p_authority_code text, p_period_label text, p_section text, p_person text, p_text text, p_is_removed boolean default false,
    p_language text default 'en'
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if p_authority_code is null or coalesce(btrim(p_period_label), '') = '' or coalesce(btrim(p_section), '') = '' then
        raise exception 'A note is of an authority, a period and a section of its report: name all three.';
    end if;
    if p_language is null or p_language not in ('en', 'cy') then
        raise exception 'A note is in English (en) or Welsh (cy): name one of the two.';
    end if;
    perform quality.require_authority(p_authority_code);
    return quality.record_decision(
        'report_note', p_person, p_text, p_authority_code,
        pg_catalog.jsonb_build_object(
            'period', btrim(p_period_label), 'section', btrim(p_section), 'is_removed', coalesce(p_is_removed, false),
            'language', p_language
        )
    );
end
$$;
comment on function quality.write_report_note(text, text, text, text, text, boolean, text) is
    'Write the authors'' paragraph of a section of a report in a language, or take it out; the one before stays in the journal.';
revoke all on function quality.write_report_note(text, text, text, text, text, boolean, text) from public;
