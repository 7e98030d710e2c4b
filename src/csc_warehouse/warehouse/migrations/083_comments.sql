-- What every table, view and column of the ledger of landing and of quality holds, for whoever opens them.

comment on column landing.deliveries.delivery_id is 'Number of the delivery, in the order in which they were tried.';
comment on column landing.deliveries.source is 'The source that handed it over, as its contract is named.';
comment on column landing.deliveries.authority_code is 'ONS code of the authority.';
comment on column landing.deliveries.name is 'Which of a source''s deliveries of a day: all, or the kind of a corporate return.';
comment on column landing.deliveries.business_date is 'The day whose state it shows.';
comment on column landing.deliveries.kind is 'full, delta, return, or unknown where it could not be read.';
comment on column landing.deliveries.status is 'What became of it: accepted, refused, superseded by another for its day, or withdrawn.';
comment on column landing.deliveries.reason is 'Why it was refused or no longer counts, in one sentence; null while accepted.';
comment on column landing.deliveries.rows_in_files is 'Rows in its files: accepted and quarantined ones.';
comment on column landing.deliveries.rows_accepted is 'Rows that were taken into the row history.';
comment on column landing.deliveries.rows_quarantined is 'Rows that could not be read and lie in quarantine.';
comment on column landing.deliveries.content_sha256 is 'SHA-256 over the contents of its files, whatever their names and times.';
comment on column landing.deliveries.received_at is 'When its files were last written, as far as the place where they lay says.';
comment on column landing.deliveries.landed_at is 'When it was judged here.';

comment on column landing.delivery_entities.delivery_id is 'The delivery.';
comment on column landing.delivery_entities.entity is 'The entity, as the contract names it.';
comment on column landing.delivery_entities.file_name is 'The file, or member of a zip, that held it.';
comment on column landing.delivery_entities.rows_in_file is 'Rows in that file, without its header.';
comment on column landing.delivery_entities.rows_accepted is 'Rows that could be read: new, changed and unchanged ones.';
comment on column landing.delivery_entities.rows_new is 'Rows whose key was not there before.';
comment on column landing.delivery_entities.rows_changed is 'Rows that say something else than before.';
comment on column landing.delivery_entities.rows_unchanged is 'Rows that say what was known.';
comment on column landing.delivery_entities.rows_quarantined is 'Rows that could not be read.';
comment on column landing.delivery_entities.rows_vanished is 'Rows of before that a full no longer has.';

comment on column landing.quarantine.delivery_id is 'The delivery.';
comment on column landing.quarantine.source is 'Its source.';
comment on column landing.quarantine.authority_code is 'ONS code of the authority.';
comment on column landing.quarantine.business_date is 'The day whose state the delivery shows.';
comment on column landing.quarantine.file_name is 'The file, or member of a zip, that held the row.';
comment on column landing.quarantine.entity is 'The entity, as the contract names it.';
comment on column landing.quarantine.record_number is 'Place of the row in its file; what the first is, deliveries.md section 6 says.';
comment on column landing.quarantine.column_name is 'The column at fault; null where it is the row.';
comment on column landing.quarantine.reason_code is 'Kind of reason, as deliveries.md section 6 lists them.';
comment on column landing.quarantine.reason is 'Why it could not be read, without its value.';
comment on column landing.quarantine.raw_record is 'The row as it was sent; null once a child in it was erased or its delivery has expired.';

comment on column landing.arrived_files.delivery_id is 'The delivery.';
comment on column landing.arrived_files.file_name is 'Name of the file.';
comment on column landing.arrived_files.size_bytes is 'Its size.';
comment on column landing.arrived_files.sha256 is 'SHA-256 of its content, under which the archive keeps it.';

comment on column landing.entity_files.delivery_id is 'The delivery.';
comment on column landing.entity_files.entity is 'The entity, as the contract names it.';
comment on column landing.entity_files.file_name is 'The file, or member of a zip, that held it.';
comment on column landing.entity_files.size_bytes is 'Its unpacked size.';
comment on column landing.entity_files.sha256 is 'SHA-256 of its content: the same again need not be read.';
comment on column landing.entity_files.contract_sha256 is 'SHA-256 of the contract that it was read by.';

comment on column landing.delivery_notices.delivery_id is 'The delivery.';
comment on column landing.delivery_notices.notice_number is 'Counts a delivery''s notices from 1.';
comment on column landing.delivery_notices.notice is 'What is worth knowing, in one sentence.';

comment on column landing.delivery_measures.delivery_id is 'The delivery.';
comment on column landing.delivery_measures.entity is 'The entity that was measured.';
comment on column landing.delivery_measures.column_name is 'The column that was measured; blank for the entity.';
comment on column landing.delivery_measures.measure is 'What was measured, such as the share of blanks.';
comment on column landing.delivery_measures.value is 'The measured number.';

comment on column landing.unlisted_codes.delivery_id is 'The delivery.';
comment on column landing.unlisted_codes.entity is 'The entity, as the contract names it.';
comment on column landing.unlisted_codes.column_name is 'The column that holds the code.';
comment on column landing.unlisted_codes.code is 'The code as it was sent.';
comment on column landing.unlisted_codes.rows is 'Rows of the delivery that have it.';

comment on column landing.delivery_looks.source is 'The source.';
comment on column landing.delivery_looks.authority_code is 'ONS code of the authority.';
comment on column landing.delivery_looks.name is 'Which of a source''s deliveries of a day.';
comment on column landing.delivery_looks.business_date is 'The day whose state it shows.';
comment on column landing.delivery_looks.fingerprint is 'Digest of the files'' names, sizes and times.';
comment on column landing.delivery_looks.content_sha256 is 'SHA-256 over what they hold.';
comment on column landing.delivery_looks.delivery_id is 'The delivery that they were judged as.';

comment on column landing.refusals.delivery_id is 'The refused delivery.';
comment on column landing.refusals.contract_sha256 is 'SHA-256 of the contract under which it was refused.';
comment on column landing.refusals.override_count is 'Decisions to accept its loss that were in force then.';

comment on column landing.overrides.override_id is 'Number of the decision.';
comment on column landing.overrides.source is 'The source.';
comment on column landing.overrides.authority_code is 'ONS code of the authority; null: any.';
comment on column landing.overrides.business_date is 'Business date of the delivery whose loss is accepted.';
comment on column landing.overrides.decided_by is 'The named person who decided.';
comment on column landing.overrides.reason is 'Why the loss is true.';
comment on column landing.overrides.decided_at is 'When.';

comment on column landing.code_map.source is 'The source.';
comment on column landing.code_map.list_name is 'Name of the code list in its contract.';
comment on column landing.code_map.source_code is 'The code as the source sends it, trimmed and upper-cased.';
comment on column landing.code_map.code is 'What it means: the canonical code.';
comment on column landing.code_map.valid_from_date is 'First day on which it means that; null: always.';
comment on column landing.code_map.valid_to_date is 'First day on which it no longer does; null: still.';

comment on column landing.erasures.erasure_id is 'Random name of the erasure.';
comment on column landing.erasures.authority_code is 'ONS code of the authority.';
comment on column landing.erasures.erased_by is 'The named person who decided.';
comment on column landing.erasures.reason is 'Why.';
comment on column landing.erasures.erased_at is 'When.';
comment on column landing.erased_ids.source is 'The source that knows the child by the id.';
comment on column landing.erased_ids.authority_code is 'ONS code of the authority.';
comment on column landing.erased_ids.id_hash is 'Keyed hash of the id.';
comment on column landing.erased_ids.erasure_id is 'The erasure.';
comment on column landing.erased_ids.erased_at is 'When.';
comment on column landing.erasure_proofs.erasure_id is 'The erasure.';
comment on column landing.erasure_proofs.relation is 'The relation that rows were removed from.';
comment on column landing.erasure_proofs.rows_removed is 'How many.';
comment on column landing.erasure_proofs.removed_at is 'When.';

comment on column landing.retention_proofs.file_name is 'Name of the file.';
comment on column landing.retention_proofs.sha256 is 'SHA-256 of its content.';
comment on column landing.retention_proofs.size_bytes is 'Its size.';
comment on column landing.retention_proofs.removed_by is 'Who or what removed it.';
comment on column landing.retention_proofs.removed_at is 'When.';

comment on column quality.check_results.check_result_id is 'Number of the judgement.';

comment on column quality.decisions.decision_id is 'Number of the decision.';
comment on column quality.decisions.authority_code is 'ONS code of the authority; null: every one of the release.';
comment on column quality.decisions.reason is 'The reason or note that was given.';
comment on column quality.decisions.details is 'What was decided about: numbers and codes, no value of a child.';
comment on column quality.decisions.decided_at is 'When.';

comment on column quality.explanations.explanation_id is 'Number of the explanation.';
comment on column quality.explanations.authority_code is 'ONS code of the authority.';
comment on column quality.explanations.check_code is 'Code of the check that failed.';
comment on column quality.explanations.reason is 'Why the failure is right as it is.';
comment on column quality.explanations.explained_by is 'The named person who explained it.';
comment on column quality.explanations.database_user is 'The database login that wrote it.';
comment on column quality.explanations.explained_at is 'When.';
comment on column quality.explanations.withdrawn_by is 'Who took it back; null while it stands.';
comment on column quality.explanations.withdrawn_at is 'When it was taken back; null while it stands.';

comment on column quality.indicator_grades.release_id is 'The release.';
comment on column quality.indicator_grades.run_id is 'The build that was graded.';
comment on column quality.indicator_grades.authority_code is 'ONS code of the authority.';
comment on column quality.indicator_grades.indicator_code is 'Code of the indicator.';
comment on column quality.indicator_grades.graded_at is 'When.';

comment on column quality.indicator_bounds.release_id is 'The release.';
comment on column quality.indicator_bounds.authority_code is 'ONS code of the authority.';
comment on column quality.indicator_bounds.indicator_code is 'Code of the indicator.';
comment on column quality.indicator_bounds.period_type is 'month, quarter, half_year, year_to_date or year.';
comment on column quality.indicator_bounds.period_label is 'The period.';
comment on column quality.indicator_bounds.unknown_count is 'Records that lack a fact which the figure needs.';
comment on column quality.indicator_bounds.lower_bound is 'The figure if every unknown fact were against it.';
comment on column quality.indicator_bounds.upper_bound is 'The figure if every unknown fact were in its favour.';
comment on column quality.indicator_bounds.sentence is 'The same in words.';

comment on column quality.notifications.notification_id is 'Number of the attempt.';
comment on column quality.notifications.told_at is 'When.';

comment on column quality.publications.release_id is 'The release.';
comment on column quality.publications.authority_code is 'ONS code of the authority.';
comment on column quality.publications.as_at_date is 'The day whose figures it holds.';
comment on column quality.publications.published_by is 'Who or what moved the pointer first; null: readers never saw it.';
comment on column quality.publications.code_version is 'The version of the code that made it.';

comment on column quality.signed_figures.signed_figure_id is 'Number of the signed figure.';
comment on column quality.signed_figures.decision_id is 'The decision that signed it.';
comment on column quality.signed_figures.release_id is 'The release that was signed.';
comment on column quality.signed_figures.profile is 'For whom it is printed: open or committee.';
comment on column quality.signed_figures.authority_code is 'ONS code of the authority.';
comment on column quality.signed_figures.indicator_code is 'Code of the indicator.';
comment on column quality.signed_figures.period_type is 'month, quarter, half_year, year_to_date or year.';
comment on column quality.signed_figures.period_label is 'The period.';
comment on column quality.signed_figures.breakdown is 'What it is broken down by; all for the whole.';
comment on column quality.signed_figures.breakdown_value is 'The group; all for the whole.';
comment on column quality.signed_figures.numerator is 'Numerator; null where it is hidden.';
comment on column quality.signed_figures.denominator is 'Denominator; null where there is none or it is hidden.';
comment on column quality.signed_figures.value is 'The figure; null where it is hidden or there is none.';
comment on column quality.signed_figures.display is 'What a page prints for it.';
comment on column quality.signed_figures.status is 'final, provisional, no_denominator, insufficient_history or suppressed.';
comment on column quality.signed_figures.grade is 'How far it can be trusted: A to D.';
comment on column quality.signed_figures.caveat is 'What a reader must know before using it.';
comment on column quality.signed_figures.as_at_date is 'The day whose state it shows.';
comment on column quality.signed_figures.signed_by is 'The name that was given by whoever signed.';
comment on column quality.signed_figures.signed_at is 'When.';
comment on column quality.signed_figures.note is 'What whoever signed wrote beside it.';
comment on column quality.signed_figures.code_version is 'The version of the code that made it.';

comment on column quality.explained_checks.explanation_id is 'The explanation that holds longest.';
comment on column quality.explained_checks.as_at_date is 'First day of figures for which it holds.';
comment on column quality.explained_records.check_codes is 'Codes of the checks that do not count it.';
comment on column quality.latest_failures.past_because is 'Why no figure rests on it any more; null while it is open.';
comment on column quality.untold_notifications.sentence is 'What was to be told, as it was tried last.';
comment on column quality.untold_notifications.error is 'Why it could not be sent, as it was tried last.';
comment on column quality.untold_notifications.attempts is 'How often it was tried.';
comment on column quality.untold_notifications.first_tried_at is 'When it was tried first.';
comment on column quality.untold_notifications.last_tried_at is 'When it was tried last.';
comment on column quality.untold_notifications.is_told_in_part is 'It has reached some of its recipients.';

-- a column of a view that is the column of a table by the same name says what that says
do $comments$
declare
    found record;
begin
    for found in
        select distinct on (v.oid, va.attnum)
            n.nspname, v.relname, va.attname, col_description(t.oid, ta.attnum) as description
        from pg_class as v
        inner join pg_namespace as n on n.oid = v.relnamespace
        inner join pg_rewrite as w on w.ev_class = v.oid
        inner join pg_depend as d on d.objid = w.oid and d.classid = 'pg_rewrite'::regclass and d.refobjid <> v.oid
        inner join pg_class as t on t.oid = d.refobjid and t.relkind in ('r', 'v')
        inner join pg_attribute as va on va.attrelid = v.oid and va.attnum > 0 and not va.attisdropped
        inner join pg_attribute as ta on ta.attrelid = t.oid and ta.attnum > 0 and ta.attname = va.attname
        where
            n.nspname = 'quality' and v.relkind = 'v'
            and col_description(v.oid, va.attnum) is null
            and col_description(t.oid, ta.attnum) is not null
        order by v.oid, va.attnum, t.relname
    loop
        execute format('comment on column %I.%I.%I is %L', found.nspname, found.relname, found.attname, found.description);
    end loop;
end
$comments$;
