"""How the pack says what it holds in a language: names, clocks, days, shares; and which clocks there are, as data."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from zoneinfo import ZoneInfo

import yaml

from csc_warehouse.reporting.weekly.pack import Indicator, Pack, Scope, Share, Team, Work
from csc_warehouse.texts import Language, Texts

PAGE = "weekly"
"""The file of its texts."""
IN_ENGLISH = Texts("en", PAGE)
LOCAL = ZoneInfo("Europe/London")


@functools.cache
def clocks() -> Mapping[str, tuple[str, ...]]:
    """Return the clocks in the order of the pack, each with the indicators whose share in time stands beside it."""
    text = resources.files(__package__).joinpath("clocks.yml").read_text(encoding="utf-8")
    return {str(code): tuple(map(str, shares)) for code, shares in yaml.safe_load(text).items()}


def file_name(stem: str, language: Language, form: str) -> str:
    """Return the name of a file in a language: an English one has no language in it."""
    return f"{stem}.{form}" if language == "en" else f"{stem}.{language}.{form}"


@dataclass(frozen=True)
class Spoken:
    """The pack in one language: what it says of what was read."""

    texts: Texts

    def called(self, scope: Scope) -> str:
        """Return the name of whom a page is for."""
        if scope.level == "head_of_service":
            return self.texts("of.head_of_service")
        unknown = "of.unknown_service" if scope.level == "service" else "of.no_team"
        return self._named(scope.name, scope.name_cy) or self.texts(unknown)

    def plainly(self, scope: Scope) -> str:
        """Return the name of whom a page is for, where nothing can say its language."""
        return str(self.called(scope))

    def authority(self, pack: Pack) -> str:
        """Return the name of the authority."""
        return pack.authority_name_cy if self.texts.language == "cy" and pack.authority_name_cy else pack.authority_name

    def team(self, team: Team) -> str:
        """Return the name of a team; what stands for records that have none."""
        return self._named(team.name, team.name_cy) or self.texts("of.no_team")

    def service(self, team: Team) -> str:
        """Return the name of a team's service; what stands for teams that are of none."""
        return self._named(team.service, team.service_cy) or self.texts("of.unknown_service")

    def indicator(self, indicator: Indicator) -> str:
        """Return the title of an indicator."""
        return self._named(indicator.title, indicator.title_cy)

    def clock(self, code: str) -> str:
        """Return the title of a clock."""
        return self.texts(f"clock.{code}")

    def rule(self, code: str) -> str:
        """Return the sentence that says when work of a clock is late."""
        return self.texts(f"how_late.{code.partition('_')[0]}")

    def rules(self) -> list[str]:
        """Return these sentences of all clocks, each once."""
        return list(dict.fromkeys(self.rule(code) for code in clocks()))

    def worker(self, worker: str) -> str:
        """Return a worker's id; what stands for work that nobody has."""
        return worker or self.texts("of.nobody")

    def reason(self, reason: str) -> str:
        """Return the reason of a delay as the source has it, which is in English; what stands where there is none."""
        return self.texts.part(reason, "en") if reason else self.texts("of.no_reason")

    def record(self, work: Work) -> str:
        """Return a record as its system knows it; of a restricted child that it is one."""
        return self.texts("of.restricted") if work.is_restricted else f"{work.system} {work.record_id}".strip()

    def day(self, day: datetime.date | None) -> str:
        """Return a day as 31 December 2018; nothing for none."""
        return "" if day is None else self.texts.day(day)

    def long_day(self, day: datetime.date) -> str:
        """Return a day as Monday 31 December 2018."""
        return self.texts("when.day", weekday=self.texts(f"weekday.{day.isoweekday()}"), day=self.day(day))

    def began(self, work: Work) -> str:
        """Return when the clock began: to the minute where it counts hours."""
        return self._when(work.started, work.started_at)

    def due(self, work: Work) -> str:
        """Return by when it is due: to the minute where the clock counts hours."""
        return self._when(work.due, work.due_at)

    def number(self, number: int | None) -> str:
        """Return a whole number with a sign that is read as one; nothing for none."""
        return "" if number is None else self.texts.number(number).replace("-", "\N{MINUS SIGN}")

    def percent(self, share: Share) -> str:
        """Return a share as 86.2%; nothing where nothing counts."""
        return "" if share.percent is None else self.texts("number.percent", number=share.percent)

    def period(self, pack: Pack) -> str:
        """Return the quarter whose shares stand in the pack."""
        return self.texts.period(pack.quarter)

    def origin_of(self, pack: Pack) -> str:
        """Return of which release the pack is."""
        key = "foot.release" if pack.is_published else "foot.unpublished"
        return self.texts(key, release=str(pack.release_id))

    def made(self, pack: Pack) -> list[str]:
        """Return by which software it was made, and that its Welsh is a draft where it is one."""
        made = self.texts("page.made_by", version=pack.origin.version)
        at = [f"{self.texts('page.code_at')} {pack.origin.address}"] if pack.origin.address else []
        return [made, *at, *([self.texts("page.draft")] if self.texts.is_draft else [])]

    def days_of(self, pack: Pack) -> str:
        """Return the day of the pack, and the one that it is compared with."""
        return self.texts("head.as_at", day=self.long_day(pack.as_at), before=self.long_day(pack.before))

    def file(self, scope: Scope, form: str) -> str:
        """Return the name of a file of a page in this language."""
        return file_name(scope.file_name, self.texts.language, form)

    def _named(self, english: str, welsh: str) -> str:
        if self.texts.language == "cy" and welsh:
            return welsh
        return self.texts.part(english, "en") if english else ""

    def _when(self, day: datetime.date | None, instant: datetime.datetime | None) -> str:
        if instant is None:
            return self.day(day)
        local = instant.astimezone(LOCAL)
        return self.texts("when.time", day=self.day(local.date()), time=f"{local:%H:%M}")
