"""A small council full of edges: a few dozen made-up children, every kind of fact, drawn from one seed.

Nothing here is likely; everything is possible. Days fall on the edges of rules (period ends, due days, birthdays,
clock changes), facts run backwards, lie in the future or refer to nobody, and rows change, vanish and come broken.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from tests.golden.second_opinion.calendar import add_months, working_day_after
from tests.golden.second_opinion.formats import ENTITIES, LISTS

CUT_OVER = dt.date(2018, 5, 21)
SHORT, LONG = dt.date(2018, 7, 10), dt.date(2021, 4, 20)
"""The last night of a council that stops soon after cut-over, and of one that goes on into the years of the CH
metrics."""
START = dt.date(2016, 4, 1)
ODD_DAYS = [dt.date(1989, 12, 31), dt.date(2041, 1, 1), dt.date(2018, 12, 1), dt.date(1990, 1, 1)]
EDGES = [
    dt.date(2017, 3, 26),
    dt.date(2017, 3, 31),
    dt.date(2017, 4, 1),
    dt.date(2017, 10, 29),
    dt.date(2018, 3, 25),
    dt.date(2018, 3, 31),
    dt.date(2018, 4, 1),
    dt.date(2018, 5, 20),
    dt.date(2018, 5, 21),
    dt.date(2018, 6, 30),
    dt.date(2018, 7, 1),
    SHORT,
    dt.date(2020, 2, 29),
    dt.date(2020, 3, 31),
    dt.date(2020, 4, 1),
    dt.date(2020, 10, 25),
    dt.date(2021, 3, 31),
    dt.date(2021, 4, 1),
    LONG,
]
FAR = dt.date(2099, 12, 31)
"""What a system writes that has no word for open-ended."""
AUTHORITIES = ["", "", "", "W06000006", "W06000006", "W06000005", "E06000050", "ZZZ"]
TEXTS = {
    "kind": ["GP", "GP", "DENTIST", "DENTIST", "ODD"],
    "reason": ["OTHER", "OTHER", "TRANSITION", "HOME"],
    "stage": ["2", "4"],
    "csi": ["Y", "N", ""],
    "offered": ["Y", "Y", "N", ""],
    "accepted": ["Y", "N", ""],
    "months": ["12", "24"],
    "eet": ["Y", "Y", "N", "UNK", "", "Q"],
    "service": ["PASS", "FGM", "EOC", "TAC", "ODD", ""],
    "ethnicity": [
        *("White", "Asian", "Du", "Mixed", "Other", "Carib\u00efaidd", " white \u2013  British", "WBRI"),
        *("Asian or Asian British - Indian", "Gwyn a Du Affricanaidd", "Not stated", "Martian", "unknown", "A", "", ""),
    ],
    "disabled": ["N", "N", "N", "Y", "", "ODD"],
    "team": ["AIT", " ait", "SPOA", "Single Point of Access", "", "CDT"],
    "delay": ["parent away", "Parent Away", ""],
    "category": ["NEG", "EMO+NEG", "NEG + EMO", "PHY", "NEG+XXX", "", "+NEG", "EMO++NEG", "+"],
    "legal": ["C1", "C2", "V2", "E1", "V3", "Q9"],
    "end_reason": ["HOME", "HOME", "ADOPTED", "SGO", "ADULT", "OTHER", "", "ODD"],
    "authority": AUTHORITIES[1:],
    "year": ["2016/17", "2015/16", "2017/18", "2016/2017", "2016/18", "odd"],
}
Fact = dict[str, Any]


def looks(seed: int) -> list[dt.date]:
    """Return the days to look at a seed's council: before, on and after cut-over, at ends of periods."""
    days = [dt.date(2017, 12, 31), dt.date(2018, 3, 31), CUT_OVER - dt.timedelta(1), CUT_OVER, dt.date(2018, 6, 30)]
    return [*days, *([dt.date(2021, 3, 31)] if last_night(seed) == LONG else []), last_night(seed)]


def last_night(seed: int) -> dt.date:
    """Return the last night of a seed's council: one in three goes on into the years of the CH metrics."""
    return LONG if seed % 3 == 0 else SHORT


class Maker:
    """One council of one seed: facts by entity, each with both systems' keys."""

    def __init__(self, seed: int, children: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311
        self.last = last_night(seed)
        self.counter = 1
        self.facts: dict[str, list[Fact]] = {entity.name: [] for entity in ENTITIES}
        self.placement = 0
        for _ in range(children):
            self._child()
        self._merges()
        # The first contact of all opens the first year, so that no figure begins in the middle of a longer period.
        self.facts["contact"][0] |= {
            "number": "1",
            "since": START,
            "gone": None,
            "off": None,
            "received": dt.datetime.combine(START, dt.time(9)),
            "status": "ACTIVE",
        }

    def guid(self) -> str:
        """Return a new GUID."""
        text = f"{self.draw.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def day(self, first: dt.date = START, last: dt.date | None = None) -> dt.date:
        """Return a day, often one on the edge of a period."""
        last = last or self.last
        if self.draw.random() < 0.01:
            return self.draw.choice(ODD_DAYS)
        edges = [day for day in EDGES if first <= day <= last]
        if edges and self.draw.random() < 0.25:
            return self.draw.choice(edges)
        return first + dt.timedelta(days=self.draw.randint(0, max(0, (last - first).days)))

    def time(self, day: dt.date) -> dt.datetime:
        """Return a local time of a day, often midnight or one inside a clock change."""
        clocks = [dt.time(), dt.time(0, 30), dt.time(1, 30), dt.time(23, 15), dt.time(23, 59)]
        clock = self.draw.choice([*clocks, dt.time(self.draw.randint(0, 23), 15)])
        return dt.datetime.combine(day, clock)

    def chance(self, share: float) -> bool:
        """Return True for a share of the calls."""
        return self.draw.random() < share

    def after(self, day: dt.date, steps: list[int], none: float = 0.3) -> dt.date | None:
        """Return a day some days after another (or before it: steps may be negative), or none."""
        if self.chance(none):
            return FAR if self.chance(0.05) else None
        return day + dt.timedelta(days=self.draw.choice(steps))

    def odd(self, time: dt.datetime) -> dt.datetime | None:
        """Return a time, now and then none or one on a day that cannot be right."""
        if self.chance(0.9):
            return time
        return self.time(self.draw.choice(ODD_DAYS)) if self.chance(0.7) else None

    def code(self, name: str) -> str:
        """Return a code of a list, now and then none or an unlisted one."""
        if name in TEXTS:
            return self.draw.choice(TEXTS[name])
        words = LISTS[name].split()[1::2]
        return self.draw.choice([*words, *words, *words, "", "ODD"])

    def add(self, table: str, since: dt.date, **values: Any) -> Fact:
        """Add a fact that is entered on a day."""
        self.counter += 1
        is_new = since >= CUT_OVER
        fact: Fact = {
            "number": None if is_new else str(self.counter),
            "guid": self.guid() if is_new or self.chance(0.65) else None,
            "since": since,
            "gone": self.day() if self.chance(0.04) else None,
            "off": self.day(CUT_OVER) if self.chance(0.04) else None,
            "lost": self.guid(),
            "again": self.guid() if self.chance(0.02) else None,
            "unlinked": self.day(CUT_OVER) if self.chance(0.08) else None,
            "relinked": str(self.draw.randint(2, self.counter)) if self.chance(0.01) else None,
            **values,
        }
        self.facts[table].append(fact)
        return fact

    def _child(self) -> None:
        born = self.day(dt.date(1998, 1, 1), dt.date(2018, 6, 30))
        if self.chance(0.15):
            born = add_months(max(self.day(), dt.date(2015, 1, 1)), -12 * 18)
        if self.chance(0.05):
            born = dt.date(2000, 2, 29)
        child = self.add(
            "person",
            START if self.chance(0.75) else self.day(CUT_OVER),
            born=None if self.chance(0.1) else born,
            expected=self.day() if self.chance(0.1) else None,
            sex=self.code("sex"),
            ethnicity=self.code("ethnicity"),
            language=self.code("language"),
            disabled=self.code("disabled"),
            responsible=self.draw.choice(AUTHORITIES),
            family=("family", self.draw.randint(1, 12)) if self.chance(0.7) else None,
        )
        child["gone"] = child["gone"] if self.chance(0.3) else None
        who: Any = child if self.chance(0.97) else None
        for _ in range(self.draw.randint(0, 5)):
            self._contact(who)
        for _ in range(self.draw.randint(0, 2)):
            self._assessment(who)
        for _ in range(self.draw.randint(0, 2)):
            self._plan(who, self.code("plan_type"), self.day(dt.date(2016, 4, 1)))
        for _ in range(self.draw.randint(0, 2)):
            self._protection(who)
        if self.chance(0.6):
            self._care(who, self.day(dt.date(2015, 10, 1)))
            if self.chance(0.4):
                self._care(who, self.day())
        self._little_facts(who)

    def _contact(self, who: Any) -> None:
        received = self.time(self.day())
        decided = received + self.draw.choice([dt.timedelta(hours=h) for h in (0, 1, 24, 25, 48, 96, -5)])
        self.add(
            "contact",
            received.date(),
            child=None if self.chance(0.03) else who,
            received=received,
            decided=None if self.chance(0.2) else decided + dt.timedelta(minutes=self.draw.choice([0, 0, 1, -1])),
            source=self.code("source"),
            outcome=self.draw.choice(["ASS", "ASS", self.code("contact_outcome")]),
            team=self.code("team"),
            placing=self.draw.choice(AUTHORITIES),
            status="VOID" if self.chance(0.05) else "ACTIVE",
        )

    def _assessment(self, who: Any) -> None:
        referred = self.day()
        number, form = None, None
        for version in range(1, self.draw.choice([2, 2, 3, 4])):
            done = (
                working_day_after(referred, self.draw.choice([0, 5, 41, 42, 43, 60]))
                if 1990 < referred.year < 2040
                else None
            )
            done = referred - dt.timedelta(days=3) if self.chance(0.04) else done
            done = self.draw.choice(ODD_DAYS) if self.chance(0.02) else done
            fact = self.add(
                "assessment",
                max(referred, START),
                version=version,
                child=who,
                referred=self.draw.choice([None, None, *ODD_DAYS]) if self.chance(0.06) else referred,
                authorised=None if self.chance(0.3) else done,
                status=self.draw.choice(["OPEN", "COMPLETE", "COMPLETE", "CANCELLED", "ODD"]),
                seen=self.code("seen"),
                alone=self.code("seen"),
                delay=self.code("delay"),
                team=self.code("team"),
            )
            number, form = number or fact["number"], form or fact["guid"]
            fact["number"] = number if fact["number"] else None
            fact["guid"] = form if fact["guid"] else None
            fact["again"] = None

    def _plan(self, who: Any, kind: str, start: dt.date) -> None:
        plan = self.add(
            "plan", start, child=who, type=kind, start=start, end=self.after(start, [-2, 0, 30, 90, 183, 184, 365, 500])
        )
        held = start
        for _ in range(self.draw.randint(0, 5)):
            held += dt.timedelta(days=self.draw.choice([-5, 0, 27, 28, 90, 92, 182, 183, 184, 200]))
            self.add(
                "review",
                max(held, START),
                plan=plan,
                child=who,
                held=None if self.chance(0.05) else held,
                status=self.draw.choice(["HELD", "HELD", "HELD", "HELD", self.code("review_status")]),
            )

    def _protection(self, who: Any) -> None:
        strategy = self.day()
        weeks = working_day_after(strategy, self.draw.choice([14, 15, 16])) if 1990 < strategy.year < 2040 else strategy
        conference = self.draw.choice([weeks, weeks, None, strategy - dt.timedelta(days=1)])
        said = self.draw.choice([None, *ODD_DAYS]) if self.chance(0.15) else strategy
        self.add(
            "s47",
            strategy,
            child=who,
            strategy=said,
            ended=self.after(strategy, [-1, 0, 7, 14, 40]),
            outcome=self.code("enquiry_outcome"),
            conference=conference,
            decision=self.code("conference_outcome"),
        )
        start = conference or self.day()
        for _ in range(self.draw.choice([1, 1, 2])):
            end = self.after(start, [-1, 0, 1, 30, 90, 365])
            self.add(
                "registration",
                start,
                child=who,
                start=self.draw.choice([None, *ODD_DAYS]) if self.chance(0.08) else start,
                end=end,
                category=self.code("category"),
                transfer=self.draw.choice(["N", "N", "N", self.code("flag")]),
                temporary=self.draw.choice(["N", "N", "N", self.code("flag")]),
            )
            start = add_months(end, self.draw.choice([0, 11, 12])) if end else self.day()

    def _care(self, who: Any, start: dt.date) -> None:
        care, first = ("care", self.counter), start
        self._plan(who, "LAC", start)
        for _ in range(self.draw.choice([1, 1, 2, 3, 4])):
            if self.chance(0.8):
                self.placement += 1
            end = self.after(start, [0, 1, 7, 14, 30, 91, 200], 0.35)
            self.add(
                "episode",
                start,
                child=who,
                care=care if self.chance(0.98) else None,
                placement=("placement", self.placement) if self.chance(0.98) else None,
                start=start,
                legal=self.draw.choice(["C1", "C1", self.code("legal")]),
                type=self.code("placement_type"),
                provider=self.code("provider"),
                place=self.code("authority"),
                end=end,
                reason=self.draw.choice(["MOVE", "MOVE", self.code("end_reason")]) if end else "",
            )
            kind, step = self.code("kind"), self.draw.choice([-40, 0, 5, 14, 15, 16, 91, 92])
            self.add(
                "health",
                start,
                child=who,
                care=care,
                placement=("placement", self.placement),
                kind=kind,
                day=(first if kind == "DENTIST" else start) + dt.timedelta(days=step),
            )
            if end is None:
                break
            start = end

    def _little_facts(self, who: Any) -> None:
        draw = self.draw
        for _ in range(draw.randint(0, 2)):
            self.add("move", START, child=who, day=self.day(), reason=self.code("reason"))
            self.add("result", START, child=who, year=self.code("year"), stage=self.code("stage"), csi=self.code("csi"))
        for _ in range(draw.randint(0, 2)):
            start = self.time(self.day())
            back = start + dt.timedelta(hours=draw.choice([-3, 0, 5, 30, 300]))
            talk = back + dt.timedelta(hours=draw.choice([-2, 0, 71, 72, 73]), minutes=draw.choice([0, 0, 1]))
            self.add(
                "missing",
                start.date(),
                child=who,
                start=self.odd(start),
                returned=None if self.chance(0.1) else self.odd(back),
                interviewed=None if self.chance(0.3) else self.odd(talk),
                offered=self.code("offered"),
                accepted=self.code("accepted"),
            )
        for _ in range(draw.choice([0, 0, 1, 3])):
            left = self.day(dt.date(2015, 4, 1))
            for number, months in enumerate(draw.choice([("12",), ("12", "24"), ("12", "12"), ("24",)])):
                day = add_months(left, int(months)) if left.year < 2040 else left
                day += dt.timedelta(days=number)
                made = None if self.chance(0.15) else self.draw.choice([*ODD_DAYS, day]) if self.chance(0.05) else day
                self.add("check", day, child=who, left=left, months=months, day=made, eet=self.code("eet"))
        for entity in ("homeless", "prevention", "prevention"):
            if self.chance(0.5):
                first = self.day()
                family = ("family", draw.randint(1, 12)) if self.chance(0.5) else None
                extra = {"family": family, "service": self.code("service")} if entity == "prevention" else {}
                self.add(entity, first, child=who, start=first, end=self.after(first, [-1, 0, 1, 40, 200]), **extra)

    def _merges(self) -> None:
        people = [fact for fact in self.facts["person"] if fact["guid"]]
        for sub in self.draw.sample(people, max(1, len(people) // 6)):
            master = self.draw.choice(people)
            day = self.day(CUT_OVER)
            self.add("mergedrecord", day, entity="person", master=master, subordinate=sub, merged=self.time(day))
