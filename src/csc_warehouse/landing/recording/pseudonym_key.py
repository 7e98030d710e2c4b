"""The pseudonym key that this warehouse was keyed with: known to database and journal by its fingerprint alone."""

from __future__ import annotations

from sqlalchemy import text

from csc_warehouse.landing.recording.journal import Journal
from csc_warehouse.privacy import pseudonyms
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import Warehouse

EVENT = "pseudonym_key"
_KNOWN = text("select key_fingerprint, is_journalled from landing.pseudonym_key")
_RECORD = text(
    "insert into landing.pseudonym_key (key_fingerprint, is_journalled) values (:fingerprint, true)"
    " on conflict (is_in_force) do update set key_fingerprint = excluded.key_fingerprint, is_journalled = true"
)


def require_key(warehouse: Warehouse) -> None:
    """See that the key file holds the key that this warehouse was keyed with, and record the one in force.

    A database that knows none (new, or made again from the archive) is told by the journal. Where neither does, the
    key that is there is the first. A key that was put above the known one has been rotated into force. Raises
    CscWarehouseError where the known key is gone: a new one would give every child another pseudonym.
    """
    settings = warehouse.settings
    with warehouse.transaction() as connection:
        known = connection.execute(_KNOWN).one_or_none()
    fingerprint = _journalled(settings) if known is None else str(known.key_fingerprint)
    if fingerprint is None and not settings.key_file.exists() and not settings.is_key_made_on_first_use:
        # nothing is keyed yet, and whatever needs a key says that there is none
        return
    in_force = pseudonyms.fingerprint(pseudonyms.require_known(settings, fingerprint)[0])
    if known is None or not known.is_journalled or in_force != known.key_fingerprint:
        record_key(warehouse)


def record_key(warehouse: Warehouse) -> None:
    """Record the first key of the key file as the one in force: in the journal, then in the database."""
    fingerprint = pseudonyms.fingerprint(pseudonyms.load_key(warehouse.settings))
    if _journalled(warehouse.settings) != fingerprint:
        Journal(warehouse.settings.archive).append({"event": EVENT, "key_fingerprint": fingerprint})
    with warehouse.transaction() as connection:
        connection.execute(_RECORD, {"fingerprint": fingerprint})


def _journalled(settings: Settings) -> str | None:
    lines = [line for line in Journal(settings.archive).read() if line["event"] == EVENT]
    return str(lines[-1]["key_fingerprint"]) if lines else None
