"""A second reading of the exports, apart from the pipeline and the generator, to count the published figures."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
Row = dict[str, str]
Day = dt.date | None
HOME = "W06000006"
WCCIS = {
    "source": {"1": "POL"},
    "outcome": {"1": "IAA", "2": "ASS", "3": "OPEN", "4": "NFA"},
    "status": {"1": "OPEN", "2": "COMPLETE", "3": "CANCELLED"},
    "seen": {"1": "Y", "0": "N", "2": "NA"},
    "review": {"1": "PLANNED", "2": "HELD", "3": "CANCELLED"},
    "plan": {"1": "CASP", "2": "CP", "3": "LAC"},
}


def key(text: str) -> str:
    return text.strip().lstrip("0")


@cache
def local_date(text: str) -> dt.date | None:
    text = text.strip()[:10]
    if not text or text == "01/01/1900":
        return None
    return dt.datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=LONDON).date()


@cache
def local_time(text: str) -> dt.datetime | None:
    text = text.strip()
    if not text or text.startswith("01/01/1900"):
        return None
    # Ambiguous means GMT (fold 1), except that a time in the spring gap takes the offset before it (fold 0).
    first = dt.datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=LONDON)
    return first if first.astimezone(dt.UTC).astimezone(LONDON) != first else first.replace(fold=1)


@cache
def iso_date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text.strip()[:10]) if text.strip() else None


def utc_time(text: str) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text.strip().replace("Z", "+00:00")).astimezone(LONDON) if text.strip() else None


def rows_of(text: str) -> list[Row]:
    """Return the rows that have as many fields as the header."""
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip().lower() for name in next(reader)]
    return [dict(zip(header, row, strict=True)) for row in reader if len(row) == len(header)]


def _is_readable(row: Row, source: str) -> bool:
    for name, value in row.items():
        try:
            if source == "raise":
                if name in {"received", "decided", "recorded"}:
                    local_time(value)
                elif name == "dob" or name.endswith("_date"):
                    local_date(value)
            elif name.endswith("datetime"):
                utc_time(value)
            elif name.endswith("date"):
                iso_date(value)
        except ValueError:
            return False
    return "\x81" not in "".join(row.values())


def latest_raise(exports: Path, as_at: dt.date) -> dict[str, dict[str, Row]]:
    """Return RAISe's last delivery up to a day: by entity, the first readable row of each key."""
    days = [path for path in (exports / "raise").iterdir() if dt.date.fromisoformat(path.name) <= as_at]
    state: dict[str, dict[str, Row]] = {}
    for path in max(days).glob("RAISE_*.csv"):
        entity = path.stem.removeprefix("RAISE_").rsplit("_", 1)[0].lower()
        if entity == "control":
            continue
        text = path.read_bytes().decode("cp1252", errors="replace").replace("\ufffd", "\x81")
        table = state.setdefault(entity, {})
        for row in rows_of(text):
            names = list(row)
            number = key(row[names[0]]) + (f"|{row['version_no'].strip()}" if entity == "assessment" else "")
            if key(row[names[0]]) and _is_readable(row, "raise"):
                table.setdefault(number, row)
    return state


def latest_wccis(
    exports: Path, authority: str, as_at: dt.date, entities: frozenset[str]
) -> tuple[dict[str, dict[str, Row]], dict[str, set[str]]]:
    """Return WCCIS's state up to a day, each full replacing and each delta adding, and every legacyid ever sent."""
    state: dict[str, dict[str, Row]] = {}
    superseded: dict[str, set[str]] = {}
    folder = exports / "wccis" / authority
    days = sorted(path.name for path in folder.iterdir() if path.name <= as_at.isoformat())
    fulls = [day for day in days if day == days[0] or dt.date.fromisoformat(day).weekday() == 6]
    # The first full names every migrated row; the last one and the deltas after it are how the system stands.
    for day in [*days[:1], *(day for day in days[1:] if day >= fulls[-1])]:
        with zipfile.ZipFile(next((folder / day).glob("*.zip"))) as archive:
            manifest = json.loads(archive.read("manifest.json"))
            for member in manifest["files"]:
                entity = member["name"].removesuffix(".csv")
                if entity not in entities:
                    continue
                table = {} if manifest["extract_type"] == "full" else state.setdefault(entity, {})
                for row in rows_of(archive.read(member["name"]).decode("utf-8-sig")):
                    first = next(name for name in row if name == f"{entity}id")
                    number = row[first].lower() + (f"|{row['versionnumber']}" if entity == "caseform" else "")
                    if row[first] and row["owningauthority"] == authority and _is_readable(row, "wccis"):
                        table[number] = row
                        if row["legacyid"]:
                            # Once superseded, a RAISe row stays superseded, whatever becomes of its successor.
                            superseded.setdefault(entity, set()).add(key(row["legacyid"]))
                state[entity] = table
    return state, superseded


class Council:
    """Contacts, assessments and reviews of one authority as at a day, each fact once."""

    def __init__(self, exports: Path, as_at: dt.date) -> None:
        self.as_at = as_at
        self.old = latest_raise(exports, as_at)
        self.new, self.superseded = latest_wccis(exports, HOME, as_at, frozenset({"person", "contact", "caseform"}))
        self.responsible = {
            key(row["client_no"]): row["resp_la"].strip().upper() for row in self.old.get("client", {}).values()
        } | {
            row["personid"].lower(): row["responsibleauthority"].strip().upper()
            for row in self.new.get("person", {}).values()
        }

    def is_own(self, child: str) -> bool:
        return self.responsible.get(child, "") in {"", HOME}

    def contacts(self) -> list[tuple[dt.datetime, str, dt.datetime | None]]:
        """Return received, source and decision of each valid contact."""
        found = []
        gone = self.superseded.get("contact", set())
        for number, row in self.old["contact"].items():
            received = local_time(row["received"])
            if number not in gone and row["status"].strip().upper() != "VOID" and received is not None:
                found.append((received, row["source"].strip().upper(), local_time(row["decided"])))
        latest: dict[str, Row] = {}
        for number, row in self.new.get("contact", {}).items():
            link = key(row["legacyid"]) or number
            if link not in latest or row["modifiedon"] > latest[link]["modifiedon"]:
                latest[link] = row
        for row in latest.values():
            if row["inactive"] == "1":
                continue
            received = utc_time(row["contactreceiveddatetime"])
            decided = utc_time(row["decisiondatetime"])
            before = self.old["contact"].get(key(row["legacyid"])) if row["legacyid"].strip() else None
            if before is not None:
                received = self._repaired(received, local_time(before["received"]))
                decided = self._repaired(decided, local_time(before["decided"]))
            assert received is not None
            found.append((received, WCCIS["source"].get(row["contactsourceid"], "other"), decided))
        end = dt.datetime.combine(self.as_at + dt.timedelta(days=1), dt.time(), LONDON)
        return [each for each in found if each[0] < end]

    @staticmethod
    def _repaired(new: dt.datetime | None, old: dt.datetime | None) -> dt.datetime | None:
        if new is not None and old is not None and new.time() == dt.time() and new.date() == old.date():
            return old
        return new

    def assessments(self) -> list[dict[str, Any]]:
        """Return own children's assessments: first authorised version, or the highest one still open."""
        versions: dict[str, list[dict[str, Any]]] = {}
        gone = self.superseded.get("caseform", set())
        for number, row in self.old["assessment"].items():
            base, version = number.split("|")
            if base not in gone:
                versions.setdefault(base, []).append(
                    {
                        "version": int(version),
                        "referral": local_date(row["referral_date"]),
                        "authorised": local_date(row["authorised_date"]),
                        "status": row["status"].strip().upper(),
                        "seen": row["child_seen"].strip().upper(),
                        "team": row["team"].strip().upper(),
                        "own": self.is_own(key(row["client_no"])),
                    }
                )
        for number, row in self.new.get("caseform", {}).items():
            base, version = number.split("|")
            if row["inactive"] != "1":
                versions.setdefault(base, []).append(
                    {
                        "version": int(version),
                        "referral": iso_date(row["referraldate"]),
                        "authorised": iso_date(row["signedoffdate"]),
                        "status": WCCIS["status"].get(row["assessmentstatusid"], "unknown"),
                        "seen": WCCIS["seen"].get(row["childseen"], ""),
                        "team": row["ownerid_cwname"].strip().upper(),
                        "own": self.is_own(row["personid"].lower()),
                    }
                )
        found = []
        for group in versions.values():
            alive = sorted((each for each in group if each["status"] != "CANCELLED"), key=lambda each: each["version"])
            done = [each for each in alive if each["authorised"] is not None and each["authorised"] <= self.as_at]
            if alive and (done[0] if done else alive[-1])["own"]:
                found.append(done[0] if done else alive[-1] | {"authorised": None})
        return found
