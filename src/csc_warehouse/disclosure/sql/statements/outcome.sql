insert into staging.disclosure_outcomes (
    profile, authority_code, run_id, relations_checked, relations_failed, failing_relations, small_numbers,
    pinned_numbers, figures_hidden, figures_hidden_for_others
)
values (
    :profile, :authority, :run_id, :relations_checked, :relations_failed, :failing_relations, :small_numbers,
    :pinned_numbers, :figures_hidden, :figures_hidden_for_others
)
