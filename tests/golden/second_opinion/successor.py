"""cofnod, the system after WCCIS (deliveries.md section 8): its Parquet files read anew, laid over WCCIS's state.

A row of it is told as WCCIS would have told it, under the key of the WCCIS row that it names, so that all that follows
knows two systems: RAISe, and whatever came after. Rows of WCCIS that nothing names stand as WCCIS left them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.golden.second_opinion.calendar import to_london
from tests.golden.second_opinion.deliveries import FEW_ROWS, MOST_LOST, MOST_QUARANTINED, Row, State
from tests.golden.second_opinion.formats import ENTITIES, authority, guid, number_key, upper

NAMES = """
person people born=born_on expected=expected_on died=died_on sex=sex responsible=responsible_authority
 family=household_id ethnicity=ethnicity language=language disabled=is_disabled
mergedrecord person_merges master=kept_id subordinate=dropped_id merged=merged_at
contact contacts child=person_id received=received_at decided=decided_at source=source outcome=outcome team=team
 placing=placing_authority status=status
assessment assessments child=person_id referred=referred_on started=started_on authorised=authorised_on status=state
 seen=child_seen alone=child_seen_alone delay=delay_reason team=team
plan plans child=person_id type=kind start=started_on end=ended_on
review reviews plan=plan_id child=person_id planned=planned_on held=held_on status=state
s47 enquiries child=person_id strategy=strategy_on ended=ended_on outcome=outcome conference=conference_on
 decision=conference_outcome
registration registrations child=person_id start=registered_on end=deregistered_on category=categories
 transfer=is_transfer_in temporary=is_temporary
episode care_episodes child=person_id care=care_period_id placement=placement_id start=started_on legal=legal_status
 type=placement_type provider=provider place=placement_authority end=ended_on reason=end_reason
health health_events child=person_id care=care_period_id placement=placement_id kind=kind day=happened_on
move school_moves child=person_id day=moved_on reason=reason
result education_results child=person_id year=academic_year stage=key_stage csi=achieved_csi
missing missing_episodes child=person_id start=missing_from returned=returned_at offered=interview_offered
 accepted=interview_accepted interviewed=interview_at
check leaver_checks child=person_id left=left_care_on months=months day=checked_on eet=in_education_or_work
homeless homeless_spells child=person_id start=started_on end=ended_on
prevention services child=person_id family=household_id service=service start=started_on end=ended_on
"""
WORDS = {
    "person.sex": "male M female F unknown U indeterminate I",
    "person.language": "english ENG welsh WEL other OTH",
    "contact.source": "police POL health HEA education EDU family FAM self SELF anonymous ANON other_authority OLA"
    " housing HOU probation PRO court CRT other OTH",
    "contact.outcome": "advice IAA assessment ASS open_case OPEN no_further_action NFA",
    "contact.status": "live ACTIVE void VOID",
    "assessment.status": "open OPEN complete COMPLETE cancelled CANCELLED",
    "assessment.seen": "yes Y no N not_applicable NA",
    "assessment.alone": "yes Y no N not_applicable NA",
    "s47.outcome": "conference ICPC no_further_action NFA plan PLAN",
    "s47.decision": "registered REG not_registered NOTREG",
    "plan.type": "care_and_support CASP child_protection CP looked_after LAC",
    "review.status": "planned PLANNED held HELD cancelled CANCELLED",
    "registration.category": "neglect NEG physical PHY sexual SEX emotional EMO financial FIN",
    "episode.legal": "c1 C1 c2 C2 e1 E1 v2 V2 j1 J1 j2 J2 l1 L1 l2 L2 v3 V3 v4 V4",
    "episode.type": "foster_council FOST_LA foster_agency FOST_IFA kinship KIN residential_council RES_LA"
    " residential_private RES_IND parent PARENT adoption ADOPT independent INDEP secure SECURE temporary TEMP",
    "episode.provider": "own OWN other_authority OTHER_LA agency IFA private PRIVATE voluntary VOLUNTARY parent PARENT",
    "episode.reason": "home HOME adopted ADOPTED guardianship SGO independence INDEP adulthood ADULT other OTHER"
    " move MOVE",
    "health.kind": "gp GP dentist DENTIST",
    "move.reason": "transition TRANSITION adoption ADOPTION home HOME other OTHER",
    "check.eet": "yes Y no N unknown UNK",
    "prevention.service": "prevention_team PASS family_group_meeting FGM edge_of_care_panel EOC"
    " team_around_the_family TAC",
}
REFERENCES = {"child": "person", "plan": "plan", "master": "person", "subordinate": "person"}
MATCHED = {"family": ("person", "prevention"), "care": ("episode", "health"), "placement": ("episode", "health")}
AUTHORITIES = {"responsible": upper, "placing": authority, "place": authority}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _read_names() -> dict[str, tuple[str, dict[str, str]]]:
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for line in NAMES.strip().replace("\n ", " ").splitlines():
        name, table, *columns = line.split()
        found[name] = (table, dict(column.split("=") for column in columns))
    return found


TABLES = _read_names()
KINDS = {entity.name: {name: kind for name, kind, _ in entity.columns["wccis"] if name != "key"} for entity in ENTITIES}


@dataclass
class Said:
    """The last word of one id: what it said, and whether it stands; which row it ever named; what it said first."""

    row: Row
    stands: bool
    named: tuple[str, str] | None
    first: Row | None
    first_seen: dt.date


@dataclass
class Chronicle:
    """Everything that cofnod ever said, by entity and id, up to a day."""

    day: dt.date | None = None
    ids: dict[str, dict[str, Said]] = field(default_factory=lambda: {name: {} for name in TABLES})


class UntrustedError(Exception):
    """A delivery that cannot be trusted."""


def _named(text: str | None) -> tuple[str, str] | None:
    source, mark, named = (text or "").strip().lower().partition(":")
    named = named.strip()
    if not mark or not named or source.strip() not in ("wccis", "raise", "cofnod"):
        return None
    return source.strip(), number_key(named) if source.strip() == "raise" else named


def _moment(value: dt.datetime | None) -> dt.datetime | None:
    return None if value is None else value.astimezone(dt.UTC).replace(tzinfo=None)


def _value(entity: str, name: str, kind: str, value: Any) -> Any:
    """Return a native value as WCCIS's would be read."""
    if isinstance(value, list):
        words = _words(entity, name)
        return "+".join(words.get(member.strip().lower(), str(upper(member))) for member in value) or None
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, dt.datetime):
        return _moment(value)
    return value if isinstance(value, dt.date) else _text(entity, name, kind, value or "")


def _text(entity: str, name: str, kind: str, text: str) -> Any:
    if kind == "ref":
        return guid(text)
    words = _words(entity, name)
    code = AUTHORITIES.get(name, upper)(text)
    return words.get(code.lower(), code if kind == "text" else "unknown") if code is not None and words else code


def _words(entity: str, name: str) -> dict[str, str]:
    words = WORDS.get(f"{entity}.{name}", "").split()
    return dict(zip(words[::2], words[1::2], strict=True))


def _rows(folder: Path, entity: str, code: str) -> tuple[dict[str, Row], set[str], int, int]:
    """Return the readable rows of a file by id, the ids of others, and how many rows there are of each kind."""
    table, columns = TABLES[entity]
    rows: dict[str, Row] = {}
    unreadable: set[str] = set()
    found = pq.read_table(folder / f"{table}.parquet").to_pylist()
    bad = 0
    for given in found:
        key = guid(given["id"] or "")
        change = (given["change"] or "").strip().lower()
        owner = upper(given["authority"] or "")
        members = [member for value in given.values() if isinstance(value, list) for member in value]
        is_good = bool(UUID.fullmatch(key)) and change in ("upsert", "delete") and key not in rows
        is_good = is_good and (owner == code or (owner is None and change == "delete"))
        if not is_good or any(not (member or "").strip() for member in members):
            bad += 1
            if UUID.fullmatch(key):
                unreadable.add(key)
            continue
        kinds = KINDS[entity]
        row = {name: _value(entity, name, kinds.get(name, "text"), given[column]) for name, column in columns.items()}
        row |= {"key": key, "modified": _moment(given["changed_at"]), "created": _moment(given["created_at"])}
        row |= {"named": _named(given["migrated_from"]), "stands": change == "upsert"}
        rows[key] = row
    return rows, unreadable, len(found), bad


def _deliveries(exports: Path, code: str) -> Iterator[tuple[dt.date, Path]]:
    folder = exports / "cofnod" / code
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        yield dt.date.fromisoformat(path.name), path


def successor_first_day(exports: Path, code: str) -> dt.date | None:
    """Return the business date of the first delivery, None where there is none."""
    return next((day for day, _ in _deliveries(exports, code)), None)


def successor_authorities(exports: Path) -> list[str]:
    """Return the authorities that deliver it."""
    folder = exports / "cofnod"
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def chronicle(exports: Path, code: str, until: dt.date) -> Chronicle:
    """Read every usable delivery up to a day, from the first full on."""
    found = Chronicle()
    counts: dict[str, int] = {}
    for day, folder in _deliveries(exports, code):
        if day > until:
            break
        try:
            is_full, read = _read(folder, code, day)
        except (UntrustedError, OSError, ValueError, KeyError, pa.ArrowException):
            continue
        if found.day is None and not is_full:
            continue
        if is_full:
            now = {entity: len(rows) for entity, (rows, _) in read.items()}
            if any(had >= FEW_ROWS and now[name] < (1 - MOST_LOST) * had for name, had in counts.items()):
                continue
            counts = now
        found.day = day
        for entity, (rows, unreadable) in read.items():
            _take(found.ids[entity], rows, unreadable, day, is_full=is_full)
    return found


def _read(folder: Path, code: str, day: dt.date) -> tuple[bool, dict[str, tuple[dict[str, Row], set[str]]]]:
    manifest = json.loads((folder / "manifest.json").read_text())
    said = tuple(manifest[name] for name in ("source", "authority", "business_date"))
    if said != ("cofnod", code, day.isoformat()):
        raise UntrustedError(folder.name)
    listed = {file["name"]: file for file in manifest["files"]}
    read = {}
    total = bad = 0
    for entity, (table, _) in TABLES.items():
        name = f"{table}.parquet"
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != listed[name]["sha256"]:
            raise UntrustedError(name)
        rows, unreadable, count, odd = _rows(folder, entity, code)
        if count != listed[name]["rows"]:
            raise UntrustedError(name)
        read[entity] = (rows, unreadable)
        total, bad = total + count, bad + odd
    if bad > 10 and bad > MOST_QUARANTINED * total:
        raise UntrustedError(folder.name)
    return manifest["extract_type"] == "full", read


def _take(held: dict[str, Said], rows: dict[str, Row], unreadable: set[str], day: dt.date, *, is_full: bool) -> None:
    if is_full:
        for key, said in held.items():
            if key not in rows and key not in unreadable:
                said.stands = False
    for key, row in rows.items():
        before = held.get(key)
        named = row["named"] or (before.named if before else None)
        first = before.first if before and before.first else row if row["stands"] else None
        is_taken_back = not row["stands"] and before is not None
        last = {**before.row, "modified": row["modified"]} if is_taken_back and before is not None else row
        held[key] = Said(last, row["stands"], named, first, before.first_seen if before else day)


def lay_over(wccis: State, old: State, told: Chronicle) -> State:
    """Return one state of all that came after RAISe: cofnod's rows where it has them, else WCCIS's."""
    if told.day is None:
        return wccis
    keys = {entity: _keys(entity, told.ids[entity], wccis) for entity in TABLES}
    state = State(told.day, first_day=wccis.first_day or told.day)
    state.superseded = {entity: set(numbers) for entity, numbers in wccis.superseded.items()}
    for entity in TABLES:
        state.ever[entity] = dict(wccis.ever[entity])
        state.rows[entity] = {key: dict(row, fresh=wccis.day) for key, row in wccis.rows[entity].items()}
    pairs = {name: _pairs(name, wccis, told, keys) for name in MATCHED}
    for entity in TABLES:
        _lay_entity(entity, state, wccis, old, told, keys, pairs)
    return state


def _keys(entity: str, ids: dict[str, Said], wccis: State) -> dict[str, str]:
    """Return for each id the key under which its fact stands: WCCIS's where it leads to one, else its own."""
    by_number: dict[str, str] = {}
    for key, row in wccis.ever[entity].items():
        if row["known_legacy"]:
            by_number.setdefault(row["known_legacy"], key[0] if isinstance(key, tuple) else key)

    def follow(key: str, seen: frozenset[str]) -> str:
        named = ids[key].named if key in ids else None
        if named is None:
            return key
        source, what = named
        if source == "wccis":
            return what
        if source == "raise":
            return by_number.get(what, key)
        return key if what in seen else follow(what, seen | {what})

    return {key: follow(key, frozenset({key})) for key in ids}


def _number(ids: dict[str, Said], key: str) -> str:
    """Return RAISe's number where a row leads to it through rows of its own system."""
    seen: set[str] = set()
    while key in ids and key not in seen:
        seen.add(key)
        named = ids[key].named
        if named is None or named[0] == "wccis":
            return ""
        if named[0] == "raise":
            return named[1]
        key = named[1]
    return ""


def _pairs(name: str, wccis: State, told: Chronicle, keys: dict[str, dict[str, str]]) -> dict[str, str]:
    """Match a key that the move gave anew: the first contents of a migrated row against the last of what it names."""
    pairs: dict[str, str] = {}
    for entity in MATCHED[name]:
        for key in sorted(told.ids[entity]):
            first = told.ids[entity][key].first
            before = wccis.ever[entity].get(keys[entity][key])
            if first and before and first[name] and before[name]:
                pairs.setdefault(first[name], before[name])
    return pairs


def _lay_entity(  # noqa: PLR0917  (one entity, and all that it stands among)
    entity: str,
    state: State,
    wccis: State,
    old: State,
    told: Chronicle,
    keys: dict[str, dict[str, str]],
    pairs: dict[str, dict[str, str]],
) -> None:
    ids = told.ids[entity]
    is_versioned = entity == "assessment"
    chosen: dict[str, tuple[Any, str]] = {}
    for key, said in ids.items():
        unified = keys[entity][key]
        for held in _keys_of(state.rows[entity], unified, is_versioned=is_versioned):
            if "laid" not in state.rows[entity][held]:
                del state.rows[entity][held]
        number = _number(ids, key)
        befores = [wccis.ever[entity][k] for k in _keys_of(wccis.ever[entity], unified, is_versioned=is_versioned)]
        numbers = {number, *(row["known_legacy"] for row in befores)} - {""}
        for found in numbers:
            state.superseded[entity] |= (
                {held for held in old.rows[entity] if held[0] == found} if is_versioned else {found}
            )
        is_void = said.row.get("status") == "VOID" and entity == "contact"
        rank = (said.stands, not is_void, str(said.row["modified"]), key)
        if unified in chosen and rank < chosen[unified][0]:
            continue
        chosen[unified] = (rank, key)
        before = befores[-1] if befores else None
        legacy = next(iter(sorted(numbers)), "")
        row = _as_wccis(entity, said, unified, legacy, before, told, keys, pairs)
        stored: Any = (unified, 1) if is_versioned else unified
        state.ever[entity][stored] = row
        if said.stands:
            state.rows[entity][stored] = row
        else:
            state.rows[entity].pop(stored, None)


def _keys_of(rows: dict[Any, Row], unified: str, *, is_versioned: bool) -> list[Any]:
    if not is_versioned:
        return [unified] if unified in rows else []
    return sorted(key for key in rows if key[0] == unified)


def _as_wccis(  # noqa: PLR0917  (one row, and all that it is told from)
    entity: str,
    said: Said,
    unified: str,
    legacy: str,
    before: Row | None,
    told: Chronicle,
    keys: dict[str, dict[str, str]],
    pairs: dict[str, dict[str, str]],
) -> Row:
    row: Row = dict.fromkeys(KINDS[entity])
    row |= {name: value for name, value in said.row.items() if name not in ("named", "stands")}
    for name, target in REFERENCES.items():
        if row.get(name):
            row[name] = keys[target].get(row[name], row[name])
    for name in MATCHED:
        if row.get(name):
            row[name] = pairs[name].get(row[name], row[name])
        elif name in row:
            row[name] = row[name] or ""
    for name, value in row.items():
        lost = isinstance(value, dt.datetime) and name not in ("modified", "created") and before is not None
        kept = before.get(name) if lost and before is not None else None
        if (
            kept is not None
            and to_london(value).time() == dt.time()
            and to_london(kept).date() == to_london(value).date()
        ):
            row[name] = kept
    is_void = entity == "contact" and row.get("status") == "VOID"
    row |= {"key": unified, "legacy": legacy, "known_legacy": legacy, "inactive": "1" if is_void else "0"}
    row |= {"first_seen": before["first_seen"] if before else said.first_seen, "fresh": told.day, "laid": True}
    if before is not None:
        row["created"] = before["created"]
    if entity == "mergedrecord":
        row["entity"] = "PERSON"
    if entity == "assessment":
        row["version"] = 1
    return row
