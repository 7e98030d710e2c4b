create table landing.refusals (
    delivery_id bigint primary key references landing.deliveries (delivery_id),
    contract_sha256 text not null,
    override_count bigint not null
);
comment on table landing.refusals is 'One row per refused delivery: under which contract and how many overrides, as it is tried again once either changes.';
insert into landing.refusals (delivery_id, contract_sha256, override_count)
select distinct on (looks.delivery_id) looks.delivery_id, looks.contract_sha256, looks.override_count
from landing.delivery_looks as looks
join landing.deliveries as deliveries using (delivery_id)
where deliveries.status = 'refused';
alter table landing.delivery_looks drop column contract_sha256, drop column override_count;
alter table landing.entity_files add column contract_sha256 text not null default '';
