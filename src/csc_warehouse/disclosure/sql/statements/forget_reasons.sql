delete from restricted.hiding_reasons
where
    run_id = :run_id
    or run_id not in (
        select run_id from release.releases
        where state in ('open', 'stored', 'published', 'held')
    )
