"""Faults of content: every file is well formed and agrees with its control, and what it says is wrong."""

from __future__ import annotations

import datetime as dt

from csc_warehouse.sample.faults import Target, fault
from csc_warehouse.sample.model import DAY
from csc_warehouse.sample.successor_tables import TEAMS, WORDS
from csc_warehouse.sample.successor_writer import SUCCESSOR
from csc_warehouse.sample.tables import WCCIS_CODES
from csc_warehouse.sample.written_deliveries import Sheet, shifted

_HOUR = dt.timedelta(hours=1)
_DATES = {
    "contact": ("received", "decided"),
    "assessment": ("referral_date", "start_date", "authorised_date"),
}


def _blank(target: Target, entity: str, *columns: str, share: float = 1.0) -> None:
    def change(sheet: Sheet) -> None:
        for row in sheet.whole_rows():
            if target.rng.random() < share:
                for column in columns:
                    row[sheet.place(column)] = ""

    target.edit(entity, change)


def _drop(target: Target, entity: str, share: float) -> None:
    def change(sheet: Sheet) -> None:
        sheet.rows = [row for row in sheet.rows if target.rng.random() >= share]

    target.edit(entity, change)


def _move(target: Target, entity: str, columns: tuple[str, ...], by: dt.timedelta, share: float = 1.0) -> None:
    def change(sheet: Sheet) -> None:
        for row in sheet.whole_rows():
            if target.rng.random() < share:
                for column in columns:
                    row[sheet.place(column)] = shifted(row[sheet.place(column)], by)

    target.edit(entity, change)


def _new_key(target: Target, sheet: Sheet) -> str:
    if sheet.source == "raise":
        return f"{target.rng.randrange(9_000_000, 9_800_000):07d}"
    digits = f"{target.rng.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _double(target: Target, entity: str, share: float) -> None:
    def change(sheet: Sheet) -> None:
        twins = []
        for row in sheet.whole_rows():
            if target.rng.random() < share:
                twin = list(row)
                twin[sheet.place(_KEYS[entity])] = _new_key(target, sheet)
                if sheet.has("legacyid"):
                    twin[sheet.place("legacyid")] = ""
                twins.append(twin)
        sheet.rows += twins

    target.edit(entity, change)


_KEYS = {"contact": "contact_no", "client": "client_no", "cp_registration": "registration_no"}


@fault("The contact table arrives with its header and no rows.")
def table_emptied(target: Target) -> None:
    """Empty the contacts."""
    _drop(target, "contact", 1.0)


@fault("A table too small for the guard against mass loss, the care leavers' checks, arrives empty.")
def small_table_emptied(target: Target) -> None:
    """Empty the care leavers' checks."""
    _drop(target, "care_leaver_check", 1.0)


@fault("A third of the children are missing; their facts are there.")
def third_of_children_missing(target: Target) -> None:
    """Drop clients."""
    _drop(target, "client", 1 / 3)


@fault("A third of the contacts are missing.")
def third_of_contacts_missing(target: Target) -> None:
    """Drop contacts."""
    _drop(target, "contact", 1 / 3)


@fault("One assessment in eight is missing: too few for the guard against mass loss.")
def eighth_of_assessments_missing(target: Target) -> None:
    """Drop assessments."""
    _drop(target, "assessment", 1 / 8)


@fault("Every contact and assessment date is a day late.")
def dates_shifted_by_a_day(target: Target) -> None:
    """Shift the days of contacts and assessments."""
    for entity, columns in _DATES.items():
        _move(target, entity, columns, DAY)


@fault("Contact times are an hour early, as if local time had been converted twice.")
def times_in_wrong_zone(target: Target) -> None:
    """Shift the times of contacts."""
    _move(target, "contact", _DATES["contact"], -_HOUR)


@fault("Day and month are swapped in the contacts' times where that gives a date.")
def day_and_month_swapped(target: Target) -> None:
    """Swap day and month."""

    def swapped(text: str) -> str:
        if len(text) < 10 or not text[:2].isdigit():
            return text
        if text[2] == "/":
            return text if int(text[:2]) > 12 else f"{text[3:5]}/{text[:2]}{text[5:]}"
        return text if int(text[8:10]) > 12 else f"{text[:5]}{text[8:10]}-{text[5:7]}{text[10:]}"

    def change(sheet: Sheet) -> None:
        for row in sheet.whole_rows():
            for column in _DATES["contact"]:
                row[sheet.place(column)] = swapped(row[sheet.place(column)].strip())

    target.edit("contact", change)


@fault("The codes of contact sources have moved up by one: police is health, health is education ...")
def code_list_remapped(target: Target) -> None:
    """Rotate the sources."""
    known = WCCIS_CODES["contact_source"]
    words = [word.upper() for word in WORDS["contact_source"]]
    lists = {"raise": list(known)[:10], "wccis": list(known.values())[:10], SUCCESSOR: words[:10]}

    def change(sheet: Sheet) -> None:
        codes = lists[sheet.source]
        turned = dict(zip(codes, [*codes[1:], codes[0]], strict=True))
        for row in sheet.whole_rows():
            code = row[sheet.place("source")].strip().upper()
            row[sheet.place("source")] = turned.get(code, code)

    target.edit("contact", change)


@fault("All contact outcomes carry codes that no list knows.")
def codes_unknown(target: Target) -> None:
    """Replace the outcomes."""

    def change(sheet: Sheet) -> None:
        for row in sheet.whole_rows():
            if row[sheet.place("outcome")].strip():
                row[sheet.place("outcome")] = "55" if sheet.source == "wccis" else "NEW"

    target.edit("contact", change)


@fault("The assessment team has a new name that no mapping knows.")
def team_renamed(target: Target) -> None:
    """Rename the team AIT."""

    def change(sheet: Sheet) -> None:
        for row in sheet.whole_rows():
            if row[sheet.place("team")].strip().upper() in ("AIT", TEAMS["AIT"].upper()):
                row[sheet.place("team")] = "Children's Assessment Hub"

    for entity in ("assessment", "contact", "plan"):
        target.edit(entity, change)


@fault("A quarter of the contacts arrive a second time under new keys.")
def contacts_duplicated(target: Target) -> None:
    """Double contacts."""
    _double(target, "contact", 0.25)


@fault("One child in five has a second client row under a new key.")
def children_duplicated(target: Target) -> None:
    """Double clients."""
    _double(target, "client", 0.2)


@fault("Every registration is there twice, under new keys.")
def registrations_duplicated(target: Target) -> None:
    """Double registrations."""
    _double(target, "cp_registration", 1.0)


@fault("Half of the contacts have lost their time of decision.")
def decisions_blanked(target: Target) -> None:
    """Blank decisions."""
    _blank(target, "contact", "decided", share=0.5)


@fault("Every decision reads as midnight, as after a migration.")
def decisions_at_midnight(target: Target) -> None:
    """Lose the time of day."""

    def change(sheet: Sheet) -> None:
        place = sheet.place("decided")
        for row in sheet.whole_rows():
            text = row[place].strip()
            if text:
                row[place] = f"{text[:10]} 00:00" if sheet.source == "raise" else f"{text[:10]}T00:00:00Z"

    target.edit("contact", change)


@fault("A third of the contacts were decided before they were received.")
def decided_before_received(target: Target) -> None:
    """Move decisions before receipt."""
    _move(target, "contact", ("decided",), -9 * DAY, share=1 / 3)


@fault("Nobody says any more whether the child was seen.")
def seen_blanked(target: Target) -> None:
    """Blank the seen columns."""
    _blank(target, "assessment", "child_seen", "child_seen_alone")


@fault("A fifth of the assessments have lost their day of referral.")
def referral_dates_blanked(target: Target) -> None:
    """Blank referral days."""
    _blank(target, "assessment", "referral_date", share=0.2)


@fault("A fifth of the assessments were authorised before their referral.")
def authorised_before_referral(target: Target) -> None:
    """Move authorisations."""
    _move(target, "assessment", ("authorised_date",), -400 * DAY, share=0.2)


@fault("One contact in ten was received in the future.")
def contacts_in_the_future(target: Target) -> None:
    """Move contacts forward."""
    _move(target, "contact", _DATES["contact"], 1500 * DAY, share=0.1)


@fault("Every contact has a new key: the old ones have vanished.")
def keys_renumbered(target: Target) -> None:
    """Replace the keys."""

    def change(sheet: Sheet) -> None:
        for row in sheet.whole_rows():
            row[sheet.place("contact_no")] = _new_key(target, sheet)

    target.edit("contact", change)


@fault("Half of the contacts point at clients that nobody knows.")
def links_broken(target: Target) -> None:
    """Break references."""

    def change(sheet: Sheet) -> None:
        for row in sheet.whole_rows():
            if target.rng.random() < 0.5:
                row[sheet.place("client_no")] = _new_key(target, sheet)

    target.edit("contact", change)


@fault("Migrated rows no longer say which row of the earlier system they were.")
def legacy_links_lost(target: Target) -> None:
    """Blank the legacyid of contacts and assessments."""
    for entity in ("contact", "assessment", "client"):
        _blank(target, entity, "legacyid")


@fault("The merges of doubled children are gone.")
def merges_lost(target: Target) -> None:
    """Empty mergedrecord."""
    _drop(target, "mergedrecord", 1.0)


@fault("Nobody says for which authority a child is placed here: other authorities' children count as own.")
def responsible_authority_lost(target: Target) -> None:
    """Blank the responsible authority."""
    _blank(target, "client", "resp_la")


@fault("Nine in ten dates of birth are gone.")
def births_lost(target: Target) -> None:
    """Blank dates of birth."""
    _blank(target, "client", "dob", share=0.9)


@fault("Reviews no longer say when they were held.")
def reviews_unheld(target: Target) -> None:
    """Blank the held days."""
    _blank(target, "review", "held_date")


@fault("Plans have lost their end: every plan that ever was is open again.")
def plans_reopened(target: Target) -> None:
    """Blank the ends of plans."""
    _blank(target, "plan", "end_date", "end_reason")


@fault("Episodes have lost their end: every child that ever was looked after still is.")
def episodes_without_end(target: Target) -> None:
    """Blank the ends of episodes."""
    _blank(target, "lac_episode", "end_date", "end_reason")


@fault("Soft-deleted contacts are alive again.")
def deleted_contacts_returned(target: Target) -> None:
    """Set contacts active."""

    def change(sheet: Sheet) -> None:
        alive_in = {"raise": ("status", "ACTIVE"), "wccis": ("inactive", "0"), SUCCESSOR: ("status", "live")}
        column, alive = alive_in[sheet.source]
        for row in sheet.whole_rows():
            row[sheet.place(column)] = alive

    target.edit("contact", change)


@fault("All contacts come from the police.")
def all_from_police(target: Target) -> None:
    """Overwrite the source."""

    def change(sheet: Sheet) -> None:
        for row in sheet.whole_rows():
            row[sheet.place("source")] = {"raise": "POL", "wccis": "1", SUCCESSOR: "police"}[sheet.source]

    target.edit("contact", change)
