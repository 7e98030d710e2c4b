"""The weekly pack: which release it is of, written for those who manage and for the restricted area, and told by mail.

The functions that both the DAG and the command call, beside `nightly` and `stewardship`.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from csc_warehouse import nightly
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.warehouse import Warehouse, open_warehouse

_SEEN = text("select release_id from release.pointer where authority_code = :authority")
_PUBLISHED = text("select authority_code from release.pointer order by authority_code")


def write(
    out: Path | None = None,
    *,
    as_at: datetime.date | None = None,
    authority_code: str | None = None,
    settings: Settings | None = None,
    progress: nightly.Progress | None = None,
) -> dict[str, Any]:
    """Write a pack: counts below a folder, lists of records into the restricted area; return where, and of what.

    Defaults: the restricted area for both; the release that readers see; the home authority. A past day is that of the
    newest release stored for it; where none says of its work, one is built and stored, and not published. Returns
    authority_code, release_id, as_at, and the paths of counts and lists. Raises CscWarehouseError where nothing is
    published, UsageError for a day of which nothing has landed.
    """
    from csc_warehouse.reporting import arguments, compare, page_locations
    from csc_warehouse.reporting import weekly as pack_of

    settings = settings or load_settings()
    authority_code = arguments.authority(settings.config, authority_code)
    warehouse = open_warehouse(settings)
    if as_at is None:
        release_id = _seen(warehouse, authority_code)
    else:
        compare.check_landed(warehouse, authority_code, [as_at])
        found = compare.release_as_at(warehouse, authority_code, as_at)
        with warehouse.transaction() as connection:
            is_told = found is not None and pack_of.has_pack(connection, found, authority_code)
        how = {"progress": progress} if progress else {}
        release_id = found if is_told and found else nightly.store_as_at(as_at, settings=settings, **how)
    with warehouse.transaction() as connection:
        connection.execute(text("set transaction isolation level repeatable read"))
        pack = pack_of.read(connection, release_id, authority_code)
        works = pack_of.read_work(connection, pack)
    counts = pack_of.write_counts(pack, out or page_locations.weekly_packs(settings))
    lists = pack_of.write_lists(settings, pack, works)
    return {
        "authority_code": authority_code,
        "authority_name": pack.authority_name,
        "release_id": release_id,
        "as_at": pack.as_at.isoformat(),
        "counts": [str(path) for path in counts],
        "lists": [str(path) for path in lists],
    }


def write_all(*, settings: Settings | None = None) -> list[dict[str, Any]]:
    """Write the pack of every authority that is published, into the restricted area.

    Returns of each what write returns, with how many files there are in place of their paths.
    """
    settings = settings or load_settings()
    with open_warehouse(settings).transaction() as connection:
        codes: list[str] = list(connection.execute(_PUBLISHED).scalars())
    written = [write(authority_code=code, settings=settings) for code in codes]
    return [pack | {name: len(pack[name]) for name in ("counts", "lists")} for pack in written]


def tell(written: list[dict[str, Any]], *, settings: Settings | None = None) -> list[str]:
    """Send the configured recipients a link to packs, once for each authority and day; one sentence per channel.

    The mail says nothing of what stands in the pack. One that cannot be sent is recorded and fails nothing.
    """
    from csc_warehouse import notification
    from csc_warehouse.reporting import page_locations

    settings = settings or load_settings()
    address = settings.config.notification.pages_address
    where = (
        f"{address.rstrip('/')}/{page_locations.PREFIX}/weekly"
        if address
        else "see Weekly pack in Airflow's navigation"
    )
    return [
        outcome.sentence
        for pack in written
        for outcome in notification.tell(
            settings,
            "weekly",
            f"{pack['authority_code']} {pack['as_at']}",
            f"The weekly pack of {pack['authority_name']} as at {pack['as_at']} is out: {where}",
        )
    ]


def _seen(warehouse: Warehouse, authority_code: str) -> int:
    with warehouse.transaction() as connection:
        seen = connection.execute(_SEEN, {"authority": authority_code}).scalar()
    if seen is None:
        raise CscWarehouseError(
            f"Nothing is published for {authority_code}: csc-warehouse status tells what is; csc-warehouse weekly"
            " --as-at DAY builds the pack of a day that has landed."
        )
    return int(seen)
