"""Whether a delivery was judged before with the very content that it has now, so that it need not be judged again."""

from __future__ import annotations

import hashlib

import psycopg

from csc_warehouse.contracts import contract_digest
from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.landing.judging.business_date import is_believable
from csc_warehouse.landing.recording import ledger
from csc_warehouse.landing.unforeseen_errors import digest_of_this_version
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources.delivery import Delivery

MASS_LOSS = "mass_loss"


def judged_before(
    cursor: psycopg.Cursor, delivery: Delivery, content: str, contract: SourceContract, limits: LandingConfig
) -> int | None:
    """Return the id of the delivery that was landed or refused with this very content, or None where it must be tried.

    A refused one is tried again once its contract has changed, an operator has accepted its loss, its date has come, or
    what its loss was measured against is not what it would be measured against now (deliveries.md sections 1 and 9).
    One that was withdrawn stays so until that is undone (deliveries.md section 9, Dates).
    """
    # the latest attempt with this content decides: superseded content that is sent again is to be landed again
    for entry in reversed(ledger.attempts(cursor, delivery)):
        if entry.content_sha256 != content:
            continue
        # an accepted one is not judged again when another full comes, or stands again, before it: it would have been
        # refused in order, and to take it back then would be nobody's decision (an operator can withdraw it)
        is_settled = entry.status in ("accepted", "withdrawn") or (
            entry.status == "refused" and _still_refused(cursor, delivery, entry.delivery_id, contract, limits)
        )
        return entry.delivery_id if is_settled else None
    return None


def refused_for_loss(cursor: psycopg.Cursor, delivery_id: int) -> bool:
    """Tell whether a delivery was refused for the rows that it had lost."""
    cursor.execute(
        "select exists (select from landing.refusals where delivery_id = %s and reason_code = %s)",
        [delivery_id, MASS_LOSS],
    )
    return bool(cursor.fetchall()[0][0])


def digest_of_loss(cursor: psycopg.Cursor, delivery: Delivery, contract: SourceContract) -> str:
    """Return the digest under which a refusal for lost rows is recorded: of the contract, and what it is measured by.

    That is the nearest earlier full; where a delta can take rows away, as what a full no longer has is no loss then,
    the deltas between the two as well. Another of them, or one more or less, and the delivery is tried again; else the
    digest stays the same, and it is not.
    """
    earlier = ledger.previous_accepted(cursor, delivery, kind="full")
    measured = [] if earlier is None else [earlier.delivery_id]
    if earlier is not None and contract.changes is not None:
        measured += ledger.accepted_between(cursor, delivery, earlier.business_date)
    return hashlib.sha256(f"{contract_digest(contract)}|measured against {measured}".encode()).hexdigest()


def _still_refused(
    cursor: psycopg.Cursor, delivery: Delivery, delivery_id: int, contract: SourceContract, limits: LandingConfig
) -> bool:
    cursor.execute(
        "select contract_sha256, override_count, reason_code from landing.refusals where delivery_id = %s",
        [delivery_id],
    )
    row = cursor.fetchone()
    if row is None:
        return False
    if row[2] == "business_date" and is_believable(delivery.business_date, limits):
        return False
    if row[2] == MASS_LOSS:
        # one from before this was kept is tried once more, as nobody knows what it was measured against
        judged_under = [digest_of_loss(cursor, delivery, contract)]
    else:
        digest = contract_digest(contract)
        judged_under = [digest, digest_of_this_version(digest)]
    return row[0] in judged_under and row[1] == ledger.override_count(cursor, delivery)
