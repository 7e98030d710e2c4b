insert into release.repeatables (name, sha256)
values (:name, :sha256)
on conflict (name) do update set
    sha256 = excluded.sha256,
    applied_at = now()
