select
    outcomes.profile,
    outcomes.figures_hidden,
    outcomes.figures_hidden_for_others,
    outcomes.small_numbers,
    outcomes.pinned_numbers
from staging.disclosure_outcomes as outcomes
inner join release.releases as releases on outcomes.run_id = releases.run_id
where releases.release_id = :release_id and outcomes.authority_code = :authority_code
order by outcomes.profile
