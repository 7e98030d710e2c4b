"""A place to land in: an empty landing of a shared warehouse, with exports and archive of its own."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import shutil
from pathlib import Path
from typing import Any

from csc_warehouse import landing
from csc_warehouse.contracts import load_contracts
from csc_warehouse.landing import Door, LandingSummary
from csc_warehouse.landing.history.tables import sync, table_name
from csc_warehouse.landing.keeping.rebuild import LEDGER_TABLES
from csc_warehouse.settings import Config
from csc_warehouse.warehouse import Warehouse

WREXHAM = "W06000006"


def day(number: int, month: int = 5, year: int = 2018) -> datetime.date:
    """Return a business date of May 2018 unless another month or year is given."""
    return datetime.date(year, month, number)


class Place:
    """An empty landing with a folder of exports."""

    def __init__(self, warehouse: Warehouse, folder: Path, config: Config | None = None) -> None:
        """Empty the warehouse's landing and set exports and home to folders of this test's own."""
        self.cluster_home = warehouse.settings.home
        settings = warehouse.settings.model_copy(
            update={
                "home": folder / "home",
                "exports": folder / "exports",
                "config": config or warehouse.settings.config,
            }
        )
        self.warehouse = dataclasses.replace(warehouse, settings=settings)
        self.exports = folder / "exports"
        self.exports.mkdir(parents=True, exist_ok=True)
        self.empty()

    def empty(self) -> None:
        """Take every row out of landing."""
        sync(self.warehouse)
        with self.warehouse.raw_connection() as connection:
            tables = [f"landing.{table}" for table in [*LEDGER_TABLES, *self.tables()]]
            connection.execute(f"truncate landing.pseudonym_key, {', '.join(tables)}")

    def start_again(self) -> None:
        """Take away all that was delivered, landed and archived."""
        self.empty()
        for folder in (self.exports, self.warehouse.settings.archive):
            shutil.rmtree(folder, ignore_errors=True)
        self.exports.mkdir()

    def tables(self) -> list[str]:
        """Return the names of the entities' tables."""
        contracts = load_contracts(self.warehouse.settings.config.sources)
        return [table_name(c.source, entity) for c in contracts.values() for entity in c.entities]

    def waiting(self, stable_seconds: float = 0, as_at: datetime.date | None = None) -> landing.Waiting:
        """Look at the exports."""
        return landing.look(
            self.warehouse.settings, stable_seconds=stable_seconds, warehouse=self.warehouse, as_at=as_at
        )

    def land(self, door: Door | None = None) -> LandingSummary:
        """Land whatever waits."""
        return landing.land(self.warehouse, self.waiting().deliveries, door=door)

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Read from the warehouse."""
        with self.warehouse.raw_connection() as connection:
            return connection.execute(statement, values or None).fetchall()

    def state(self, table: str, column: str, on: datetime.date) -> dict[str, str]:
        """Return one column by key as it stood on a business date."""
        rows = self.query(
            f"select row_key, {column} from landing.{table} where valid_from_date <= %s"
            " and (valid_to_date is null or valid_to_date > %s)",
            on,
            on,
        )
        return dict(rows)

    def history_digest(self, *, with_ids: bool = False) -> str:
        """Return a checksum of every entity's row history, its deliveries by business date unless by id."""
        digest = hashlib.sha256()
        left_out = "" if with_ids else " - 'delivery_id'"
        for table in self.tables():
            rows = self.query(f"select (to_jsonb(history){left_out})::text from landing.{table} as history order by 1")
            digest.update(repr((table, rows)).encode())
        return digest.hexdigest()

    def accounts_balance(self) -> bool:
        """Tell whether every delivery's row account adds up, to the row."""
        broken = self.query(
            "select d.delivery_id from landing.deliveries d left join ("
            " select delivery_id, sum(rows_in_file) f, sum(rows_accepted) a, sum(rows_quarantined) q"
            " from landing.delivery_entities group by delivery_id) e using (delivery_id)"
            " left join (select delivery_id, count(*) n from landing.quarantine group by delivery_id) q"
            " using (delivery_id)"
            " where (d.rows_in_files, d.rows_accepted, d.rows_quarantined)"
            "  is distinct from (coalesce(e.f, 0), coalesce(e.a, 0), coalesce(e.q, 0))"
            "  or coalesce(q.n, 0) <> d.rows_quarantined"
        )
        return not broken
