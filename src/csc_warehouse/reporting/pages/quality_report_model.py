"""What a quality report says about one night and authority: made from the database, or by hand in tests."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from csc_warehouse.version import Origin

Word = Literal["published", "caveats", "held"]
Severity = Literal["critical", "warning", "info"]
SEVERITY_ORDER: tuple[Severity, ...] = ("critical", "warning", "info")


@dataclass(frozen=True)
class Finding:
    """A check of this night that failed, broke or was mended."""

    sentence: str
    """What must hold."""
    meaning: str
    """What it means for a reader of figures that it does not."""
    severity: Severity
    owner: str
    change: Literal["newly failing", "still failing", "mended"]
    is_broken: bool
    failed: int
    checked: int
    since: datetime.date | None
    """As-at day of the first night of the present run of failures."""
    indicators: tuple[str, ...] = ()
    is_about_records: bool = False
    """A rule about single records, which stand on the worklists."""
    explained: str = ""
    """Who explained it, and until when; it then weighs nothing."""


@dataclass(frozen=True)
class Figure:
    """One indicator's newest ended period, and how far it can be trusted."""

    code: str
    title: str
    period_label: str
    display: str
    grade: Literal["A", "B", "C", "D"]
    caveat: str = ""
    bounds: str = ""
    """Where it would lie if what is unknown were known."""
    tonight: str = ""
    """The same figure of a release that was held, where it differs."""
    before: str = ""
    """The same figure as it was published the night before, where it differs and is seen now."""
    is_distorted: bool = False
    """A check that held the night can distort it."""


@dataclass(frozen=True)
class Work:
    """How many records a team, or an owner, has to mend."""

    who: str
    open_count: int
    new_count: int
    mended_count: int
    urgent_count: int
    """Those that a published figure carries a caveat for, or could."""
    oldest: datetime.date | None
    workers: int = 0


@dataclass(frozen=True)
class Duty:
    """What an owner has to look at besides records."""

    owner: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Delivery:
    """The newest delivery of a source."""

    source: str
    business_date: datetime.date
    rows: int
    quarantined: int
    days_old: int


@dataclass(frozen=True)
class NightPoint:
    """One night of the trends."""

    as_at_date: datetime.date
    verdict: Word
    critical: int
    warnings: int
    records: int


@dataclass(frozen=True)
class Hiding:
    """What of the figures one profile does not show."""

    profile: str
    figures: int
    for_others: int
    """Of these, those that are hidden to protect another."""
    small_numbers: int
    told: int
    """Of the small numbers, those that what is printed or was published before tells."""


@dataclass(frozen=True)
class NightReport:
    """Everything that the page says."""

    authority_code: str
    authority_name: str
    release_id: int
    as_at_date: datetime.date
    verdict: Word
    reason: str
    seen_date: datetime.date | None
    """As-at day of what readers see after this night; None: nothing is published."""
    is_seen: bool
    """Readers see this night's figures."""
    findings: Sequence[Finding]
    figures: Sequence[Figure]
    """Of the release that readers see; of this one where nothing is published."""
    teams: Sequence[Work]
    duties: Sequence[Duty]
    deliveries: Sequence[Delivery]
    refused: Sequence[str]
    trend: Sequence[NightPoint]
    grade_rules: Sequence[tuple[str, str]]
    """Letter and its words."""
    checks_made: int
    origin: Origin
    """The code that made the release."""
    laid_over: Sequence[str] = ()
    """What the council laid over the shipped defaults, a sentence for each file, and what changed since the release
    before."""
    smallest_shown: int = 5
    is_first_night: bool = False
    hiding: Sequence[Hiding] = ()

    @property
    def held_back(self) -> list[Figure]:
        """Return the figures that a held night would have changed, those that the grave failures can distort first."""
        changed = [figure for figure in self.figures if figure.tonight]
        return sorted(changed, key=lambda figure: (not figure.is_distorted, figure.title))

    @property
    def usable(self) -> list[Figure]:
        """Return the figures that may be used freely."""
        return [figure for figure in self.figures if figure.grade == "A"]

    @property
    def limited(self) -> list[Figure]:
        """Return the figures that may be used with their caveat, or for the direction alone; the worse first."""
        return sorted(
            (figure for figure in self.figures if figure.grade in ("B", "C")),
            key=lambda figure: (-ord(figure.grade), figure.title),
        )

    @property
    def unusable(self) -> list[Figure]:
        """Return the figures that should not be used."""
        return [figure for figure in self.figures if figure.grade == "D"]

    def changed(self, change: str, *, about_records: bool) -> list[Finding]:
        """Return the findings of one kind of change, gravest first."""
        return sorted(
            (
                f
                for f in self.findings
                if f.change == change and f.is_about_records == about_records and not f.explained
            ),
            key=lambda f: (SEVERITY_ORDER.index(f.severity), f.sentence),
        )

    @property
    def explained(self) -> list[Finding]:
        """Return the failures that a named person explained."""
        return [finding for finding in self.findings if finding.explained]

    @property
    def open_records(self) -> int:
        """Return how many records are to be mended."""
        return sum(team.open_count for team in self.teams)
