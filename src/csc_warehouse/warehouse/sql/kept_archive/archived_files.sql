with

files as (
    select * from landing.arrived_files
),

deliveries as (
    select * from landing.deliveries
),

proofs as (
    select distinct
        delivery_id,
        sha256
    from landing.retention_proofs
)

select
    deliveries.delivery_id,
    deliveries.source,
    deliveries.authority_code,
    deliveries.name,
    deliveries.business_date::text as business_date,
    deliveries.content_sha256,
    files.sha256,
    deliveries.status <> 'accepted' as may_expire,
    deliveries.status <> 'accepted' and proofs.sha256 is not null as has_expired
from files
inner join deliveries on files.delivery_id = deliveries.delivery_id
left join proofs on files.delivery_id = proofs.delivery_id and files.sha256 = proofs.sha256
where deliveries.status <> 'refused'
order by deliveries.delivery_id, files.file_name
