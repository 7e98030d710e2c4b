"""Guards over a whole delivery once its rows are read: too much unreadable, too much lost (deliveries.md section 7)."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psycopg

from csc_warehouse.landing import history, ledger
from csc_warehouse.landing.archive import Archive
from csc_warehouse.landing.loaded import LoadedEntity
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.scan import scan
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


def require_readable(loaded: list[LoadedEntity], limits: LandingConfig) -> None:
    """Refuse a delivery of which too large a share cannot be read."""
    rows = sum(entity.row_count for entity in loaded)
    apart = sum(len(entity.quarantined) for entity in loaded)
    if rows == 0 or apart <= limits.max_quarantined_share * rows:
        return
    worst = max(loaded, key=lambda entity: len(entity.quarantined))
    codes = Counter(row.problem.reason_code for row in worst.quarantined)
    code, count = codes.most_common(1)[0]
    reason = (
        f"has {apart} unreadable rows of {rows}, more than {limits.max_quarantined_share:.0%} "
        f"(most in {worst.file.file_name}: {count} of {code})"
    )
    raise Refusal(reason, code="quarantined_share")


@dataclass(frozen=True)
class LossGuard:
    """Guards a full against having lost too many of the rows that the nearest earlier full had."""

    cursor: psycopg.Cursor
    delivery: Delivery
    earlier: ledger.LedgerEntry
    limits: LandingConfig

    def require_no_mass_loss(self, entity: LoadedEntity, change: history.EntityChange, table: str) -> None:
        """Check one entity. Raises Refusal, which names the command by which an operator accepts a true purge."""
        account = ledger.rows_of(self.cursor, self.earlier.delivery_id).get(entity.rules.entity.name)
        had = account.rows_accepted if account is not None else 0
        allowed = self.limits.mass_loss_share * had
        if had < self.limits.mass_loss_minimum_rows or len(change.vanished) <= allowed:
            return
        # a delta since may have brought rows that the earlier full had not: they are not what is guarded
        day, authority = self.earlier.business_date, self.delivery.authority_code
        lost = history.count_standing_on(self.cursor, table, authority, change.vanished, day)
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
