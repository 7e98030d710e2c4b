"""What waits to be landed: complete, and not judged before."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

import psycopg

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.landing.history import tables
from csc_warehouse.landing.judging.earlier_attempts import judged_before, refused_for_loss
from csc_warehouse.landing.lost_database import database_needed
from csc_warehouse.landing.recording import ledger
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.unforeseen_errors import is_of_the_delivery
from csc_warehouse.landing.verifying.delivery import Verifier
from csc_warehouse.settings import Settings
from csc_warehouse.sources import source_of
from csc_warehouse.sources.delivery import Delivery, Source
from csc_warehouse.warehouse import Warehouse


@dataclass
class Waiting:
    """What was found at the sources."""

    deliveries: list[Delivery] = field(default_factory=list)
    not_there_yet: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def find_waiting(
    settings: Settings,
    *,
    source: str | None = None,
    as_at: datetime.date | None = None,
    stable_seconds: float,
    warehouse: Warehouse,
) -> list[Delivery]:
    """Return the deliveries up to a business date that are complete and were not judged before, by business date.

    Of a source that is not in use nothing waits. Raises UsageError where the exports folder is not there.
    """
    return look(settings, source=source, as_at=as_at, stable_seconds=stable_seconds, warehouse=warehouse).deliveries


def look(
    settings: Settings,
    *,
    source: str | None = None,
    as_at: datetime.date | None = None,
    stable_seconds: float,
    warehouse: Warehouse,
) -> Waiting:
    """Return what find_waiting does, and also what is not there yet and what is ignored, a sentence each."""
    contracts = load_contracts(settings.config.sources)
    waiting = Waiting()
    with database_needed():
        tables.sync(warehouse)
        with warehouse.raw_connection() as connection, connection.cursor() as cursor:
            for name, contract in contracts.items():
                if source in (None, name):
                    _look_at(settings, contract, cursor, as_at, stable_seconds, waiting)
    waiting.deliveries.sort(key=lambda d: (d.business_date, d.source, d.authority_code, d.name))
    return waiting


def _look_at(  # noqa: PLR0917  (one pass over one source)
    settings: Settings,
    contract: SourceContract,
    cursor: psycopg.Cursor,
    as_at: datetime.date | None,
    stable_seconds: float,
    waiting: Waiting,
) -> None:
    source = source_of(settings, contract)
    found = source.find(stable_seconds=stable_seconds)
    waiting.not_there_yet.extend(found.not_there_yet)
    waiting.ignored.extend(found.ignored)
    looks = _looks(cursor, contract.source)
    tried = _tried(cursor, contract.source)
    # by authority and name the first day of which something waits; what is found comes by business date
    first_days: dict[tuple[str, str], datetime.date] = {}
    for delivery in found.deliveries:
        if as_at is not None and delivery.business_date > as_at:
            continue
        place = (delivery.authority_code, delivery.name, delivery.business_date)
        content = looks.get((*place, delivery.fingerprint))
        is_after = first_days.get(place[:2], delivery.business_date) < delivery.business_date
        if place in tried and _is_judged(settings, contract, source, cursor, delivery, content, is_after=is_after):
            continue
        first_days.setdefault(place[:2], delivery.business_date)
        waiting.deliveries.append(delivery)


Place = tuple[str, str, datetime.date]


def _looks(cursor: psycopg.Cursor, source: str) -> dict[tuple[str, str, datetime.date, str], str]:
    cursor.execute(
        "select authority_code, name, business_date, fingerprint, content_sha256 from landing.delivery_looks"
        " where source = %s",
        [source],
    )
    return {(authority, name, day, fingerprint): content for authority, name, day, fingerprint, content in cursor}


def _tried(cursor: psycopg.Cursor, source: str) -> set[Place]:
    cursor.execute(
        "select distinct authority_code, name, business_date from landing.deliveries where source = %s", [source]
    )
    return {(authority, name, day) for authority, name, day in cursor}


def _is_judged(  # noqa: PLR0917  (one delivery, and all that judges it)
    settings: Settings,
    contract: SourceContract,
    source: Source,
    cursor: psycopg.Cursor,
    delivery: Delivery,
    content: str | None,
    *,
    is_after: bool,
) -> bool:
    """Tell whether a delivery was landed or refused with the content that it has now, and nothing can change that.

    is_after: an earlier one waits. A loss may be measured against that one once it is in, which landing then sees.
    """
    is_hashed_now = content is None
    if content is None:
        if not source.is_on_this_machine:
            # only fetching it shows, which landing does: it finds it unchanged if it is
            return False
        try:
            content = Verifier(delivery, contract, settings.config.landing).content_sha256()
        except NotThereYet:
            return True
        except Refusal:
            content = delivery.fingerprint
        except Exception as error:
            if not is_of_the_delivery(error):
                raise
            # landing meets the same error, and refuses the delivery
            content = delivery.fingerprint
    known = judged_before(cursor, delivery, content, contract, settings.config.landing)
    if known is not None and is_hashed_now:
        ledger.write_look(cursor, delivery, content_sha256=content, delivery_id=known)
    return known is not None and not (is_after and refused_for_loss(cursor, known))
