"""What is worth knowing about when a delivery came (deliveries.md sections 1, 7, Order, and 9)."""

from __future__ import annotations

import dataclasses

import psycopg

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.systems import case_systems, chain_of, next_day_of
from csc_warehouse.landing.recording import ledger
from csc_warehouse.settings import Settings
from csc_warehouse.sources.delivery import Delivery


def timing_notices(
    cursor: psycopg.Cursor, settings: Settings, delivery: Delivery, kind: str, *, later: int
) -> list[str]:
    """Return the notices about when a delivery came; later: how many later ones were merged again on top of it."""
    notices = []
    if later:
        notices.append(f"it arrived late; {later} later deliveries were merged again on top of it.")
    authority = settings.config.authorities.get(delivery.authority_code)
    if authority is None:
        notices.append(
            f"its authority {delivery.authority_code} is not in the configuration: it is known by its code alone, and"
            " the first day of each of its systems is that of the system's first delivery."
        )
    elif ledger.is_first_of_authority(cursor, delivery):
        notices.append(
            f"it is the first delivery of {authority.name} ({delivery.authority_code}): the council is in the figures"
            " from now on."
        )
    notices += _system_notices(cursor, settings, delivery)
    if kind == "delta":
        notices += _gap_notices(ledger.previous_accepted(cursor, delivery), delivery)
    return notices


def _system_notices(cursor: psycopg.Cursor, settings: Settings, delivery: Delivery) -> list[str]:
    """Return the notices about the days on which the delivery's system is live (deliveries.md section 8)."""
    authority = settings.config.authorities.get(delivery.authority_code)
    chain = chain_of(authority, case_systems(load_contracts(settings.config.sources).values()))
    place = next((place for place, link in enumerate(chain) if link.source == delivery.source), None)
    if place is None:
        return []
    came = ledger.first_dates(cursor, delivery)
    first_day = chain[place].first_day
    notices = []
    is_taken_over = any(link.source in came for link in chain[:place])
    since = came.get(delivery.source)
    if (
        authority is not None
        and first_day is None
        and is_taken_over
        and (since is None or delivery.business_date < since)
    ):
        notices.append(
            f"no first day of {delivery.source} is configured for {authority.name} ({delivery.authority_code}): it is"
            f" taken to be {delivery.business_date}, the day of its first delivery (`first_day` in `systems`)."
        )
    # a first day that is not configured is that of the first delivery
    later = [link if link.first_day else dataclasses.replace(link, first_day=came.get(link.source)) for link in chain]
    next_day = next_day_of(later, delivery.source)
    if next_day is not None and delivery.business_date >= next_day:
        notices.append(f"it is dated on or after the cut-over of {next_day}: it is kept, and no figure uses it.")
    if first_day is not None and delivery.business_date < first_day:
        notices.append(f"it is dated before the cut-over of {first_day}: it is kept, and no figure uses it.")
    return notices


def _gap_notices(previous: ledger.LedgerEntry | None, delivery: Delivery) -> list[str]:
    if previous is None:
        return ["it is a delta and no full came before it: rows not in it are unknown until the next full."]
    missing = (delivery.business_date - previous.business_date).days - 1
    if missing <= 0:
        return []
    nights = "night is" if missing == 1 else "nights are"
    return [f"{missing} {nights} missing before this delta: what they held waits for the next full."]
