"""The information asset register, written from the database itself: what is there, and who may read it."""

from __future__ import annotations

import csv
from pathlib import Path

from sqlalchemy import text

from csc_warehouse.errors import UsageError
from csc_warehouse.privacy.pseudonyms import OpenWarehouse
from csc_warehouse.settings import Settings
from csc_warehouse.sql_files import statement

COLUMNS = (
    "asset",
    "kind",
    "holds",
    "identifiability",
    "read_by",
    "kept",
    "rows_estimated",
)
IDENTIFIABILITY = {
    "landing": "children by name and number, as the source sent them",
    "staging": "children and workers by the source's number; no names, addresses or free text",
    "intermediate": "children by the source's number and dates of birth, workers by the source's number; no names",
    "restricted": "children by the source's number, for case lists",
    "restricted_candidate": "children by the source's number, for case lists",
    "marts": "children and workers by keyed pseudonyms",
    "marts_candidate": "children and workers by keyed pseudonyms",
    "release": "children and workers by keyed pseudonyms; restricted relations by number",
    "reporting": "figures, small numbers suppressed",
    "reporting_candidate": "figures, small numbers suppressed",
    "quality": "counts and decisions; names of those who decided",
}
_LEDGER = "deliveries, counts and decisions; no child but where a text in quarantine names one"
_KEPT = {
    "landing": "as long as the warehouse; erased on request",
    "staging": "views on landing",
    "intermediate": "until the next build",
    "release": "until the release expires; signed releases are kept",
    "marts": "views on the current release",
    "reporting": "views on the current release",
    "restricted": "views on the current release, and pseudonyms as long as the warehouse",
    "quality": "as long as the warehouse",
}
_CANDIDATE = "until the next build"
_RELATIONS = statement(__name__, "relations")


def write_register(warehouse: OpenWarehouse, out: Path) -> int:
    """Write the register as CSV, one row per asset: relations of the database, then files; return their number.

    Raises UsageError where the file cannot be written.
    """
    with warehouse.transaction() as connection:
        found = connection.execute(text(_RELATIONS), {"schemas": sorted(IDENTIFIABILITY)}).all()
    rows = [
        (
            f"{row.schema_name}.{row.relation_name}",
            row.kind,
            row.description,
            _LEDGER if row.schema_name == "landing" and not row.is_source_table else IDENTIFIABILITY[row.schema_name],
            row.read_by or "the warehouse's own account",
            _KEPT.get(row.schema_name, _CANDIDATE),
            row.rows_estimated,
        )
        for row in found
    ]
    rows += _files(warehouse.settings)
    try:
        with out.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(rows)
    except OSError as error:
        raise UsageError(
            f"{out} cannot be written ({error.strerror}): name a file in a folder that is there."
        ) from error
    return len(rows)


def _files(settings: Settings) -> list[tuple[str, str, str, str, str, str, str | int]]:
    account = "whoever may read the folder"
    refused = f"{settings.config.landing.keep_refused_days} days"
    days = settings.config.landing.keep_superseded_days
    superseded = "too" if days is None else f"{days} days after they were replaced or withdrawn"
    return [
        (
            str(settings.archive),
            "folder",
            "Every verified delivery as it arrived, and the journal of decisions.",
            IDENTIFIABILITY["landing"],
            account,
            f"as long as the warehouse, superseded and withdrawn ones {superseded}; an erased child's rows are passed"
            " over on every reading",
            "",
        ),
        (
            str(settings.archive / "refused"),
            "folder",
            "Refused deliveries, for inspection.",
            IDENTIFIABILITY["landing"],
            account,
            refused,
            "",
        ),
        (
            str(settings.spool),
            "folder",
            "Deliveries from elsewhere while they are landed.",
            IDENTIFIABILITY["landing"],
            account,
            "until they are landed",
            "",
        ),
        (
            str(settings.reports),
            "folder",
            "Pages for readers of the figures.",
            "as the release they were made from",
            account,
            "until they are replaced",
            "",
        ),
        (
            str(settings.key_file),
            "file",
            "The secret key of the pseudonyms, and those that were rotated away.",
            "turns pseudonyms back where the source's numbers are known",
            account,
            "as long as the warehouse; a copy in a safe",
            "",
        ),
    ]
