-- A backup holds what the archive holds, and leaves with the same proof.

alter table landing.retention_proofs drop constraint retention_proofs_holding_check;
alter table landing.retention_proofs add constraint retention_proofs_holding_check
    check (holding in ('refused', 'superseded', 'backup'));
comment on table landing.retention_proofs is
    'One row per file of a delivery that retention removed from the archive, and per backup that it removed: what, of which delivery, when, under which rule, by whom.';
comment on column landing.retention_proofs.holding is 'refused: kept apart for inspection; superseded: verified, and replaced by another delivery for its business date; backup: database and archive of a day in one file.';
comment on column landing.retention_proofs.delivery_id is 'Null for a backup, and for a file refused before it was kept which delivery it was of.';
