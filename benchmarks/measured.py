"""What trials of reliability measured, kept as JSON, and the tables of docs/reliability.md that are written from it."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from csc_warehouse.settings import PROJECT_DIRECTORY

MEASURED = PROJECT_DIRECTORY / "docs" / "measured"
PAGE = PROJECT_DIRECTORY / "docs" / "reliability.md"
NOT_RUN = "Not run yet.\n"
SHOWN_NIGHTS = 10
_PART = r"(<!-- written from measured/{name}.json -->\n).*?(<!-- end -->)"
_WORDS = {
    "seconds": "seconds of a night",
    "process_mib": "memory of the nightly process",
    "server_mib": "memory of the server's processes",
    "connections": "connections left open",
    "open_files": "open files of the process",
    "relations": "relations in the database, apart from the blocks of releases",
    "built_mib": "database without landing",
    "home_files_added": "files added to the home in a night",
}


def write_result(path: Path, result: Mapping[str, Any]) -> None:
    """Write what was measured as JSON, whole or not at all: a run that is stopped goes on from it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".new")
    partial.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def machine() -> str:
    """Return on what it was measured, in a few words: processors, memory, system, and the load before."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{os.cpu_count()} processors, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()},"
        f" load {os.getloadavg()[2]:.1f}"
    )


def _table(headings: list[str], rows: list[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def soak_table(result: Mapping[str, Any]) -> str:
    """Return what a soak measured: nights picked over its length, what grew, and what readers saw."""
    nights = result["nights"]
    step = max(1, len(nights) // SHOWN_NIGHTS)
    picked = [*nights[::step], *([] if (len(nights) - 1) % step == 0 else [nights[-1]])]
    columns = {
        "night": "night", "s": "seconds", "database, MiB": "database_mib", "landing, MiB": "landing_mib",
        "log, MiB": "wal_mib", "archive, MiB": "archive_mib", "files of the home": "home_files",
        "process, MiB": "process_mib", "server, MiB": "server_mib", "connections": "connections",
        "open files": "open_files", "relations": "relations", "of blocks": "partitions",
    }  # fmt: skip
    measured = _table(
        list(columns), [[f"{night[name]:,.0f}".replace(",", " ") for name in columns.values()] for night in picked]
    )
    grown = _table(
        ["last third of the nights over the second", "ratio of medians"],
        [[_WORDS[name], f"{ratio:.2f}"] for name, ratio in result["growth"].items()],
    )
    readers = _table(
        ["readers", "answers", "releases seen", "errors, empty or mixed answers"],
        [
            [
                reader["isolation"].replace("_", " "),
                str(reader["answers"]),
                str(reader["releases"]),
                "; ".join(f"{what}: {count}" for what, count in reader["faults"].items()) or "none",
            ]
            for reader in result["readers"]
        ],
    )
    published = sum(1 for night in nights if night["published"])
    told = (
        f"{len(nights)} nights of the {result['asked_nights']} asked for, {published} published, a council of"
        f" {result['scale']:.0%} of Wrexham's size, the newest {result['kept_releases']} releases kept;"
        f" {result['machine']}.\n"
    )
    judged = grown if result["growth"] else "Too few nights to say what grows.\n"
    return "\n".join((told, measured, judged, readers))


def recovery_table(result: Mapping[str, Any]) -> str:
    """Return what a recovery brought back, how much was lost and how long it took."""
    told = f"A council of {result['scale']:.0%} of Wrexham's size; {result['machine']}.\n"
    rows = [[name, str(value)] for name, value in result["measured"].items()]
    return "\n".join((told, _table(["recovery", "measured"], rows)))


def chaos_table(result: Mapping[str, Any]) -> str:
    """Return what was struck how often, and what became of the nights in which it was."""
    nights = result["nights"]
    tallies: dict[str, list[int]] = {}
    for night in nights:
        for strike in night["strikes"]:
            found = tallies.setdefault(strike["kind"], [0] * 5)
            outcomes = (
                True,
                bool(strike["tasks"]),
                strike["tried_again"],
                bool(night["differences"]),
                bool(night["red"]),
            )
            tallies[strike["kind"]] = [count + bool(outcome) for count, outcome in zip(found, outcomes, strict=True)]
    total = sum(len(night["strikes"]) for night in nights)
    told = (
        f"{total} strikes of the {result['asked']} asked for, in {len(nights)} nights; seed {result['seed']}; an"
        f" undisturbed night took {result['undisturbed_seconds']} s; {result['machine']}.\n"
    )
    table = _table(
        ["what", "times", "with a task under way", "it was tried again", "other figures", "a person was needed"],
        [[kind, *(str(count) for count in counts)] for kind, counts in sorted(tallies.items())],
    )
    wrong = [
        f"- Night {number}: {', '.join([*night['differences'], *night['red']])}.\n"
        for number, night in enumerate(nights, start=1)
        if night["differences"] or night["red"]
    ]
    return "\n".join((told, table, *(["".join(wrong)] if wrong else [])))


def councils_table(result: Mapping[str, Any]) -> str:
    """Return what became of two nights of many authorities, of those that were set apart, and of the bounds."""
    first, second = result["nights"]
    told = (
        f"{result['authorities']} authorities of {result['scale']:.0%} of their size, two workers of two tasks each;"
        f" {result['machine']}.\n"
    )
    rows = [
        ["seconds", "seconds"],
        ["the same in one process, seconds", "seconds_in_one_process"],
        ["tasks", "tasks"],
        ["of them tried again", "tried_again"],
        ["landings, an authority and source each", "landings"],
        [f"landings at once, at the most (the pool holds {result['places']})", "landings_at_once"],
        [f"memory of everything together at the most, MiB (bound: {result['most_mib']:,})", "memory_together"],
    ]
    nights = _table(
        ["", "first night: fulls", "second night: deltas"],
        [[what, *(f"{night[name]:,}" for night in (first, second))] for what, name in rows]
        + [["red tasks", *(", ".join(night["red"]) or "none" for night in (first, second))]]
        + [["relations unlike those of one process", *(str(len(night["differences"])) for night in (first, second))]],
    )
    memory = _table(
        ["memory at the most, MiB", "first night", "second night"],
        [[part, *(f"{night['memory'].get(part, 0):,}" for night in (first, second))] for part in second["memory"]],
    )
    apart = _table(
        ["second night of", "its delivery was", "readers see", "its figures", "what is said"],
        [
            [
                row["authority"],
                row["how"],
                f"as at {row['as_at']}",
                "as before" if row["are_figures_kept"] else "other than before",
                " ".join(row["said"]) or "nothing but that day",
            ]
            for row in result["set_apart"]
        ],
    )
    others = f"The other {result['published']} were published with that night's day.\n"
    wrong = "".join(f"- {fault}\n" for fault in result["faults"])
    return "\n".join((told, nights, apart, others, memory, *([wrong] if wrong else [])))


TABLES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "chaos": chaos_table,
    "soak": soak_table,
    "recovery": recovery_table,
    "councils": councils_table,
}


def page_with_tables(page: str, folder: Path = MEASURED) -> str:
    """Return a page with each of its tables written anew from what was measured; raise ValueError where one lacks."""
    for name, table in TABLES.items():
        path = folder / f"{name}.json"
        text = table(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else NOT_RUN
        place = re.search(_PART.format(name=name), page, re.DOTALL)
        if place is None:
            raise ValueError(f"The page has no place for the table of {name}.")
        page = f"{page[: place.start()]}{place[1]}\n{text}\n{place[2]}{page[place.end() :]}"
    return page


def write_page() -> None:
    """Write the tables of docs/reliability.md from what was measured."""
    PAGE.write_text(page_with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write_page()
