"""Whether a delivery was judged before with the very content that it has now, so that it need not be judged again."""

from __future__ import annotations

import psycopg

from csc_warehouse.landing.judging.business_date import is_believable
from csc_warehouse.landing.recording import ledger
from csc_warehouse.landing.unforeseen_errors import digest_of_this_version
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources.delivery import Delivery


def judged_before(
    cursor: psycopg.Cursor, delivery: Delivery, content: str, contract: str, limits: LandingConfig
) -> int | None:
    """Return the id of the delivery that was landed or refused with this very content, or None where it must be tried.

    A refused one is tried again once its contract has changed, an operator has accepted its loss, or its date has come.
    One that was withdrawn stays so until that is undone (deliveries.md section 9, Dates).
    """
    # the latest attempt with this content decides: superseded content that is sent again is to be landed again
    for entry in reversed(ledger.attempts(cursor, delivery)):
        if entry.content_sha256 != content:
            continue
        is_settled = entry.status in ("accepted", "withdrawn") or (
            entry.status == "refused" and _still_refused(cursor, delivery, entry.delivery_id, contract, limits)
        )
        return entry.delivery_id if is_settled else None
    return None


def _still_refused(
    cursor: psycopg.Cursor, delivery: Delivery, delivery_id: int, contract: str, limits: LandingConfig
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
    judged_under = (contract, digest_of_this_version(contract))
    return row[0] in judged_under and row[1] == ledger.override_count(cursor, delivery)
