"""Worklists: which record to mend, in which field, who works on it and since when; for reviewers alone."""

from __future__ import annotations

import datetime
import shutil
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from csc_warehouse.reporting import page_locations
from csc_warehouse.reporting.pages import render
from csc_warehouse.reporting.pages.sheet import workbook
from csc_warehouse.version import Origin, origin
from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import Catalogue, RecordRule, load_catalogue

NO_TEAM = "No team recorded"
NO_WORKER = "Nobody recorded"
SYSTEMS = {"raise": "RAISe", "wccis": "WCCIS"}
MOST_OF_A_TEAM = 600
"""A longer page is no list for a person: the spreadsheet beside it holds everything."""

_ITEMS = """
select
    records.check_code, records.source_name, records.source_entity, records.source_record_id, records.source_child_id,
    records.team_name, records.worker_name, records.first_seen_date, context.as_at_date,
    (
        select explained.explained_by || ', until ' || to_char(explained.expires_on, 'FMDD FMMonth YYYY')
        from quality.explanations as explained
        where
            explained.authority_code = records.authority_code and explained.check_code = records.check_code
            and (explained.record_key is null or explained.record_key = records.record_key)
            and explained.withdrawn_at is null
            and explained.as_at_date <= context.as_at_date and explained.expires_on > context.as_at_date
        order by explained.explanation_id desc limit 1
    ) as explained
from restricted.failing_records as records
cross join (select cast(:as_at_date as date) as as_at_date) as context
where records.authority_code = :authority_code and records.mended_date is null
order by records.team_name nulls last, records.worker_name nulls last, records.check_code, records.first_seen_date,
    records.source_record_id
"""

_MENDED = """
select count(*) from restricted.failing_records as records
where records.authority_code = :authority_code and records.mended_date = :as_at_date
"""


@dataclass(frozen=True)
class Item:
    """One record and one rule that it breaks."""

    team: str
    worker: str
    child_id: str
    record_id: str
    system: str
    entity: str
    sentence: str
    field: str
    place: str
    is_first: bool
    """A published figure carries a caveat for it, or could."""
    first_seen: datetime.date
    nights_open: int
    reference: str
    explained: str = ""
    """Who explained it, and until when; empty: it is to be mended."""


@dataclass(frozen=True)
class Worklist:
    """Everything that one authority has to mend."""

    authority_name: str
    as_at_date: datetime.date
    items: Sequence[Item]
    mended: int
    origin: Origin
    """The code that wrote the list."""

    @property
    def to_mend(self) -> list[Item]:
        """Return what nobody has explained: what distorts figures first, then by age."""
        waiting = [item for item in self.items if not item.explained]
        return sorted(waiting, key=lambda item: (not item.is_first, item.first_seen, item.sentence, item.record_id))

    def by_team(self) -> list[tuple[str, list[tuple[str, list[Item]]]]]:
        """Return the items by team and worker, in alphabetical order, those without one last."""
        teams: dict[str, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
        for item in self.to_mend:
            teams[item.team][item.worker].append(item)
        return [
            (team, sorted(workers.items(), key=lambda pair: (pair[0] == NO_WORKER, _spelt(pair[0]))))
            for team, workers in sorted(teams.items(), key=lambda pair: (pair[0] == NO_TEAM, _spelt(pair[0])))
        ]


def _spelt(name: str) -> tuple[str, str]:
    """Return what a name is sorted by: without its accents, so that Ŵ stands with W, and in either case of letters."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return plain.casefold(), name


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
        contexts = connection.execute(
            text("select authority_code, authority_name, as_at_date from staging.run_context order by authority_code")
        ).all()
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


def _item(catalogue: Catalogue, row: Mapping[Any, Any]) -> Item:
    rule = next((rule for rule in catalogue.rules if rule.code == row["check_code"]), None)
    if not isinstance(rule, RecordRule):
        raise LookupError(f"{row['check_code']} is no rule of the catalogue")
    return Item(
        team=row["team_name"] or NO_TEAM,
        worker=row["worker_name"] or NO_WORKER,
        child_id=row["source_child_id"] or "",
        record_id=row["source_record_id"] or "",
        system=SYSTEMS.get(row["source_name"] or "", row["source_name"] or ""),
        entity=row["source_entity"] or "",
        sentence=rule.sentence,
        field=rule.field,
        place=rule.place,
        is_first=rule.severity != "info",
        first_seen=row["first_seen_date"],
        nights_open=max((row["as_at_date"] - row["first_seen_date"]).days, 0) + 1,
        reference=rule.code,
        explained=row["explained"] or "",
    )


def worklist_page(worklist: Worklist) -> str:
    """Return the page of one authority's worklist; a team with very many corrections has its first ones on it."""
    teams = []
    for team, workers in worklist.by_team():
        total = sum(len(items) for _, items in workers)
        share = max(1, MOST_OF_A_TEAM // len(workers)) if total > MOST_OF_A_TEAM else total
        shown = [(worker, items[:share], len(items)) for worker, items in workers]
        teams.append((team, total, shown))
    return render.page(
        "worklist.html.j2",
        origin=worklist.origin,
        worklist=worklist,
        teams=teams,
        anchors={team: f"team-{number}" for number, (team, _, _) in enumerate(teams, start=1)},
        explained=[item for item in worklist.items if item.explained],
        first_count=sum(item.is_first for item in worklist.to_mend),
    )
