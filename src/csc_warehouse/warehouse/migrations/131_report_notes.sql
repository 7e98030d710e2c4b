-- What authors write beside the figures of a report is a decision like others: who, when, and never unwritten.

comment on column quality.decisions.kind is
    'accept_loss, explain, withdraw_explanation, sign_off, reject, rollback, rotate_key, erase, report_note.';
