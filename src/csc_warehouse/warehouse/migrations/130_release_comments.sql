-- What every column of the ledger of releases holds, for whoever opens it.

comment on column release.releases.release_id is 'Number of the release; a later build has a higher one.';
comment on column release.releases.created_at is 'When the build began.';

comment on column release.release_authorities.release_id is 'The release.';
comment on column release.release_authorities.authority_code is 'ONS code of the authority.';

comment on column release.pointer.authority_code is 'ONS code of the authority.';
comment on column release.pointer.release_id is 'The release that readers see.';
comment on column release.pointer.moved_at is 'Since when they see it.';

comment on column release.pointer_moves.pointer_move_id is 'Number of the move, in order.';
comment on column release.pointer_moves.authority_code is 'ONS code of the authority.';
comment on column release.pointer_moves.from_release_id is 'What readers saw before; null: nothing yet.';
comment on column release.pointer_moves.to_release_id is 'What they saw from then on.';
comment on column release.pointer_moves.kind is 'publication or rollback.';
comment on column release.pointer_moves.moved_by is 'The account that moved it.';
comment on column release.pointer_moves.moved_at is 'When it was moved.';

comment on column release.relations.schema_name is 'Schema of the published view.';
comment on column release.relations.relation_name is 'Name of the published view, and of the model behind it.';
comment on column release.relations.key_columns is 'What a row is known by, as the model''s contract says; empty: by nothing.';
comment on column release.relations.indexes is 'Further indexes of the stored table: a list of lists of columns.';
comment on column release.relations.description is 'What the model says of itself; the view''s comment.';
comment on column release.relations.column_descriptions is 'What the model says of its columns, by name; their comments.';
comment on column release.relations.registered_at is 'When a build last said so.';

comment on column release.restricted_children.authority_code is 'ONS code of the authority.';
comment on column release.restricted_children.child_key is 'Pseudonym of the child.';
comment on column release.restricted_children.from_release_id is 'First release that said so.';
comment on column release.restricted_children.to_release_id is 'First release that no longer did; null: the latest still does.';

comment on column release.analyst_authorities.authority_code is 'ONS code of an authority whose rows it sees.';

comment on column release.schema_migrations.name is 'Name of the file, without its ending.';
comment on column release.schema_migrations.sha256 is 'SHA-256 of the text that was applied.';
comment on column release.schema_migrations.applied_at is 'When it was applied here.';
