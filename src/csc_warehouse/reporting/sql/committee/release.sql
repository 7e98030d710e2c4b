select coalesce(
    (
        select max(f.release_id) from quality.signed_figures as f
        where
            f.authority_code = :authority and f.profile = :profile
            and (cast(:period as text) is null or f.period_label = :period)
    ),
    (
        select p.release_id from release.pointer as p
        where p.authority_code = :authority
    )
)
