"""Contacts: each quarter's exact number, of referred children, missing ones, and everybody else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from csc_warehouse.sample.calendar import add_months, quarter_end, quarter_start
from csc_warehouse.sample.calibration import Quarter
from csc_warehouse.sample.demand import quarter_of
from csc_warehouse.sample.lives import ReferredIncident
from csc_warehouse.sample.model import DAY, Child, Family, Record, World
from csc_warehouse.sample.people import is_child_on, new_family

_OTHER_SOURCES = ("EDU", "HEA", "FAM", "OTH", "ANON", "OLA", "SELF", "HOU", "PRO", "CRT")
_OTHER_WEIGHTS = (30, 25, 13, 9, 6, 5, 4, 3, 3, 2)
_REASONS = (
    "domestic abuse",
    "neglect",
    "behaviour",
    "parental mental health",
    "substance misuse",
    "disability",
    "physical abuse",
    "housing, debt",
    "emotional wellbeing",
    "sexual exploitation",
)
_MINUTE = dt.timedelta(minutes=1)
_POLICE_SHARE_OF_REFERRALS = 0.38
_BOUNDARIES = ((3, 31, 23, 30), (4, 1, 0, 20), (6, 30, 23, 40), (7, 1, 0, 10), (9, 30, 23, 59), (10, 1, 0, 45))
"""Month, day, hour, minute: nights on which a clock in the wrong zone moves a contact to another quarter."""


@dataclass(slots=True)
class Incident:
    """Something that was reported once, about one or more children of a family."""

    received: dt.datetime
    source: str
    reason: str
    size: int
    children: list[Child] = field(default_factory=list)
    assessments: list[Record] = field(default_factory=list)
    outcome: str | None = None


def report(world: World, referred: list[ReferredIncident], missing: list[tuple[dt.datetime, Child]]) -> None:
    """Write every contact of the quarters from the start to the horizon's."""
    pools = _Pools(world)
    start = quarter_start(world.start)
    while start <= world.horizon:
        end = quarter_end(start)
        quarter = quarter_of(world, start)
        incidents = [_referral(world, each) for each in referred if start <= each.day <= end]
        incidents += [
            Incident(at, "POL", "missing", 1, [child], [], "OPEN" if child.responsible is None else "IAA")
            for at, child in missing
            if start <= at.date() <= end
        ]
        _fill(world, quarter, start, incidents)
        incidents.sort(key=lambda incident: incident.received)
        contacts: list[Record] = []
        for incident in incidents:
            pools.find_children(incident)
            contacts += _write(world, incident)
        _decide(world, quarter, contacts)
        start = add_months(start, 3)


def _referral(world: World, each: ReferredIncident) -> Incident:
    rng = world.rng
    source = "POL" if rng.random() < _POLICE_SHARE_OF_REFERRALS else rng.choices(_OTHER_SOURCES, _OTHER_WEIGHTS)[0]
    received = dt.datetime.combine(each.day, _time_of_day(world, source))
    return Incident(received, source, rng.choice(_REASONS), len(each.children), each.children, each.assessments, "ASS")


def _time_of_day(world: World, source: str) -> dt.time:
    """Draw a time: the police report round the clock, most others in office hours."""
    rng = world.rng
    if source == "POL" or rng.random() < 0.06:
        hour = rng.choices(range(24), (5, 5, 4, 3, 2, 1, 1, 2, 4, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6, 5))[0]
        # Midnight sharp would read as a time of day that was lost.
        return dt.time(hour, rng.randrange(1, 60))
    minute = 8 * 60 + 30 + rng.randrange(540)
    return dt.time(minute // 60, minute % 60)


def _day(world: World, start: dt.date, length: int, source: str) -> dt.date:
    rng = world.rng
    while True:
        day = start + DAY * rng.randrange(length)
        if day.weekday() < 5 or rng.random() < (0.8 if source == "POL" else 0.09):
            return day


def _fill(world: World, quarter: Quarter, start: dt.date, incidents: list[Incident]) -> None:
    """Add incidents until the quarter holds exactly its contacts, and its contacts from the police."""
    rng = world.rng
    length = (quarter_end(start) - start).days + 1
    police = sum(incident.size for incident in incidents if incident.source == "POL")
    others = sum(incident.size for incident in incidents) - police
    for month, day, hour, minute in _BOUNDARIES:
        on = dt.date(start.year, month, day)
        if quarter_start(on) == start and police < quarter.police:
            incidents.append(Incident(dt.datetime.combine(on, dt.time(hour, minute)), "POL", "domestic abuse", 1))
            police += 1
    for is_police, count in ((True, quarter.police - police), (False, quarter.contacts - quarter.police - others)):
        left = count
        while left > 0:
            source = "POL" if is_police else rng.choices(_OTHER_SOURCES, _OTHER_WEIGHTS)[0]
            size = min(left, rng.choices((1, 2, 3, 4), (62, 23, 11, 4))[0])
            on = _day(world, start, length, source)
            incidents.append(
                Incident(dt.datetime.combine(on, _time_of_day(world, source)), source, rng.choice(_REASONS), size)
            )
            left -= size


class _Pools:
    """The children who may be the subject of a contact, by what is known of them at the time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: list[Family] = []
        self._month: dt.date | None = None
        self._with_plan: list[Child] = []
        self._placed_here: list[Child] = []
        self._candidates = [child for child in world.children if child.plans or child.responsible is not None]

    def _turn_to(self, day: dt.date) -> None:
        month = day.replace(day=1)
        if month != self._month:
            self._month = month
            self._with_plan = [
                child
                for child in self._candidates
                if child.responsible is None and child.has_plan_on(month) and child.born < month
            ]
            self._placed_here = [
                child for child in self._candidates if child.responsible is not None and child.is_looked_after_on(month)
            ]

    def find_children(self, incident: Incident) -> None:
        """Choose the children of an incident that has none yet."""
        day = incident.received.date()
        self._turn_to(day)
        if incident.children:
            if incident.source != "POL" or incident.reason != "missing":
                self._known.append(incident.children[0].family)
            return
        rng = self._world.rng
        draw = rng.random()
        if draw < 0.17 and self._with_plan:
            child = rng.choice(self._with_plan)
            incident.children = self._siblings(child, incident, day)
        elif draw < 0.42 and incident.source == "POL" and incident.size == 1 and self._placed_here:
            placed = rng.choice(self._placed_here)
            if is_child_on(placed, day, spare_days=5):
                incident.children = [placed]
                incident.outcome = "IAA"
        elif draw < 0.62 and self._known:
            incident.children = self._known_children(incident, day)
        if len(incident.children) < incident.size:
            family = new_family(
                self._world, day, size=max(incident.size, rng.choices((1, 2, 3, 4, 5), (45, 31, 15, 6, 3))[0])
            )
            incident.children = rng.sample(family.children, incident.size)
            self._known.append(family)
        if incident.outcome is None and incident.children[0].has_plan_on(day):
            incident.outcome = "OPEN"

    def _siblings(self, child: Child, incident: Incident, day: dt.date) -> list[Child]:
        others = [other for other in child.family.children if other is not child and _may_be_subject(other, day)]
        return [child, *others][: incident.size] if _may_be_subject(child, day) else []

    def _known_children(self, incident: Incident, day: dt.date) -> list[Child]:
        rng = self._world.rng
        for _ in range(6):
            family = self._known[rng.randrange(max(0, len(self._known) - 4000), len(self._known))]
            children = [child for child in family.children if _may_be_subject(child, day)]
            if len(children) >= incident.size:
                return rng.sample(children, incident.size)
        return []


def _may_be_subject(child: Child, day: dt.date) -> bool:
    return is_child_on(child, day, spare_days=5) and child.responsible is None and child.born_known_on is None


def _write(world: World, incident: Incident) -> list[Record]:
    """Write a contact per child; the time of the decision follows."""
    rng = world.rng
    number = world.next("incident")
    received = incident.received
    is_office = received.weekday() < 5 and 8 <= received.hour < 18
    contacts = []
    for index, child in enumerate(incident.children):
        lag = 0 if incident.assessments else world.lag()
        keyed = world.keyed_at(received.date(), lag=lag) if lag else received + _MINUTE * rng.randint(4, 50)
        outcome = incident.outcome or rng.choices(("IAA", "NFA", "OPEN"), (66, 31, 3))[0]
        contact = world.add(
            Record(
                entity="contact",
                child=child,
                recorded_at=keyed,
                values={
                    "received": received,
                    "source": incident.source,
                    "reason": incident.reason if rng.random() < 0.97 else None,
                    "decided": None,
                    "outcome": outcome,
                    "team": "SPOA" if is_office else "EDT",
                    "worker": world.worker(),
                    "placing_la": child.responsible,
                    "incident_no": number,
                    "status": "ACTIVE",
                },
            )
        )
        if incident.assessments:
            incident.assessments[index].values["contact_no"] = contact
        contacts.append(contact)
    return contacts


def _decide(world: World, quarter: Quarter, contacts: list[Record]) -> None:
    """Give every contact its decision: exactly so many late ones, and so many without a time."""
    rng = world.rng
    odd = rng.sample(range(len(contacts)), min(quarter.late + quarter.undated, len(contacts)))
    late = set(odd[: quarter.late])
    undated = set(odd[quarter.late :])
    for index, contact in enumerate(contacts):
        received = contact.values["received"]
        assert isinstance(received, dt.datetime)  # noqa: S101 - narrows the type of what _write set
        decided = _decision_time(world, received, is_late=index in late)
        outcome = contact.values["outcome"]
        if decided.date() > contact.recorded_at.date():
            contact.values["outcome"] = None
        contact.change(decided.date(), decided=None if index in undated else decided, outcome=outcome)


def _decision_time(world: World, received: dt.datetime, *, is_late: bool) -> dt.datetime:
    """Draw the time of a decision: within 23 hours, or 26 hours to five days after receipt."""
    rng = world.rng
    if is_late:
        return received + _MINUTE * rng.randint(26 * 60, 118 * 60)
    decided = received + _MINUTE * max(6, min(round(rng.lognormvariate(4.9, 0.9)), 22 * 60))
    if decided.hour >= 19 or decided.hour < 8:
        # A manager decides in the morning; the emergency duty team at once.
        morning = dt.datetime.combine(
            decided.date() + DAY * (decided.hour >= 19), dt.time(8, 30)
        ) + _MINUTE * rng.randrange(100)
        return morning if morning - received <= _MINUTE * 22 * 60 else received + _MINUTE * rng.randint(10, 120)
    return decided
