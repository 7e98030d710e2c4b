"""The restore drill: a backup is restored beside the warehouse, compared with it, and removed again.

The server that it is restored into is the embedded one, in the home, also where the warehouse's own is the council's:
nothing is asked of that one but what stands in it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import text

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.settings import Settings
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import backup, cluster, kept_archive, server
from csc_warehouse.warehouse.engine import Warehouse

FOLDER = "drill"
"""Folder of the home in which the backup is restored; what a kill left of it goes with the next evening."""

_DELIVERIES = text(statement(__name__, "deliveries"))
_FIGURES = text(statement(__name__, "figures"))
_HAS_FIGURES = text("select to_regclass('release.reporting__rpt_indicator_series') is not null")


def restore_and_compare(warehouse: Warehouse, source: Path) -> str:
    """Restore a backup into a server of its own and return one sentence that says what was found in it.

    Every delivery and the figures that readers saw when it was made must be there as they are here, and the archive in
    it must hold what the ledger in it needs. Raises CscWarehouseError, saying what differs, or that it cannot be
    restored.
    """
    forget_unfinished(warehouse.settings)
    try:
        return _compare(warehouse, source, warehouse.settings.home / FOLDER)
    finally:
        forget_unfinished(warehouse.settings)


def is_possible(warehouse: Warehouse) -> bool:
    """Tell whether the embedded server restores what this warehouse's server dumps: that is no newer than it is."""
    with warehouse.transaction() as connection:
        number = int(connection.execute(text("show server_version_num")).scalar_one())
    return number // 10_000 <= server.POSTGRES_VERSION


def forget_unfinished(settings: Settings) -> None:
    """Stop and remove what a drill left that was killed: it holds all that the warehouse holds."""
    home = settings.home / FOLDER
    if home.exists():
        cluster.stop(home)
        shutil.rmtree(home)


def _compare(warehouse: Warehouse, source: Path, home: Path) -> str:
    settings = warehouse.settings.model_copy(update={"home": home, "database_url": None})
    restored = backup.restore(settings, source, is_trial=True)
    try:
        deliveries, figures, archive = _all(restored, _DELIVERIES), _shown(restored), kept_archive.look(restored)
    finally:
        restored.engine.dispose()
    if not archive.is_whole:
        raise CscWarehouseError(
            f"{source.name} was restored, and the archive in it lacks {archive}: nothing could be rebuilt from it. Keep"
            f" the backups before it. {kept_archive.NEXT_STEP} Then make another one by csc-warehouse maintain."
        )
    # what has landed since, and releases that expired, are no fault of the backup
    standing = {row["delivery_id"]: row for row in _all(warehouse, _DELIVERIES)}
    shown = {row["release_id"]: row for row in _shown(warehouse)}
    wrong = [row for row in deliveries if standing.get(row["delivery_id"], {}).get("hash") != row["hash"]]
    other = [row for row in figures if row["release_id"] in shown and shown[row["release_id"]] != row]
    if wrong or other:
        raise CscWarehouseError(
            f"{source.name} was restored and is not what stands here: {len(wrong)} deliveries and the figures of"
            f" {len(other)} releases differ. Make another backup, and find out which of them is right."
        )
    if not deliveries:
        return f"{source.name} was restored: it holds no delivery, as nothing had landed."
    count = sum(row["figures"] for row in figures)
    return (
        f"{source.name} was restored: {len(deliveries):,} deliveries and {count:,} published figures are as here, and"
        f" each of the {archive.needed:,} archived files that they need is in it."
    )


def _all(warehouse: Warehouse, asked: Any) -> list[dict[str, Any]]:
    with warehouse.transaction() as connection:
        return [dict(row) for row in connection.execute(asked).mappings()]


def _shown(warehouse: Warehouse) -> list[dict[str, Any]]:
    with warehouse.transaction() as connection:
        has_figures = connection.execute(_HAS_FIGURES).scalar()
    return _all(warehouse, _FIGURES) if has_figures else []
