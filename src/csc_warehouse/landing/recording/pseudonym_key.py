"""The pseudonym key that this warehouse was built with: database and journal know it by its fingerprint alone."""

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
    """Check that the key file holds the key that this warehouse was built with, and record the one in force.

    Where the database has no fingerprint (it is new, or was made again from the archive), the journal's counts. Where
    neither has one, the key in the file is the first ever used. A key that stands above the known one in the file has
    been rotated into force. Raises CscWarehouseError where the known key is gone: a new one would give every child
    another pseudonym.
    """
    settings = warehouse.settings
    with warehouse.transaction() as connection:
        known = connection.execute(_KNOWN).one_or_none()
    fingerprint = _journalled(settings) if known is None else str(known.key_fingerprint)
    if fingerprint is None and not settings.key_file.exists() and not settings.is_key_made_on_first_use:
        # no pseudonym was made yet, and whoever needs a key will say that there is none
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
