"""The names of codes and the list of teams: validated before a build loads them."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from csc_warehouse.contracts.check import all_contracts
from csc_warehouse.errors import CscWarehouseError, nearest, shown

LABELS = "code_labels.csv"
TEAMS = "teams.csv"
UNKNOWN = "unknown"
"""The member that stands for none and for an unlisted code: every dimension has it, and no list does."""
LEVELS = ("team", "service", "head_of_service")
"""Levels of management, the lowest first."""


def check(seeds: Path) -> None:
    """Compare the names of codes with the contracts' lists, and look for teams that are listed twice.

    seeds: the folder of the dbt project's seeds, with the overlay in them. Raises CscWarehouseError with one sentence
    for the first code that a list has and the file does not name (or the other way round), that is named twice, or
    without a title in both languages; and for a team without a name, service or level.
    """
    fault = next(faults_of_labels(_rows(seeds / LABELS), listed_codes()), None)
    fault = fault or next(faults_of_teams(_rows(seeds / TEAMS)), None)
    if fault is not None:
        raise CscWarehouseError(f"The dimensions cannot be built: {fault} Correct it, and build again.")


def listed_codes() -> dict[str, set[str]]:
    """Return the canonical codes of every list of the contracts, whichever source sends them."""
    codes: dict[str, set[str]] = defaultdict(set)
    for contract in all_contracts().values():
        for name, entries in contract.code_lists.items():
            codes[name] |= {entry.means for entry in entries}
    return codes


def faults_of_labels(rows: Iterable[Mapping[str, str]], listed: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield a sentence for each fault of the names of codes; listed: the codes of each list of the contracts."""
    named: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        list_name, code = row["list_name"], row["code"]
        place = f"{LABELS}, code {shown(code)} of {shown(list_name)}:"
        named[list_name][code] += 1
        if list_name not in listed:
            meant = nearest(list_name, sorted(listed))
            yield f"{place} no contract has a list of that name{f'; did you mean {meant}?' if meant else '.'}"
        elif code not in listed[list_name]:
            yield f"{place} no contract lists it, so no record has it."
        elif not row["title"].strip() or not row["title_cy"].strip():
            yield f"{place} it has no title in English and Welsh."
        elif not row["sort_order"].isdecimal():
            yield f"{place} its sort_order is no whole number."
        elif named[list_name][code] == 2:
            yield f"{place} it is named twice."
    for list_name, codes in named.items():
        for code in sorted(listed.get(list_name, set()) - set(codes)):
            yield f"{LABELS} has no row for the code {shown(code)} of {list_name}, which a contract lists."


def faults_of_teams(rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Yield a sentence for each fault of the list of teams."""
    times: Counter[tuple[str, str]] = Counter()
    for row in rows:
        place = f"{TEAMS}, team {shown(row['team_code'])} of {shown(row['authority_code'])}:"
        times[row["authority_code"], row["team_code"]] += 1
        if times[row["authority_code"], row["team_code"]] == 2:
            yield f"{place} it is listed twice."
        if not row["team_name"].strip() or not row["service_name"].strip():
            yield f"{place} it has no name or no service."
        if row["level_of_management"] not in LEVELS:
            yield f"{place} its level_of_management is none of {', '.join(LEVELS)}."
        if row["team_code"].casefold() == UNKNOWN:
            yield f"{place} that is what stands for no team."


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
