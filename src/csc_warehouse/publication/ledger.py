"""The ledger of releases: begun, stored, published, gone."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.publication.session import Connection, transaction
from csc_warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class Release:
    """One release and one of its authorities; published_at null: readers never saw it."""

    release_id: int
    run_id: str
    authority_code: str
    as_at_date: datetime.date
    state: str
    verdict: str | None
    reason: str | None
    published_at: datetime.datetime | None
    published_by: str | None
    code_version: str
    is_current: bool


def open_release(
    warehouse: Warehouse,
    run_id: str,
    *,
    requested_date: datetime.date | None = None,
    as_at: Mapping[str, datetime.date] | None = None,
    code_version: str = "unknown",
) -> int:
    """Begin a release at the start of a build and return its number.

    as_at: the day per authority; default: the run context that was written for this run. A second call for the run
    that was begun last returns its number again. Earlier releases that were begun and never stored are abandoned:
    there is one candidate, and this build replaces it. Raises CscWarehouseError when no authority is to be built.
    """
    with transaction(warehouse) as connection:
        connection.execute("lock table release.releases in share row exclusive mode")
        last = connection.execute(
            "select release_id, run_id, state from release.releases order by release_id desc limit 1"
        ).fetchone()
        if last and last[1] == run_id and last[2] == "open":
            release_id = int(last[0])
        else:
            connection.execute("update release.releases set state = 'abandoned' where state = 'open'")
            row = connection.execute(
                "insert into release.releases (run_id, requested_date, code_version) values (%s, %s, %s)"
                " returning release_id",
                [run_id, requested_date, code_version],
            ).fetchone()
            assert row is not None  # noqa: S101  (insert ... returning gives a row)
            release_id = int(row[0])
        connection.execute("delete from release.release_authorities where release_id = %s", [release_id])
        if as_at is None:
            connection.execute(
                "insert into release.release_authorities (release_id, authority_code, as_at_date)"
                " select %s, c.authority_code, c.as_at_date from staging.run_context as c where c.run_id = %s",
                [release_id, run_id],
            )
        else:
            with connection.cursor() as cursor:
                cursor.executemany(
                    "insert into release.release_authorities (release_id, authority_code, as_at_date)"
                    " values (%s, %s, %s)",
                    [(release_id, code, day) for code, day in sorted(as_at.items())],
                )
        if not as_at_dates(connection, release_id):
            raise CscWarehouseError(
                "No authority has a usable delivery for this build: land a delivery first (csc-warehouse land)."
            )
    return release_id


def as_at_dates(connection: Connection, release_id: int) -> dict[str, datetime.date]:
    """Return the day that a release shows, per authority."""
    rows = connection.execute(
        "select authority_code, as_at_date from release.release_authorities where release_id = %s order by 1",
        [release_id],
    )
    return {str(code): day for code, day in rows}


def state_of(connection: Connection, release_id: int, *, for_update: bool = False) -> str:
    """Return a release's state. Raises CscWarehouseError when there is no such release."""
    row = connection.execute(
        "select state from release.releases where release_id = %s" + (" for update" if for_update else ""), [release_id]
    ).fetchone()
    if row is None:
        raise CscWarehouseError(f"There is no release {release_id}: csc-warehouse releases lists them.")
    return str(row[0])


def is_stored(warehouse: Warehouse, release_id: int) -> bool:
    """Tell whether a release's rows are stored. Raises CscWarehouseError when there is no such release."""
    with transaction(warehouse) as connection:
        return state_of(connection, release_id) in ("stored", "published", "held")


def releases(warehouse: Warehouse, *, limit: int | None = None) -> list[Release]:
    """List the releases, latest first: one row per release and authority."""
    with transaction(warehouse) as connection:
        rows = connection.execute(
            "select r.release_id, r.run_id, a.authority_code, a.as_at_date, r.state, q.verdict, q.reason,"
            " q.published_at, q.published_by, r.code_version, p.release_id is not null"
            " from (select * from release.releases order by release_id desc limit %s) as r"
            " inner join release.release_authorities as a on a.release_id = r.release_id"
            " left join quality.publications as q"
            " on q.release_id = a.release_id and q.authority_code = a.authority_code"
            " left join release.pointer as p on p.release_id = a.release_id and p.authority_code = a.authority_code"
            " order by r.release_id desc, a.authority_code",
            [limit],
        )
        return [Release(*row) for row in rows]
