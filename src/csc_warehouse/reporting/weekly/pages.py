"""The pack as pages: counts for a level of management, and the list of a team's records for the restricted area."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from csc_warehouse.reporting.pages import render
from csc_warehouse.reporting.weekly.pack import Counts, Indicator, Load, Pack, Scope, Share, Team, Work
from csc_warehouse.reporting.weekly.words import words

MOST_OF_A_CLOCK = 400
"""A longer table is no list for a person: the spreadsheet beside it holds everything."""
LOCAL = ZoneInfo("Europe/London")


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


def clocks_of(pack: Pack, scope: Scope) -> list[ClockOf]:
    """Return every clock of a scope, in the order of the pack, with a line for each part that has something of it."""
    found = []
    for code, clock in words().clocks.items():
        shares = tuple(
            ShareOf(pack.indicators[name], pack.share(scope.teams, name))
            for name in clock.shares
            if name in pack.indicators
        )
        flows = [found.indicator.code for found in shares if not found.indicator.is_of_the_day]
        lines = tuple(
            line for line in _lines(pack, scope, code, flows) if line.counts.is_anything or line.share.denominator
        )
        found.append(ClockOf(code, words().clock(code), pack.count(scope.teams, code), shares, lines))
    return found


def _lines(pack: Pack, scope: Scope, clock: str, flows: Sequence[str]) -> Iterator[Line]:
    """Yield a line for each service, with its teams below it, and for each team that no part of the scope has."""

    def line(name: str, file_name: str | None, teams: tuple[Team, ...], *, is_whole: bool = False) -> Line:
        share = pack.share(teams, flows[0]) if flows else Share()
        return Line(name, file_name, is_whole, pack.count(teams, clock), share)

    for part in scope.parts:
        yield line(part.name, part.file_name, part.teams, is_whole=part.level == "service")
        if part.level == "service":
            pages = {page.teams: page.file_name for page in part.parts}
            for team in part.teams:
                yield line(team.name, pages.get((team,)), (team,))
    placed = {team for part in scope.parts for team in part.teams}
    for team in scope.teams:
        if scope.level != "team" and team not in placed:
            yield line(team.name, None, (team,))


def loads_of(pack: Pack, scope: Scope) -> list[LoadOf]:
    """Return what the workers of each team of a scope hold together; nobody's own name or number."""
    found = []
    nobody = words().says("nobody")
    for team in scope.teams:
        loads = pack.loads_of([team])
        named = [load for load in loads if load.worker != nobody]
        if loads:
            found.append(
                LoadOf(
                    team=team.name,
                    workers=len(named),
                    plans=sum(load.plans for load in loads),
                    assessments=sum(load.assessments for load in loads),
                    late_assessments=sum(load.late_assessments for load in loads),
                    most=max((load.plans + load.assessments for load in named), default=0),
                    of_nobody=sum(load.plans + load.assessments for load in loads if load.worker == nobody),
                )
            )
    return found


def rule_of(clock: str) -> str:
    """Return the sentence that says when work of a clock is late."""
    return words().says("how_late", clock.partition("_")[0])


def counts_page(pack: Pack, scope: Scope, above: Scope | None) -> str:
    """Return the page of a level of management: counts alone. above: the scope that it is a part of."""
    _add_filters()
    clocks = clocks_of(pack, scope)
    return render.page(
        "weekly.html.j2",
        origin=pack.origin,
        pack=pack,
        scope=scope,
        above=above,
        clocks=clocks,
        lines=scope.level != "team",
        reasons=pack.reasons_of(scope.teams),
        loads=loads_of(pack, scope),
        windows=words().windows,
        rules=list(dict.fromkeys(rule_of(clock.code) for clock in clocks)),
    )


def list_page(pack: Pack, scope: Scope, works: Sequence[Work], loads: Sequence[Load]) -> str:
    """Return the page of a team's records, with the sources' own ids: for the restricted area."""
    _add_filters()
    clocks = []
    for clock in clocks_of(pack, scope):
        of_all = [work for work in works if work.clock == clock.code and work.is_on_the_page]
        if not clock.counts.is_anything and not of_all:
            continue
        clocks.append(
            {
                "code": clock.code,
                "title": clock.title,
                "counts": clock.counts,
                "has_length": clock.has_length,
                "rule": rule_of(clock.code),
                "works": of_all[:MOST_OF_A_CLOCK],
                "of_all": len(of_all),
                "further": max(len(of_all) - MOST_OF_A_CLOCK, 0),
            }
        )
    return render.page(
        "weekly_list.html.j2",
        origin=pack.origin,
        pack=pack,
        team=scope.teams[0],
        file_name=scope.file_name,
        clocks=clocks,
        loads=loads,
        windows=words().windows,
    )


def record_of(work: Work) -> str:
    """Return the record as its system knows it; of a restricted child that it is one."""
    if work.is_restricted:
        return words().says("restricted")
    return f"{work.system} {work.record_id}".strip()


def child_of(work: Work) -> str:
    """Return the child's number in the case system; of a restricted child none."""
    return "" if work.is_restricted else work.child_id


def began(work: Work) -> str:
    """Return when the clock began: to the minute where it counts hours."""
    return _when(work.started, work.started_at)


def due(work: Work) -> str:
    """Return by when it is due: to the minute where the clock counts hours."""
    return _when(work.due, work.due_at)


def signed(number: int | None) -> str:
    """Return a whole number with a sign that is read as one; nothing for none."""
    return "" if number is None else f"{number:,}".replace("-", "\N{MINUS SIGN}")


def _when(day: datetime.date | None, instant: datetime.datetime | None) -> str:
    if instant is not None:
        local = instant.astimezone(LOCAL)
        return f"{render.british(local.date())}, {local:%H:%M}"
    return render.british(day)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _add_filters() -> None:
    filters: dict[str, Any] = {
        "record_of": record_of,
        "child_of": child_of,
        "began": began,
        "due": due,
        "signed": signed,
        "lower_first": _lower_first,
    }
    render.environment().filters.update(filters)
