"""A delivery that was merged, and what the ledger gets of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg

from csc_warehouse.landing.history.comparison import EntityChange
from csc_warehouse.landing.reading.entity_rows import EntityRows
from csc_warehouse.landing.reading.row_measures import Measure
from csc_warehouse.landing.recording import delivery_details
from csc_warehouse.landing.recording.attempt import Attempt
from csc_warehouse.landing.recording.ledger import EntityAccount, LedgerEntry
from csc_warehouse.landing.verifying.verified import Verified


@dataclass
class Accepted:
    """A delivery that was merged."""

    kind: str
    verified: Verified
    entities: list[EntityRows]
    accounts: list[EntityAccount]
    measures: list[Measure]
    notices: list[str]
    later: list[LedgerEntry] = field(default_factory=list)
    """Accepted deliveries of later business dates, which are to be merged again on top of it."""


def row_accounts(entities: Sequence[EntityRows], changes: Sequence[EntityChange]) -> list[EntityAccount]:
    """Return the row account of each entity, from its rows and from what they change."""
    return [
        EntityAccount(
            entity=entity.rules.entity.name,
            file_name=entity.file.file_name,
            rows_in_file=entity.row_count,
            rows_accepted=entity.accepted_count,
            rows_new=change.rows_new,
            rows_changed=change.rows_changed,
            rows_unchanged=change.rows_unchanged,
            rows_quarantined=len(entity.quarantined),
            rows_vanished=len(change.vanished),
            rows_erased=entity.erased,
        )
        for entity, change in zip(entities, changes, strict=True)
    ]


def write_details(cursor: psycopg.Cursor, current: Attempt, result: Accepted) -> None:
    """Write what the ledger keeps beside an accepted delivery: accounts, quarantine, files, measures and notices."""
    delivery, delivery_id = current.delivery, current.delivery_id
    delivery_details.write_accounts(cursor, delivery_id, result.accounts)
    for entity in result.entities:
        name = entity.rules.entity.name
        delivery_details.write_quarantine(cursor, current, name, entity.file.file_name, entity.quarantined)
    delivery_details.write_files(cursor, current, result.verified)
    delivery_details.write_measures(cursor, delivery_id, result.measures)
    delivery_details.write_notices(cursor, delivery_id, result.notices)
    for entity in result.entities:
        if entity.measures is not None:
            name = entity.rules.entity.name
            delivery_details.write_unlisted(cursor, delivery_id, name, entity.measures.unlisted)
    unread = [entity.rules.entity.name for entity in result.entities if entity.unread_rows is not None]
    if unread:
        delivery_details.repeat_unlisted(cursor, delivery, delivery_id, unread)
