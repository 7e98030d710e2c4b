"""The weekly pack as it is read: counts by team and clock, and the work of a team, row by row."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Literal, Self

from csc_warehouse.rounding import half_up
from csc_warehouse.version import Origin

Level = Literal["head_of_service", "service", "team"]
NO_SERVICE = "teams without a service"
"""What the file of those is called."""
_NOT_OF_A_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Counts:
    """How much work of one clock there is."""

    open_now: int = 0
    late: int = 0
    due_soon: int = 0
    due_next: int = 0
    open_before: int = 0
    came: int = 0
    done: int = 0
    became_late: int = 0
    longest_working_days: int | None = None
    """The most working days that an open one has used; None where the clock counts none."""

    def __add__(self, other: Self) -> Counts:
        """Return both together."""
        lengths = [n for n in (self.longest_working_days, other.longest_working_days) if n is not None]
        sums = {
            field.name: getattr(self, field.name) + getattr(other, field.name)
            for field in fields(self)
            if field.name != "longest_working_days"
        }
        return Counts(**sums, longest_working_days=max(lengths, default=None))

    @property
    def is_anything(self) -> bool:
        """Tell whether there is any work, or was a week ago."""
        return bool(self.open_now or self.open_before)


@dataclass(frozen=True)
class Share:
    """How many of those that count were in time."""

    numerator: int = 0
    denominator: int = 0

    def __add__(self, other: Self) -> Share:
        """Return both together: of the records, never of percentages."""
        return Share(self.numerator + other.numerator, self.denominator + other.denominator)

    @property
    def percent(self) -> Decimal | None:
        """Return it in percent to one decimal, half up (indicators.md rule 10); None where nothing counts."""
        if not self.denominator:
            return None
        exact = Decimal(100 * self.numerator) / self.denominator
        return half_up(exact, 1)


@dataclass(frozen=True)
class Team:
    """A team of the release, with the service it belongs to and whose pages its work is on."""

    key: str
    name: str
    """Empty: records that name no team."""
    service: str
    """Empty: it is of none."""
    level: str
    is_listed: bool = True
    name_cy: str = ""
    service_cy: str = ""


@dataclass(frozen=True)
class Load:
    """What one worker of a team holds."""

    team: str
    worker: str
    """Empty: nobody."""
    plans: int
    assessments: int
    late_assessments: int
    children: int


@dataclass(frozen=True)
class Indicator:
    """An indicator whose share in time the pack shows."""

    code: str
    title: str
    is_of_the_day: bool
    title_cy: str = ""


@dataclass(frozen=True)
class Windows:
    """Working days from the as-at day on, of which the pack says what falls due in them."""

    soon: int
    next: int


SHIPPED = Windows(5, 10)
"""Those of the configuration that nobody changed."""


@dataclass(frozen=True)
class Pack:
    """What one release says of an authority's work; counts alone, no child."""

    authority_code: str
    authority_name: str
    release_id: int
    as_at: datetime.date
    quarter: str
    is_published: bool
    verdict: str
    live_source: str
    origin: Origin
    teams: Sequence[Team]
    counts: Mapping[tuple[str, str], Counts]
    """By team and clock."""
    shares: Mapping[tuple[str, str], Share]
    """By team and indicator."""
    indicators: Mapping[str, Indicator]
    reasons: Mapping[tuple[str, str], int]
    """Late assessments by team and delay reason; an empty one: none was recorded."""
    loads: Sequence[Load]
    windows: Windows = SHIPPED
    authority_name_cy: str = ""

    @property
    def before(self) -> datetime.date:
        """Return the day that the as-at day is compared with."""
        return self.as_at - datetime.timedelta(days=7)

    def count(self, teams: Iterable[Team], clock: str) -> Counts:
        """Return the work of a clock of several teams."""
        return sum((self.counts.get((team.key, clock), Counts()) for team in teams), Counts())

    def share(self, teams: Iterable[Team], indicator: str) -> Share:
        """Return the share in time of several teams."""
        return sum((self.shares.get((team.key, indicator), Share()) for team in teams), Share())

    def reasons_of(self, teams: Iterable[Team]) -> list[tuple[str, int]]:
        """Return the reasons of late assessments, the most frequent first."""
        keys = {team.key for team in teams}
        found: dict[str, int] = defaultdict(int)
        for (team, reason), late in self.reasons.items():
            if team in keys:
                found[reason] += late
        return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))

    def loads_of(self, teams: Iterable[Team]) -> list[Load]:
        """Return what the workers of several teams hold, by team and worker."""
        order = [team.key for team in teams]
        found = [load for load in self.loads if load.team in order]
        return sorted(found, key=lambda load: (order.index(load.team), load.worker))


@dataclass(frozen=True)
class Scope:
    """Whom a page is for: a level, a name, its teams, and the parts that it is divided into."""

    level: Level
    name: str
    """In English; empty: the head of service, teams without a service, or records without a team."""
    file_name: str
    """Without an ending."""
    teams: tuple[Team, ...]
    parts: tuple[Scope, ...] = ()
    name_cy: str = ""


@dataclass(frozen=True)
class Work:
    """One piece of work of a team's list."""

    team: str
    clock: str
    system: str
    record_id: str
    child_id: str
    is_restricted: bool
    worker: str
    started: datetime.date | None
    started_at: datetime.datetime | None
    due: datetime.date | None
    due_at: datetime.datetime | None
    done: datetime.date | None
    working_days_used: int | None
    working_days_left: int | None
    delay_reason: str
    is_open: bool
    is_late: bool
    was_open_before: bool
    was_late_before: bool
    child_source: str = ""
    """The source whose id of the child it is."""
    name: str = ""
    """The child's, where the council chose that lists hold names; of a restricted child never."""

    def is_on_the_page(self, windows: Windows) -> bool:
        """Tell whether it is listed on the page: reviews once they are late or fall due in the next window."""
        if not self.is_open:
            return False
        if not self.clock.startswith("REVIEW"):
            return True
        left = self.working_days_left
        return self.is_late or (left is not None and left <= windows.next)

    @property
    def change(self) -> str:
        """Return what changed since the week before: new, done, late, or nothing."""
        if not self.is_open:
            return "done"
        if not self.was_open_before:
            return "new"
        return "late" if self.is_late and not self.was_late_before else ""


def people_of(works: Iterable[Work]) -> dict[str, set[str]]:
    """Return the children of work by source and id, for whoever reads their names; no restricted one."""
    people: dict[str, set[str]] = defaultdict(set)
    for work in works:
        if work.child_id and not work.is_restricted:
            people[work.child_source].add(work.child_id)
    return people


def with_names(works: Iterable[Work], names: Mapping[tuple[str, str], str]) -> list[Work]:
    """Return work with the child's name beside its number, by source and id; restricted children stay without."""
    return [
        work if work.is_restricted else replace(work, name=names.get((work.child_source, work.child_id), ""))
        for work in works
    ]


def scopes(pack: Pack) -> Scope:
    """Return the head of service's scope, with the services in it, and the teams in those.

    A team's level of management says whose pages its work is on: its own and those above it, its service's and those
    above, or the head's alone. Teams without any work have no page.
    """
    teams = _working(pack)
    names = _file_names(teams)
    services: dict[str, list[Team]] = defaultdict(list)
    for team in teams:
        services[team.service].append(team)
    parts = []
    for number, (service, own) in enumerate(services.items(), start=1):
        on_service = tuple(team for team in own if team.level != "head_of_service")
        on_their_own = (team for team in on_service if team.level != "service")
        if on_service:
            pages = tuple(_of_team(team, names[team]) for team in on_their_own)
            file_name = _file_name("service", service or NO_SERVICE, number)
            parts.append(Scope("service", service, file_name, on_service, pages, own[0].service_cy))
    return Scope("head_of_service", "", "head-of-service", teams, tuple(parts))


def lists(pack: Pack) -> list[Scope]:
    """Return a scope for each team with work, at whatever level: somebody is to have each of its records."""
    teams = _working(pack)
    names = _file_names(teams)
    return [_of_team(team, names[team]) for team in teams]


def _of_team(team: Team, file_name: str) -> Scope:
    return Scope("team", team.name, file_name, (team,), name_cy=team.name_cy)


def _working(pack: Pack) -> tuple[Team, ...]:
    """Return the teams with work, by the English names of service and team, those of no service last."""
    working = [team for team in pack.teams if _has_work(pack, team)]
    return tuple(sorted(working, key=lambda team: (not team.service, team.service, team.name, team.key)))


def _has_work(pack: Pack, team: Team) -> bool:
    return (
        any(counts.is_anything for (key, _), counts in pack.counts.items() if key == team.key)
        or any(key == team.key for key, _ in pack.shares)
        or any(load.team == team.key for load in pack.loads)
    )


def _file_names(teams: Iterable[Team]) -> dict[Team, str]:
    """Return a name of a file for each team; what nobody listed was typed by somebody, and may be anything."""
    return {
        team: _file_name("team", team.key if team.is_listed else "not listed", number)
        for number, team in enumerate(teams, start=1)
    }


def _file_name(level: str, name: str, number: int) -> str:
    spelt = _NOT_OF_A_NAME.sub("-", name.casefold()).strip("-")
    return f"{level}-{number}-{spelt}" if spelt else f"{level}-{number}"
