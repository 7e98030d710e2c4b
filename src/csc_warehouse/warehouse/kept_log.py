"""Whether the server's log is still kept, and how old the newest copy beside it is: else it is seen too late."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import cluster, log_folder, point_in_time
from csc_warehouse.warehouse.engine import Warehouse

COPY_DAYS = 8
"""A copy is made each week; the next one may be a day late."""
_ARCHIVER = text(statement(__name__, "archiver"))


@dataclass(frozen=True)
class KeptLog:
    """What is known of a log that is kept. folder: what protect was given; None: another server's, or not ours to know.

    copy: when the newest copy there was made; None: there is none, or the folder cannot be looked at.
    """

    last_kept: datetime.datetime | None
    is_failing: bool
    folder: Path | None
    copy: datetime.datetime | None


def read(warehouse: Warehouse) -> KeptLog | None:
    """Return how it is with the log; None: the server keeps none, so that a backup is all there is."""
    with warehouse.transaction() as connection:
        row = connection.execute(_ARCHIVER).one_or_none()
    folder = folder_of(warehouse)
    return None if row is None else KeptLog(row.last_kept, row.is_failing, folder, newest_copy(folder))


def folder_of(warehouse: Warehouse) -> Path | None:
    """Return the folder that protect was given; None: nothing is protected, or the server is no embedded one."""
    settings = warehouse.settings
    return log_folder.of_files(cluster.data_directory(settings.home)) if settings.database_url is None else None


def newest_copy(folder: Path | None) -> datetime.datetime | None:
    """Return when the newest copy in a folder was made; None: there is none, or it cannot be looked at."""
    found = point_in_time.bases(folder) if folder is not None and folder.is_dir() else []
    return point_in_time.made_at(found[-1]) if found else None


def faults(kept: KeptLog, at: datetime.datetime) -> list[str]:
    """Return what is wrong at an instant, a sentence each, with what to do."""
    found = []
    if kept.is_failing:
        since = (
            f"{kept.last_kept.astimezone(datetime.UTC):%Y-%m-%d %H:%M} UTC"
            if kept.last_kept
            else "the server was started"
        )
        place = "the server's log says why archive_command fails"
        if kept.folder is not None:
            place = f"see that {kept.folder / point_in_time.LOG} is there, has room and is the server's account's"
        found.append(
            f"The server's log has not been kept since {since}: what is committed from then on lies on the server's"
            f" disk alone, which fills. Mend it at once ({place}); the server then hands over what waits by itself."
        )
    if kept.folder is not None and kept.folder.is_dir():
        again = f"run csc-warehouse protect --to {kept.folder}, and have a timer do so each week"
        if kept.copy is None:
            found.append(f"{kept.folder} holds the server's log and no copy to begin from: {again}.")
        elif at - kept.copy > datetime.timedelta(days=COPY_DAYS):
            found.append(f"The newest copy in {kept.folder} is of {kept.copy:%Y-%m-%d}: {again}.")
    return found
