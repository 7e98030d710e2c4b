"""Guards over a whole delivery once its rows are read: too much unreadable, too much lost (deliveries.md section 7)."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psycopg

from csc_warehouse.landing.history import versions
from csc_warehouse.landing.reading.entity_rows import LoadedEntity
from csc_warehouse.landing.reading.rows import FUTURE_DATE, TOTAL_ROW
from csc_warehouse.landing.recording import ledger
from csc_warehouse.landing.recording.archive import Archive
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.file_scan import scan
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources import receipt
from csc_warehouse.sources.delivery import DeliveredFile, Delivery


def is_believable(business_date: datetime.date, limits: LandingConfig) -> bool:
    """Tell whether what is received today may be of a business date (deliveries.md section 9, Dates)."""
    latest = receipt.today() + datetime.timedelta(days=limits.future_grace_days)
    return limits.earliest_business_date <= business_date <= latest


def misdated(delivery: Delivery, limits: LandingConfig) -> Refusal | None:
    """Return why a delivery is refused for its date, whatever else agrees on that date; None where it is believable."""
    day = delivery.business_date
    if is_believable(day, limits):
        return None
    if day < limits.earliest_business_date:
        reason = f"is dated {day}, before {limits.earliest_business_date}, on which the calendar begins"
        remedy = "ask the supplier which day it is of"
    else:
        reason = f"is dated {day}, later than the day on which it is received, {receipt.today()}"
        remedy = "ask the supplier which day it is of; if it stays as it is, it is judged anew once that day has come"
    return Refusal(reason, remedy=remedy, code="business_date")


def require_readable(loaded: list[LoadedEntity], limits: LandingConfig, *, is_return: bool) -> None:
    """Refuse a delivery of which too much cannot be read (deliveries.md section 9).

    A share alone refuses neither a small delivery of changes nor a short return; a return of which no row can be read
    is refused whatever its length. Rows that state totals are none of its rows here.
    """
    totals = _count(loaded, TOTAL_ROW) if is_return else 0
    rows = sum(entity.row_count for entity in loaded) - totals
    apart = sum(len(entity.quarantined) for entity in loaded) - totals
    allowed = limits.max_quarantined_rows_of_return if is_return else limits.max_quarantined_rows
    is_nothing_left = is_return and rows > 0 and apart == rows
    if is_nothing_left and _count(loaded, FUTURE_DATE) == rows:
        entity = loaded[0]
        raise Refusal(
            f"states a later day than its own business date {entity.rules.business_date} in every row"
            f" (column {entity.rules.entity.day})",
            file_name=entity.file.file_name,
            code="future_date",
        )
    if not is_nothing_left and (apart <= allowed or apart <= limits.max_quarantined_share * rows):
        return
    worst = max(loaded, key=lambda entity: len(entity.quarantined))
    codes = Counter(row.problem.reason_code for row in worst.quarantined if row.problem.reason_code != TOTAL_ROW)
    code, count = codes.most_common(1)[0]
    beyond = (
        "so that none can be read"
        if is_nothing_left
        else f"more than {limits.max_quarantined_share:.0%} and more than {allowed}"
    )
    beside = f"; beside them {totals} of totals" if totals else ""
    raise Refusal(
        f"has {apart} unreadable rows of {rows}, {beyond} (most in {worst.file.file_name}: {count} of {code}{beside})",
        code="quarantined_share",
    )


def _count(loaded: list[LoadedEntity], reason_code: str) -> int:
    return sum(row.problem.reason_code == reason_code for entity in loaded for row in entity.quarantined)


@dataclass(frozen=True)
class LossGuard:
    """Guards a full against having lost too many of the rows that the nearest earlier full had."""

    cursor: psycopg.Cursor
    delivery: Delivery
    earlier: ledger.LedgerEntry
    limits: LandingConfig

    def require_no_mass_loss(self, entity: LoadedEntity, change: versions.EntityChange, table: str) -> None:
        """Check one entity. Raises Refusal, which names the command by which an operator accepts a true purge."""
        account = ledger.rows_of(self.cursor, self.earlier.delivery_id).get(entity.rules.entity.name)
        had = account.rows_accepted if account is not None else 0
        allowed = self.limits.mass_loss_share * had
        if had < self.limits.mass_loss_minimum_rows or len(change.vanished) <= allowed:
            return
        # a delta since may have brought rows that the earlier full had not: they are not what is guarded
        day, authority = self.earlier.business_date, self.delivery.authority_code
        lost = versions.count_standing_on(self.cursor, table, authority, change.vanished, day)
        if lost <= allowed:
            return
        reason = (
            f"lost {lost} of the {had} rows that the full of {day} had, more than {self.limits.mass_loss_share:.0%}"
        )
        remedy = (
            "ask the supplier for a complete extract, or accept a true purge with `csc-warehouse accept-loss "
            f"--source {self.delivery.source} --date {self.delivery.business_date} --by NAME --reason TEXT`"
        )
        raise Refusal(reason, file_name=entity.file.file_name, remedy=remedy, code="mass_loss")


def keep_refused(archive: Archive, file: DeliveredFile) -> tuple[str, str] | None:
    """Keep a refused delivery's file apart and return its name and digest.

    None: one that has gone meanwhile, or may not be read, cannot be kept.
    """
    path = Path(file.path)
    if path.is_symlink():
        # what a link leads to is not the delivery's
        return None
    try:
        with path.open("rb") as stream:
            digest = scan(stream).sha256
        archive.keep_refused(path, digest)
    except (FileNotFoundError, PermissionError):
        return None
    return path.name, digest
