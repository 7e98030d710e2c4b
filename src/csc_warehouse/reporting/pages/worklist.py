"""A worklist: what one authority has to mend, whichever form it is shown in."""

from __future__ import annotations

import datetime
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from csc_warehouse.version import Origin

NO_TEAM = "No team recorded"
NO_WORKER = "Nobody recorded"


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
