"""The mess of real life: duplicates, merges, voids, deletions, corrections, unlisted codes, impossible facts.

None of it moves a published figure: what is void, deleted, cancelled or impossible comes on top of the calibrated
records, and what is merely odd (a blank, an unlisted code, a correction) leaves the counted attributes of a record.
"""

from __future__ import annotations

import datetime as dt

from csc_warehouse.sample.calendar import add_months, quarter_end, quarter_start
from csc_warehouse.sample.lives import ReferredIncident
from csc_warehouse.sample.model import DAY, Child, Family, Record, Value, World
from csc_warehouse.sample.people import is_child_on, new_family, new_placed_child

_MINUTE = dt.timedelta(minutes=1)
_TWO_LINES = "\n"


def add_mess(world: World, referred: list[ReferredIncident]) -> None:
    """Add the mess of contacts, assessments, protection and care; client rows have theirs in identities.py."""
    contacts = list(world.records["contact"])
    _void_and_delete(world, contacts)
    _blur(world, contacts)
    _correct(world, contacts)
    _duplicate_clients(world, contacts)
    _type_wrong_years(world, contacts)
    _cancel_assessments(world)
    _authorise_again(world)
    _assess_oddly(world, referred)
    _blur_the_rest(world)


def _copy(record: Record, *, later: dt.timedelta, **values: Value) -> Record:
    """Return a record keyed again: the same event, with its first version alone."""
    final = dict(record.values)
    for _, new in record.changes:
        final |= new
    keyed = record.changes[-1][0] if record.changes else record.recorded_at.date()
    at = max(record.recorded_at, dt.datetime.combine(keyed, record.recorded_at.time())) + later
    return Record(entity=record.entity, child=record.child, recorded_at=at, values=final | values)


def _void_and_delete(world: World, contacts: list[Record]) -> None:
    """Key some contacts twice: most such rows are voided within days, some deleted for good."""
    rng = world.rng
    for contact in rng.sample(contacts, round(len(contacts) * 0.011)):
        twin = world.add(_copy(contact, later=_MINUTE * rng.randint(2, 300)))
        if rng.random() < 0.82:
            twin.change(twin.recorded_at.date() + DAY * rng.randint(0, 9), status="VOID")
        else:
            twin.deleted_on = twin.recorded_at.date() + DAY * rng.randint(1, 45)
            if twin.deleted_on == world.cut_over:
                # Neither system would ever say that a row migrated and deleted on one day is gone.
                twin.deleted_on += DAY


def _is_from_police(contact: Record) -> bool:
    return contact.values["source"] == "POL"


def _blur(world: World, contacts: list[Record]) -> None:
    """Leave codes blank or unlisted, lose clients, break lines, decide before receipt."""
    rng = world.rng
    for contact in contacts:
        draw = rng.random()
        if draw < 0.004 and not _is_from_police(contact):
            contact.values["source"] = rng.choice(("VOL", "XX", "FIRE", None))
        elif 0.004 <= draw < 0.006:
            outcome = rng.choice((None, None, "REF"))
            contact.values["outcome"] = outcome
            contact.changes = [(day, values | {"outcome": outcome}) for day, values in contact.changes]
        elif 0.006 <= draw < 0.007 and contact.latest("outcome") != "ASS":
            contact.child = None
            contact.values["client_no"] = (
                f"{8800000 + world.next('unknown client'):07d}" if rng.random() < 0.7 else None
            )
        elif 0.007 <= draw < 0.009:
            contact.values["reason"] = f"{contact.values['reason'] or 'noise'}{_TWO_LINES}children present"
        elif 0.009 <= draw < 0.010:
            contact.values["reason"] = 'caller said "again", twice'
        elif 0.010 <= draw < 0.011:
            _decide_before_receipt(contact, rng.randint(5, 300))
        elif 0.011 <= draw < 0.013:
            _decide_at_midnight(contact)


def _decide_before_receipt(contact: Record, minutes: int) -> None:
    received = contact.values["received"]
    outcome = contact.latest("outcome")
    if isinstance(received, dt.datetime) and isinstance(contact.latest("decided"), dt.datetime):
        contact.changes = []
        contact.values |= {"decided": received - _MINUTE * minutes, "outcome": outcome}


def _decide_at_midnight(contact: Record) -> None:
    """Lose the time of a decision that was made in the night after receipt: it stays within 24 hours."""
    decided = contact.latest("decided")
    received = contact.values["received"]
    if (
        isinstance(decided, dt.datetime)
        and isinstance(received, dt.datetime)
        and decided.date() == received.date() + DAY
    ):
        for _, values in contact.changes:
            if "decided" in values:
                values["decided"] = dt.datetime.combine(decided.date(), dt.time())


def _correct(world: World, contacts: list[Record]) -> None:
    """Correct some sources after days or weeks, and some dates of receipt in WCCIS; what was corrected counts."""
    rng = world.rng
    for contact in rng.sample(contacts, round(len(contacts) * 0.012)):
        right = contact.values["source"]
        contact.values["source"] = "OTH" if right != "OTH" else "FAM"
        contact.change(contact.recorded_at.date() + DAY * rng.randint(2, 60), source=right)
    if world.cut_over is None:
        return
    moved = 0
    for contact in contacts:
        received = contact.values["received"]
        is_recent = isinstance(received, dt.datetime) and dt.date(2018, 4, 10) <= received.date() <= dt.date(
            2018, 5, 14
        )
        if is_recent and isinstance(received, dt.datetime) and moved < 3 and rng.random() < 0.02:
            contact.change(world.cut_over + DAY * rng.randint(10, 60), received=received - DAY)
            moved += 1


def _duplicate_clients(world: World, contacts: list[Record]) -> None:
    """Give some children a second client row and one of their contacts with it; identities.py merges most of them."""
    rng = world.rng
    seen: dict[int, Record] = {}
    for contact in contacts:
        child = contact.child
        if child is None or contact.latest("outcome") == "ASS" or child.responsible is not None or child.born_known_on:
            continue
        before = seen.setdefault(id(child), contact)
        if before is contact or rng.random() >= 0.022:
            continue
        twin = Child(child.family, child.born, child.sex, child.forename, upn=child.upn if rng.random() < 0.5 else None)
        twin.duplicate_of = child
        contact.child = twin
        world.children.append(twin)


def _type_wrong_years(world: World, contacts: list[Record]) -> None:
    """Type two dates of receipt into the next century: they are in no figure."""
    for contact in world.rng.sample([contact for contact in contacts if not contact.changes], 2):
        received = contact.values["received"]
        if isinstance(received, dt.datetime):
            world.add(_copy(contact, later=_MINUTE, received=received.replace(year=2081, day=1), decided=None))


def _does_straddle(world: World, start: Value, end: dt.date) -> bool:
    """Tell whether something would join the published stock of open assessments."""
    stock = world.calibration.open_stock
    return stock is not None and isinstance(start, dt.date) and start <= stock.day < end + 31 * DAY


def _cancel_assessments(world: World) -> None:
    """Begin some assessments in error and cancel them."""
    rng = world.rng
    for assessment in rng.sample(world.records["assessment"], round(len(world.records["assessment"]) * 0.025)):
        referral = assessment.values["referral_date"]
        if not isinstance(referral, dt.date):
            continue
        cancelled = referral + DAY * rng.randint(2, 40)
        if _does_straddle(world, referral, cancelled):
            continue
        twin = world.add(
            Record(
                entity="assessment",
                child=assessment.child,
                recorded_at=assessment.recorded_at + _MINUTE * 7,
                values=dict(assessment.values) | {"contact_no": assessment.values["contact_no"]},
            )
        )
        twin.change(max(cancelled, twin.recorded_at.date()), status="CANCELLED")


def _authorise_again(world: World) -> None:
    """Re-authorise some assessments as a second version, and put a cancelled first version before some others."""
    rng = world.rng
    chosen = rng.sample(world.records["assessment"], round(len(world.records["assessment"]) * 0.024))
    # No assessment is chosen for both: each version number stands once.
    for assessment in chosen[len(chosen) // 4 :]:
        authorised = assessment.latest("authorised_date")
        if not isinstance(authorised, dt.date) or assessment.latest("status") != "COMPLETE":
            continue
        again = _copy(assessment, later=dt.timedelta(days=rng.randint(6, 80)), version_no=2)
        again.values["authorised_date"] = again.recorded_at.date()
        again.other_version = assessment
        world.add(again)
    for assessment in chosen[: len(chosen) // 4]:
        if assessment.values["version_no"] == 1 and assessment.latest("status") == "COMPLETE" and assessment.changes:
            first = Record(
                entity="assessment",
                child=assessment.child,
                recorded_at=assessment.recorded_at - _MINUTE * 30,
                values=dict(assessment.values),
                other_version=assessment,
            )
            first.change(assessment.changes[0][0] - DAY, status="CANCELLED")
            assessment.values["version_no"] = 2
            world.add(first)


def _assess_oddly(world: World, referred: list[ReferredIncident]) -> None:
    """Add assessments that no published figure counts, and leave the status of a few completed ones at OPEN."""
    rng = world.rng
    start = quarter_start(world.start)
    while start <= world.horizon:
        end = quarter_end(start)
        # Authorised before referral: the year was mistyped. At most one a quarter.
        if rng.random() < 0.6 * min(world.scale, 1):
            referral = start + DAY * rng.randint(20, 60)
            _add_odd(world, new_family(world, referral), referral, authorised=referral - DAY * rng.randint(3, 19))
        # Children for whom another authority is responsible.
        for _ in range(rng.randint(0, 2)):
            referral = start + DAY * rng.randint(0, 30)
            family = new_placed_child(world, referral).family
            _add_odd(world, family, referral, authorised=min(referral + DAY * rng.randint(20, 55), end))
        start = add_months(start, 3)
    for assessment in world.records["assessment"]:
        if assessment.changes and rng.random() < 0.003:
            for _, values in assessment.changes:
                if values.get("status") == "COMPLETE":
                    values["status"] = "OPEN"
    # Marked complete without a day: open for ever, and flagged. Not in the team whose stock was published.
    for incident in rng.sample(referred, 2):
        if incident.day < world.horizon - 120 * DAY:
            _add_odd(world, new_family(world, incident.day), incident.day, authorised=None)


def _add_odd(world: World, family: Family, referral: dt.date, *, authorised: dt.date | None) -> None:
    rng = world.rng
    child = next((child for child in family.children if is_child_on(child, referral)), family.children[0])
    assessment = world.add(
        Record(
            entity="assessment",
            child=child,
            recorded_at=world.keyed_at(referral, lag=0),
            values={
                "version_no": 1,
                "contact_no": None,
                "referral_date": referral,
                "start_date": referral + DAY,
                "authorised_date": None,
                "status": "OPEN",
                "team": "CWD",
                "worker": world.worker(),
            },
        )
    )
    assessment.change(
        max(authorised or referral, referral) + DAY * rng.randint(2, 12),
        authorised_date=authorised,
        status="COMPLETE",
        child_seen="Y",
        child_seen_alone="Y",
        outcome="IAA",
    )


def _blur_the_rest(world: World) -> None:
    """Mistype some codes and dates of the other entities, at rates that no figure feels."""
    rng = world.rng

    def some(entity: str, share: float) -> list[Record]:
        records = world.records.get(entity, [])
        return rng.sample(records, max(1, round(len(records) * share))) if records else []

    for episode in some("lac_episode", 0.004):
        episode.values["placement_type"] = "FOST"
    for registration in some("cp_registration", 0.02):
        category = str(registration.values["category"])
        registration.values["category"] = (
            "+".join(reversed(category.split("+"))) if "+" in category else f"{category}+OTH"
        )
    for enquiry in some("s47", 0.004):
        if enquiry.latest("conference_date") is not None:
            enquiry.values["strategy_date"] = None
    for review in some("review", 0.002):
        review.changes = [(day, values | {"held_date": None}) for day, values in review.changes]
    for episode in some("missing", 0.004):
        since = episode.values["missing_from"]
        if isinstance(since, dt.datetime):
            episode.changes = [(day, values) for day, values in episode.changes if "returned" not in values]
            episode.change(episode.recorded_at.date() + DAY, returned=since - _MINUTE * 90)
    for move in some("school_move", 0.01):
        move.values["reason"] = "EXCLUDED"
    for plan in some("plan", 0.002):
        plan.values["worker"] = None
