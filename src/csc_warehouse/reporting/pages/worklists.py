"""Worklists: which record to mend, in which field, who works on it and since when; for reviewers alone."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, text

from csc_warehouse.reporting import page_locations
from csc_warehouse.reporting.pages import render
from csc_warehouse.reporting.pages.worklist import NO_TEAM, NO_WORKER, Item, Worklist
from csc_warehouse.reporting.pages.worklist_workbook import workbook
from csc_warehouse.sql_files import statement
from csc_warehouse.version import origin
from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import Catalogue, RecordRule, load_catalogue

MOST_OF_A_TEAM = 600
"""A longer page is no list for a person: the spreadsheet beside it holds everything."""

_ITEMS = statement(__name__, "items")
_AUTHORITIES = text(statement(__name__, "authorities"))

_MENDED = """
select count(*) from restricted.failing_records as records
where records.authority_code = :authority_code and records.mended_date = :as_at_date
"""


def write_worklists(warehouse: Warehouse) -> list[Path]:
    """Write each authority's worklist, as a page and as a spreadsheet, into the restricted area of the home.

    Folders and files are readable by their owner alone. Authorities are those of the present build; the lists of others
    are removed, as nobody mends or erases in them any more.
    """
    settings = warehouse.settings
    catalogue = load_catalogue()
    folder = page_locations.worklists(settings)
    for private in (folder.parent, folder):
        private.mkdir(parents=True, exist_ok=True, mode=0o700)
        private.chmod(0o700)
    written = []
    with warehouse.transaction() as connection:
        contexts = authorities(connection)
        lists = {
            context.authority_code: Worklist(
                authority_name=context.authority_name,
                as_at_date=context.as_at_date,
                items=[
                    _item(catalogue, row)
                    for row in connection.execute(
                        text(_ITEMS), {"authority_code": context.authority_code, "as_at_date": context.as_at_date}
                    ).mappings()
                ],
                mended=connection.execute(
                    text(_MENDED), {"authority_code": context.authority_code, "as_at_date": context.as_at_date}
                ).scalar_one(),
                origin=origin(settings.config),
            )
            for context in contexts
        }
    for code, worklist in lists.items():
        page = page_locations.worklist(settings, code)
        written.append(render.write(page, worklist_page(worklist), mode=render.PRIVATE))
        sheet = page_locations.worklist_sheet(settings, code)
        written.append(render.write(sheet, workbook(worklist), mode=render.PRIVATE))
    for code, page in page_locations.existing_worklists(settings).items():
        if code not in lists:
            shutil.rmtree(page.parent)
    return written


def authorities(connection: Connection) -> Sequence[Row[Any]]:
    """Return each authority of the present build with its name, and the day that its worklist is as at."""
    return connection.execute(_AUTHORITIES).all()


def _item(catalogue: Catalogue, row: Mapping[Any, Any]) -> Item:
    rule = next((rule for rule in catalogue.rules if rule.code == row["check_code"]), None)
    if not isinstance(rule, RecordRule):
        raise LookupError(f"{row['check_code']} is no rule of the catalogue")
    return Item(
        team=row["team_name"] or NO_TEAM,
        worker=row["worker_name"] or NO_WORKER,
        child_id=row["source_child_id"] or "",
        record_id=row["source_record_id"] or "",
        system=row["source_title"] or row["source_name"] or "",
        entity=row["source_entity"] or "",
        sentence=rule.sentence,
        field=rule.field,
        place=f"{rule.place} ({row['source_title']} {row['shown_entity']})" if row["source_title"] else rule.place,
        is_first=rule.severity != "info",
        first_seen=row["first_seen_date"],
        nights_open=max((row["as_at_date"] - row["first_seen_date"]).days, 0) + 1,
        reference=rule.code,
        explained=row["explained"] or "",
    )


def worklist_page(worklist: Worklist) -> str:
    """Return the page of one authority's worklist; a team with very many corrections has its first ones on it."""
    teams = [
        _Team.of(f"team-{number}", name, workers) for number, (name, workers) in enumerate(worklist.by_team(), start=1)
    ]
    return render.page(
        "worklist.html.j2",
        origin=worklist.origin,
        worklist=worklist,
        teams=teams,
        most_workers=max((len(team.numbers) for team in teams), default=0),
        explained=[item for item in worklist.items if item.explained],
        first_count=sum(item.is_first for item in worklist.to_mend),
    )


@dataclass(frozen=True)
class _Team:
    """One table of the page: a team's corrections, the oldest first, and the workers that it can be filtered by."""

    anchor: str
    name: str
    total: int
    items: list[Item]
    numbers: dict[str, int]
    choices: list[tuple[int, str]]

    @classmethod
    def of(cls, anchor: str, name: str, workers: Sequence[tuple[str, Sequence[Item]]]) -> _Team:
        items = sorted(
            (item for _, held in workers for item in held), key=lambda item: (not item.is_first, item.first_seen)
        )
        shown = sorted(items[:MOST_OF_A_TEAM], key=lambda item: item.first_seen)
        numbers = {worker: number for number, (worker, _) in enumerate(workers, start=1)}
        counts = Counter(item.worker for item in shown)
        choices = [(number, f"{worker} ({counts[worker]:,})") for worker, number in numbers.items() if counts[worker]]
        return cls(anchor, name, len(items), shown, numbers, choices)
