"""The pack as pages: counts for a level of management, and the list of a team's records for the restricted area."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from csc_warehouse.reporting.pages import render
from csc_warehouse.reporting.weekly.pack import Counts, Indicator, Load, Pack, Scope, Share, Team, Work
from csc_warehouse.reporting.weekly.words import IN_ENGLISH, Spoken, clocks
from csc_warehouse.texts import Language, Texts

MOST_OF_A_CLOCK = 400
"""A longer table is no list for a person: the spreadsheet beside it holds everything."""


@dataclass(frozen=True)
class ShareOf:
    """The share in time of one indicator."""

    indicator: Indicator
    share: Share


@dataclass(frozen=True)
class Line:
    """A line of a clock's table: a service or a team."""

    name: str
    file_name: str | None
    """The page of the part; None: it has none."""
    is_whole: bool
    counts: Counts
    share: Share


@dataclass(frozen=True)
class ClockOf:
    """One clock of a scope."""

    code: str
    title: str
    counts: Counts
    shares: tuple[ShareOf, ...]
    lines: tuple[Line, ...]

    @property
    def has_length(self) -> bool:
        """Tell whether it counts working days."""
        return self.counts.longest_working_days is not None


@dataclass(frozen=True)
class LoadOf:
    """What the workers of a team hold together."""

    team: str
    workers: int
    plans: int
    assessments: int
    late_assessments: int
    most: int
    of_nobody: int


def clocks_of(pack: Pack, scope: Scope, spoken: Spoken) -> list[ClockOf]:
    """Return every clock of a scope, in the order of the pack, with a line for each part that has something of it."""
    found = []
    for code, names in clocks().items():
        shares = tuple(
            ShareOf(pack.indicators[name], pack.share(scope.teams, name)) for name in names if name in pack.indicators
        )
        flows = [found.indicator.code for found in shares if not found.indicator.is_of_the_day]
        lines = tuple(
            line
            for line in _lines(pack, scope, code, flows, spoken)
            if line.counts.is_anything or line.share.denominator
        )
        found.append(ClockOf(code, spoken.clock(code), pack.count(scope.teams, code), shares, lines))
    return found


def _lines(pack: Pack, scope: Scope, clock: str, flows: Sequence[str], spoken: Spoken) -> Iterator[Line]:
    """Yield a line for each service, with its teams below it, and for each team that no part of the scope has."""

    def line(name: str, file_name: str | None, teams: tuple[Team, ...], *, is_whole: bool = False) -> Line:
        share = pack.share(teams, flows[0]) if flows else Share()
        return Line(name, file_name, is_whole, pack.count(teams, clock), share)

    for part in scope.parts:
        yield line(spoken.called(part), spoken.file(part, "html"), part.teams, is_whole=part.level == "service")
        if part.level == "service":
            pages = {page.teams: spoken.file(page, "html") for page in part.parts}
            for team in part.teams:
                yield line(spoken.team(team), pages.get((team,)), (team,))
    placed = {team for part in scope.parts for team in part.teams}
    for team in scope.teams:
        if scope.level != "team" and team not in placed:
            yield line(spoken.team(team), None, (team,))


def loads_of(pack: Pack, scope: Scope, spoken: Spoken) -> list[LoadOf]:
    """Return what the workers of each team of a scope hold together; nobody's own name or number."""
    found = []
    for team in scope.teams:
        loads = pack.loads_of([team])
        named = [load for load in loads if load.worker]
        if loads:
            found.append(
                LoadOf(
                    team=spoken.team(team),
                    workers=len(named),
                    plans=sum(load.plans for load in loads),
                    assessments=sum(load.assessments for load in loads),
                    late_assessments=sum(load.late_assessments for load in loads),
                    most=max((load.plans + load.assessments for load in named), default=0),
                    of_nobody=sum(load.plans + load.assessments for load in loads if not load.worker),
                )
            )
    return found


def counts_page(
    pack: Pack, scope: Scope, above: Scope | None, texts: Texts = IN_ENGLISH, *, beside: Language | None = None
) -> str:
    """Return the page of a level of management: counts alone.

    above: the scope that it is a part of. beside: the other language, where the page is written in it too.
    """
    spoken = Spoken(texts)
    return render.page(
        "weekly.html.j2",
        origin=pack.origin,
        texts=texts,
        spoken=spoken,
        beside=Spoken(texts.in_other_language) if beside else None,
        pack=pack,
        scope=scope,
        above=above,
        clocks=clocks_of(pack, scope, spoken),
        lines=scope.level != "team",
        reasons=pack.reasons_of(scope.teams),
        loads=loads_of(pack, scope, spoken),
        windows=pack.windows,
    )


def list_page(
    pack: Pack,
    scope: Scope,
    works: Sequence[Work],
    loads: Sequence[Load],
    texts: Texts = IN_ENGLISH,
    *,
    beside: Language | None = None,
) -> str:
    """Return the page of a team's records, with the sources' own ids: for the restricted area."""
    spoken = Spoken(texts)
    shown = []
    for clock in clocks_of(pack, scope, spoken):
        of_all = [work for work in works if work.clock == clock.code and work.is_on_the_page(pack.windows)]
        if not clock.counts.is_anything and not of_all:
            continue
        shown.append(
            {
                "code": clock.code,
                "title": clock.title,
                "counts": clock.counts,
                "has_length": clock.has_length,
                "is_review": clock.code.startswith("REVIEW"),
                "works": of_all[:MOST_OF_A_CLOCK],
                "of_all": len(of_all),
                "further": max(len(of_all) - MOST_OF_A_CLOCK, 0),
            }
        )
    return render.page(
        "weekly_list.html.j2",
        origin=pack.origin,
        texts=texts,
        spoken=spoken,
        beside=Spoken(texts.in_other_language) if beside else None,
        pack=pack,
        scope=scope,
        clocks=shown,
        loads=loads,
        has_names=any(work.name for work in works),
        windows=pack.windows,
    )


def child_of(work: Work) -> str:
    """Return the child's number in the case system; of a restricted child none."""
    return "" if work.is_restricted else work.child_id


def name_of(work: Work) -> str:
    """Return the child's name, where lists hold names; of a restricted child none."""
    return "" if work.is_restricted else work.name
