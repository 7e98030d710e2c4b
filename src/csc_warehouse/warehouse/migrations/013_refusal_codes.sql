alter table landing.refusals add column reason_code text not null default '';
comment on column landing.refusals.reason_code is 'Kind of reason, as docs/runbooks/refused-deliveries.md lists them; blank for refusals from before it was kept.';
