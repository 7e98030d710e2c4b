"""Guards over a whole delivery whose rows are read: against too many unreadable or lost rows (deliveries.md 7)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import psycopg

from csc_warehouse.landing.history import versions
from csc_warehouse.landing.history.comparison import EntityChange
from csc_warehouse.landing.reading.entity_rows import EntityRows
from csc_warehouse.landing.reading.rows import FUTURE_DATE, TOTAL_ROW
from csc_warehouse.landing.recording import ledger
from csc_warehouse.landing.recording.delivery_details import rows_of
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources.delivery import Delivery


def require_readable(loaded: list[EntityRows], limits: LandingConfig, *, is_return: bool) -> None:
    """Check that not too many rows are unreadable (deliveries.md section 9). Raises Refusal.

    Both a share and a number of rows must be exceeded, so that a small delta or a short return is not refused for a
    few rows; a return without any readable row is refused whatever its length. Rows that state totals do not count.
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


def _count(loaded: list[EntityRows], reason_code: str) -> int:
    return sum(row.problem.reason_code == reason_code for entity in loaded for row in entity.quarantined)


@dataclass(frozen=True)
class LossGuard:
    """Checks that a full has not lost too many of the rows that the nearest earlier full had."""

    cursor: psycopg.Cursor
    delivery: Delivery
    earlier: ledger.LedgerEntry
    limits: LandingConfig

    def require_no_mass_loss(self, entity: EntityRows, change: EntityChange, table: str) -> None:
        """Check one entity. Raises Refusal, which names the command by which an operator accepts a true purge."""
        account = rows_of(self.cursor, self.earlier.delivery_id).get(entity.rules.entity.name)
        had = account.rows_accepted if account is not None else 0
        allowed = self.limits.mass_loss_share * had
        if had < self.limits.mass_loss_minimum_rows or len(change.vanished) <= allowed:
            return
        # rows that only a delta since has brought do not count: the earlier full did not have them
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
