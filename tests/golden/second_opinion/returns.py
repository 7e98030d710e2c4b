"""The corporate returns: WRK01 to WRK03, FIN01, ADO01, ADO02 and FF01 (deliveries.md section 5)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from tests.golden.second_opinion.calendar import periods
from tests.golden.second_opinion.deliveries import Row
from tests.golden.second_opinion.formats import upper
from tests.golden.second_opinion.tally import Tally, Value, grouped

KINDS = {
    "hr_establishment": ("post_no", "team role fte status cover as_at"),
    "finance_monitor": ("heading", "budget_gbp projected_gbp planned_saving_gbp as_at"),
    "nwas_adopters": ("family_no", "authority applicant_type second_time stage on_hold as_at"),
    "nwas_children_waiting": ("child_ref", "authority age_years waiting_since status as_at"),
    "families_first": ("", "area organisation service commissioned start_date end_date as_at"),
}
LISTS = {
    "status": {"FILLED", "VACANT", "WAITING", "MATCHED", "LINK_UNDER_CONSIDERATION"},
    "cover": {"NONE", "AGENCY", "SUBSTANTIVE"},
    "applicant_type": {"GENERAL", "FOSTER_CARER", "PARTNER_OF_PARENT"},
    "second_time": {"Y", "N"},
    "on_hold": {"Y", "N"},
    "area": {"PARENTING", "DISABILITY", "YOUTH_SUPPORT", "TAC"},
    "commissioned": {"EXTERNAL", "INTERNAL"},
}
DAYS = {"as_at", "waiting_since", "start_date", "end_date"}
NEEDED = {"budget_gbp", "projected_gbp"}
NAMES = {"post_no", "team", "role", "heading", "family_no", "child_ref", "organisation", "service"}
TOTALS = {"total", "totals", "grand total", "sub-total", "subtotal", "sum", "cyfanswm", "is-gyfanswm"}
NUMBERS = {"fte", "budget_gbp", "projected_gbp", "planned_saving_gbp", "age_years"}


def _day(cell: Any) -> dt.date | None:
    if isinstance(cell, dt.datetime):
        return cell.date()
    text = str(cell or "").strip()
    if re.fullmatch(r"\d\d/\d\d/\d{4}", text):
        return dt.datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007
    return dt.date.fromisoformat(text[:10]) if text else None


def _lines(path: Path) -> list[list[Any]]:
    if path.suffix == ".csv":
        content = path.read_bytes()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", "replace")
        return list(csv.reader(io.StringIO(text, newline="")))
    import openpyxl

    sheet = openpyxl.load_workbook(path, data_only=True).worksheets[0]
    return [list(cells) for cells in sheet.iter_rows(values_only=True)]


def read_return(path: Path, kind: str) -> list[Row]:
    """Read one return: from the row that holds every required name to the first wholly empty one.

    Left out are rows of totals, of days after the return's own, without an amount that is needed, and doubled keys.
    """
    own_day = dt.date.fromisoformat(path.parent.name)
    key, columns = KINDS[kind]
    names = [name for name in (key, *columns.split()) if name]
    header: list[str] | None = None
    rows: list[Row] = []
    keys = set()
    for cells in _lines(path):
        said = [str(cell or "").strip().lower() for cell in cells]
        if header is None:
            header = said if set(names) <= set(said) else None
            continue
        if not any(said):
            break
        try:
            row = {name: _cell(name, cells[header.index(name)]) for name in names}
        except (ValueError, InvalidOperation, IndexError):
            continue
        if any(str(row[name] or "").rstrip(": ").lower() in TOTALS for name in NAMES & set(names)):
            continue
        if (row["as_at"] or own_day) > own_day or any(row[name] is None for name in NEEDED & set(names)):
            continue
        # families_first has no key: an organisation may offer a service twice
        parts = [row[name] for name in (key, "authority", "as_at") if name in names] if key else [len(rows)]
        if None in parts or tuple(parts) in keys:
            continue
        keys.add(tuple(parts))
        rows.append(row)
    return rows


def _cell(name: str, cell: Any) -> Any:
    if name in DAYS:
        return _day(cell)
    if name in NUMBERS:
        text = str("" if cell is None else cell).strip()
        return Decimal(text) if text else None
    text = str("" if cell is None else cell).strip()
    if name in ("post_no", "family_no", "child_ref"):
        return text or None
    code = upper(text)
    return code if code is None or name not in LISTS or code in LISTS[name] else "unknown"


def latest_by_day(exports: Path, kind: str, until: dt.date) -> dict[dt.date, list[Row]]:
    """Return a kind's returns by the day they speak of; of several the latest delivered stands."""
    found: dict[dt.date, list[Row]] = {}
    folders = sorted((exports / "corporate").iterdir()) if (exports / "corporate").is_dir() else []
    for folder in folders:
        if dt.date.fromisoformat(folder.name) > until:
            continue
        for path in sorted(folder.glob(f"{kind}_*")):
            by_day = defaultdict(list)
            rows = read_return(path, kind)
            for row in rows:
                by_day[row["as_at"] or dt.date.fromisoformat(folder.name)].append(row)
            # one without rows says nought for its folder's day
            found |= by_day or {dt.date.fromisoformat(folder.name): []}
    return {day: rows for day, rows in found.items() if day}


def write_returns(exports: Path, authority: str, as_at: dt.date, spellings: Mapping[str, str]) -> list[Value]:
    """Write every corporate figure, from the first return of its kind on."""

    def team(row: Row) -> str | None:
        return spellings.get(row["team"], row["team"])

    def pair(*names: Callable[[Row], Any]) -> Callable[[Row], str]:
        return lambda row: " | ".join(name(row) or "unknown" for name in names)

    values: list[Value] = []
    is_own = lambda row: row["authority"] == authority  # noqa: E731
    for kind in KINDS:
        returns = {day: rows for day, rows in latest_by_day(exports, kind, as_at).items() if day <= as_at}
        if not returns:
            continue
        tally = Tally(authority, periods(min(returns), as_at))
        for period in tally.periods():
            days = [day for day in returns if day <= period.until]
            if not days:
                continue
            day = max(days)
            rows = returns[day]
            if kind == "hr_establishment":
                vacant = [row for row in rows if row["status"] == "VACANT"]
                role = lambda row: row["role"]  # noqa: E731
                _count(tally, "WRK01", period, vacant, {"team": team, "role": role, "team_role": pair(team, role)})
                cover = lambda row: row["cover"]  # noqa: E731
                by_cover = {"cover": cover, "team_role": pair(team, role), "team_role_cover": pair(team, role, cover)}
                _count(tally, "WRK03", period, vacant, by_cover)
                covered = sum(row["cover"] in ("AGENCY", "SUBSTANTIVE") for row in vacant)
                tally.write("WRK02", period, covered, len(vacant))
            elif kind == "finance_monitor":
                _write_finance(tally, period, rows)
            elif kind == "nwas_adopters":
                _write_adopters(tally, period, [row for row in rows if row["stage"] == "ASSESSMENT"], is_own)
            elif kind == "nwas_children_waiting":
                _write_waiting(tally, period, list(filter(is_own, rows)), pair)
            else:
                going = [row for row in rows if row["end_date"] is None or row["end_date"] > day]
                groups = {name: lambda row, name=name: row[name] for name in ("area", "commissioned")}
                for group, members in grouped(going, groups).items():
                    tally.write("FF01", period, len({row["organisation"] for row in members} - {None}), None, group)
        values += tally.values
    return values


def _count(tally: Tally, code: str, period: Any, rows: list[Row], groups: Any) -> None:
    for group, members in grouped(rows, groups).items():
        tally.write(code, period, len(members), None, group)


def _write_adopters(tally: Tally, period: Any, rows: list[Row], is_own: Callable[[Row], bool]) -> None:
    groups = {name: lambda row, name=name: row[name] for name in ("applicant_type", "second_time", "on_hold")}
    _count(tally, "ADO01", period, rows, groups)
    own = list(filter(is_own, rows))
    for (name, value), members in grouped(own, {"type": lambda row: row["applicant_type"]}).items():
        label = "own_authority" if name == "all" else "own_authority_applicant_type"
        tally.write("ADO01", period, len(members), None, (label, value))


def _write_waiting(tally: Tally, period: Any, rows: list[Row], pair: Any) -> None:
    def age(row: Row) -> str | None:
        return None if row["age_years"] is None else "6+" if row["age_years"] >= 6 else "under 6"

    def status(row: Row) -> Any:
        return row["status"]

    waiting = [row for row in rows if row["status"] == "WAITING"]
    _count(tally, "ADO02", period, waiting, {"age": age})
    for group, members in grouped(rows, {"status": status, "age_status": pair(age, status)}).items():
        if group[0] != "all":
            tally.write("ADO02", period, len(members), None, group)


def _write_finance(tally: Tally, period: Any, rows: list[Row]) -> None:
    parts = []
    for row in rows:
        before = (row["projected_gbp"] or 0) - (row["budget_gbp"] or 0)
        parts.append((row["heading"], "VARIANCE BEFORE SAVING", before))
        parts.append((row["heading"], "PLANNED SAVING", -(row["planned_saving_gbp"] or 0)))
    groups = {
        "heading": lambda part: part[0],
        "component": lambda part: part[1],
        "heading_component": lambda part: f"{part[0] or 'unknown'} | {part[1]}",
    }
    for group, members in grouped(parts, groups).items():
        tally.write("FIN01", period, sum(part[2] for part in members), None, group)
