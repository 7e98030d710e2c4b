"""Where a release comes from besides its deliveries: the code's address, and what was laid over the defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from csc_warehouse.publication.session import transaction
from csc_warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class OverlayFile:
    """One file that was laid over the shipped defaults, by its digest and what it changed."""

    file_name: str
    sha256: str
    rows_added: int
    rows_replaced: int
    rows_removed: int


def note_origin(
    warehouse: Warehouse,
    release_id: int,
    *,
    code_address: str | None,
    overlay_digest: str | None,
    overlay_files: Sequence[OverlayFile],
) -> None:
    """Keep with a release where its code can be read and what was laid over; noting it again replaces it."""
    with transaction(warehouse) as connection:
        connection.execute(
            "update release.releases set code_address = %s, overlay_digest = %s where release_id = %s",
            [code_address, overlay_digest, release_id],
        )
        connection.execute("delete from release.overlay_files where release_id = %s", [release_id])
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into release.overlay_files"
                " (release_id, file_name, sha256, rows_added, rows_replaced, rows_removed)"
                " values (%s, %s, %s, %s, %s, %s)",
                [
                    (release_id, f.file_name, f.sha256, f.rows_added, f.rows_replaced, f.rows_removed)
                    for f in overlay_files
                ],
            )


def overlay_digest(warehouse: Warehouse, release_id: int) -> str | None:
    """Return the digest of the overlay that a release was built with; None: there was none."""
    with transaction(warehouse) as connection:
        row = connection.execute(
            "select overlay_digest from release.releases where release_id = %s", [release_id]
        ).fetchone()
    return row[0] if row else None
