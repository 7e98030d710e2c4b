"""What landed, what was refused, what is published, how old it is, and what nobody could be told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse, kept_log, maintenance

_SOURCES = statement(__name__, "sources")

_REFUSED = statement(__name__, "refused")

_WITHDRAWN = statement(__name__, "withdrawn")

# said until the next build but one has begun: of the night that brought it, and not of later ones
_FIRST = statement(__name__, "first")

_PUBLISHED = statement(__name__, "published")

_LATEST = statement(__name__, "latest")

_UNTOLD = statement(__name__, "untold")

_RELEASES = statement(__name__, "releases")


def _rows(warehouse: Warehouse, statement: str) -> list[dict[str, Any]]:
    with warehouse.transaction() as connection:
        return [dict(row) for row in connection.execute(text(statement)).mappings()]


def read(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    """Return sources, open refusals, withdrawals, new councils, what readers see, verdicts, untold messages, waivers,
    what is wrong now with the log that is kept, and what became of each step of the upkeep when it was last tried; a
    dict a row.
    """
    waived = [{"sentence": sentence} for sentence in warehouse.settings.config.safeguards.waived]
    kept = kept_log.read(warehouse)
    faults = kept_log.faults(kept, maintenance.now(warehouse)) if kept else []
    now = {"waived": waived, "kept_log": [{"sentence": sentence} for sentence in faults]}
    if not _has_ledger(warehouse):
        parts = ("sources", "refused", "withdrawn", "first", "published", "latest_verdicts", "untold", "upkeep")
        return {**{name: [] for name in parts}, **now}
    return {
        **now,
        "sources": _rows(warehouse, _SOURCES),
        "refused": _rows(warehouse, _REFUSED),
        "withdrawn": _rows(warehouse, _WITHDRAWN),
        "first": _rows(warehouse, _FIRST),
        "published": _rows(warehouse, _PUBLISHED),
        "latest_verdicts": _rows(warehouse, _LATEST),
        "untold": _rows(warehouse, _UNTOLD),
        "upkeep": maintenance.latest_steps(warehouse),
    }


def releases(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return one row per stored release and authority, newest first."""
    return _rows(warehouse, _RELEASES)


def _has_ledger(warehouse: Warehouse) -> bool:
    with warehouse.transaction() as connection:
        return connection.execute(text("select to_regclass('landing.deliveries')")).scalar() is not None
