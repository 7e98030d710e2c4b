"""The information asset register, written from the database itself: what is there, and who may read it.

Each column that holds personal data has a row of its own, with the tag that its contract, model or table carries.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from sqlalchemy import text

from csc_warehouse.contracts.personal import TEXTS, Tag, categories
from csc_warehouse.errors import UsageError, offer
from csc_warehouse.privacy.personal_data import Tags
from csc_warehouse.privacy.pseudonyms import OpenWarehouse
from csc_warehouse.settings import Settings
from csc_warehouse.sql_files import statement

DEFAULT_LAYOUT = "register"
LAYOUTS_FILE = Path(__file__).parent / "asset_layouts.yml"
IDENTIFIABILITY = {
    "landing": "children by name and number, as the source sent them",
    "staging": "children and workers by the source's number; no names or addresses, of free text reasons alone",
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


def layouts(settings: Settings) -> dict[str, Mapping[str, str]]:
    """Return the layouts by name, those of the configuration over those that are shipped: headings and their fields."""
    shipped = yaml.safe_load(LAYOUTS_FILE.read_text(encoding="utf-8"))
    return {**shipped, **settings.config.asset_register.layouts}


def write_register(warehouse: OpenWarehouse, out: Path, *, layout: str = DEFAULT_LAYOUT) -> int:
    """Write the register as CSV: relations of the database with their personal columns, then files; return the assets.

    layout: which columns, under which headings. Raises UsageError where there is no such layout, or the file cannot be
    written.
    """
    known = layouts(warehouse.settings)
    if layout not in known:
        raise UsageError(f"There is no layout {layout}: {offer(layout, sorted(known))}")
    headings = known[layout]
    tags = Tags.load(warehouse.settings)
    with warehouse.transaction() as connection:
        found = connection.execute(text(_RELATIONS), {"schemas": sorted(IDENTIFIABILITY)}).all()
    rows: list[dict[str, object]] = []
    for row in found:
        of_source = row.schema_name == "landing" and row.is_source_table
        asset = {
            "asset": f"{row.schema_name}.{row.relation_name}",
            "kind": row.kind,
            "holds": row.description,
            "identifiability": IDENTIFIABILITY[row.schema_name]
            if of_source or row.schema_name != "landing"
            else _LEDGER,
            "read_by": row.read_by or "the warehouse's own account",
            "kept": _KEPT.get(row.schema_name, _CANDIDATE),
            "rows_estimated": row.rows_estimated,
        }
        personal = {c: tag for c in row.column_names if (tag := tags.tag(row.schema_name, row.relation_name, c))}
        rows += _rows(asset, personal, "column" in headings.values())
    files = [_file(file, tags) for file in _files(warehouse.settings)]
    try:
        with out.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(headings)
            writer.writerows([row.get(field, "") for field in headings.values()] for row in (*rows, *files))
    except OSError as error:
        raise UsageError(
            f"{out} cannot be written ({error.strerror}): name a file in a folder that is there."
        ) from error
    return len(found) + len(files)


def _rows(asset: Mapping[str, object], personal: Mapping[str, Tag], is_by_column: bool) -> Iterator[dict[str, object]]:
    """Yield the row of an asset, with all that is said of its columns, and where asked a row for each of these."""
    by_category: dict[str, list[str]] = {}
    for column, tag in personal.items():
        by_category.setdefault(categories()[tag.category].title, []).append(column)
    held = "; ".join(f"{title} ({', '.join(columns)})" for title, columns in by_category.items())
    # each of them once, in the order in which they come
    said = {name: "; ".join(dict.fromkeys(getattr(tag, name) for tag in personal.values())) for name in TEXTS}
    yield {
        **asset,
        **said,
        "personal_data": held or "none",
        "category": "; ".join(dict.fromkeys(tag.category for tag in personal.values())),
        "special_category": _yes(any(categories()[tag.category].is_special for tag in personal.values())),
    }
    if is_by_column:
        for column, tag in personal.items():
            category = categories()[tag.category]
            special = _yes(category.is_special)
            yield {**asset, **tag.model_dump(), "column": column, "special_category": special, "holds": category.title}


def _file(file: Mapping[str, object], tags: Tags) -> dict[str, object]:
    """Return the row of a file or folder, with the terms that the tables' own list says of it."""
    tag = tags.tables.tag(f"files: {file['tag']}", "")
    if tag is None:
        return {**file, "personal_data": "none", "special_category": _yes(False)}
    category = categories()[tag.category]
    special = _yes(category.is_special)
    return {**file, **tag.model_dump(), "personal_data": category.title, "special_category": special}


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


def _files(settings: Settings) -> list[dict[str, object]]:
    account = "whoever may read the folder"
    refused = f"{settings.config.landing.keep_refused_days} days"
    has_names = settings.config.weekly.names_on_lists
    days = settings.config.landing.keep_superseded_days
    superseded = "too" if days is None else f"{days} days after they were replaced or withdrawn"
    fields = ("tag", "asset", "kind", "holds", "identifiability", "read_by", "kept", "rows_estimated")
    files = [
        (
            "deliveries",
            str(settings.archive),
            "folder",
            "Every verified delivery as it arrived, the journal of decisions, and the values that people set right.",
            IDENTIFIABILITY["landing"],
            account,
            f"as long as the warehouse, superseded and withdrawn ones {superseded}; an erased child's rows are passed"
            " over on every reading",
            "",
        ),
        (
            "refused deliveries",
            str(settings.archive / "refused"),
            "folder",
            "Refused deliveries, for inspection.",
            IDENTIFIABILITY["landing"],
            account,
            refused,
            "",
        ),
        (
            "exports",
            str(settings.exports),
            "folder",
            "Deliveries as the case systems and departments leave them; the warehouse reads them alone.",
            IDENTIFIABILITY["landing"],
            account,
            "until whoever delivers removes them",
            "",
        ),
        (
            "deliveries on their way",
            str(settings.spool),
            "folder",
            "Deliveries from elsewhere while they are landed.",
            IDENTIFIABILITY["landing"],
            account,
            "until they are landed",
            "",
        ),
        (
            "pages",
            str(settings.reports),
            "folder",
            "Pages for readers of the figures.",
            "as the release they were made from",
            account,
            "until they are replaced",
            "",
        ),
        (
            "worklists",
            str(settings.home / "restricted" / "worklists"),
            "folder",
            "Worklists: records to mend, by the source's own numbers.",
            IDENTIFIABILITY["restricted"],
            account,
            "until the next night, which writes them anew",
            "",
        ),
        (
            "weekly lists with names" if has_names else "weekly lists",
            str(settings.home / "restricted" / "weekly-lists"),
            "folder",
            f"Weekly pack: each team's open work, by the source's own numbers{' and names' if has_names else ''}.",
            IDENTIFIABILITY["restricted"],
            account,
            "until the next week, which writes them anew",
            "",
        ),
        (
            "weekly counts",
            str(settings.home / "restricted" / "weekly"),
            "folder",
            "Weekly pack: counts of work by service and team, small numbers among them.",
            "small numbers are not hidden",
            account,
            "until somebody removes them",
            "",
        ),
        (
            "logs",
            str(settings.logs),
            "folder",
            "What the steps of a night said; no value of a child.",
            "nobody",
            account,
            "until they are removed",
            "",
        ),
        (
            "key",
            str(settings.key_file),
            "file",
            "The secret key of the pseudonyms, and those that were rotated away.",
            "turns pseudonyms back where the source's numbers are known",
            account,
            "as long as the warehouse; a copy in a safe",
            "",
        ),
    ]
    if (backups := settings.config.maintenance.backup_folder) is not None:
        kept = f"the newest {settings.config.maintenance.keep_backups}"
        holds = "Backups: the database and the archive of a day in one file each."
        files.append(("backups", str(backups), "folder", holds, IDENTIFIABILITY["landing"], account, kept, ""))
    return [dict(zip(fields, file, strict=True)) for file in files]
