"""The table of docs/performance.md on all Wales, written from what benchmarks.all_wales measured."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measured import MEASURED, NOT_RUN
from csc_warehouse.settings import PROJECT_DIRECTORY

JSON = MEASURED / "all_wales.json"
PAGE = PROJECT_DIRECTORY / "docs" / "performance.md"
WALES = (22, 10)
FIRST_NIGHT_SECONDS = 30 * 60
DELTAS_SECONDS = 5 * 60
MOST_MIB = 8 * 1024
WRITING = "writing the exports"
DELTAS = "night of deltas"
_PLACE = re.compile(r"(<!-- written from measured/all_wales.json -->\n).*?(<!-- end -->)", re.DOTALL)


def table(result: Mapping[str, Any]) -> str:
    """Return what each size took, step by step, a column for each; what of a size was not reached is told below it."""
    runs: Sequence[Mapping[str, Any]] = result["runs"]
    names = list(dict.fromkeys(step["what"] for run in runs for step in run["steps"]))
    headings = ["", *(_size(run) for run in runs), "budget"]
    rows = [[name, *(_step(run, name) for run in runs), ""] for name in names]
    rows += [
        ["**first load, build, check and publication**", *(_night(run, is_first=True) for run in runs), "1 800 s"],
        ["**the night of deltas**", *(_night(run, is_first=False) for run in runs), "300 s"],
        ["memory at the most, of it the server's", *(_memory(run) for run in runs), "8 192 MiB"],
    ]
    rows += [[name, *(_count(run, name) for run in runs), ""] for name in _names(runs, "counts")]
    rows += [
        ["authorities published, held", *(_published(run) for run in runs), ""],
        ["database after the first night, of it landing", *(_disk(run, "database", "landing") for run in runs), ""],
        ["database and archive for each authority and year", *(_disk_each(run) for run in runs), ""],
    ]
    rows += [[f"asked: {name}", *(_asked(run, name) for run in runs), ""] for name in _names(runs, "questions")]
    lines = [headings, ["---"] * len(headings), *rows]
    text = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    return "\n".join([text, *(f"{sentence}\n" for run in runs for sentence in _told(run)), *_not_run(runs)])


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


def _size(run: Mapping[str, Any]) -> str:
    return f"{run['authorities']} authorities, {run['years']} years"


def _names(runs: Sequence[Mapping[str, Any]], part: str) -> list[str]:
    return list(dict.fromkeys(name for run in runs for name in run.get(part, {})))


def _step(run: Mapping[str, Any], name: str) -> str:
    found = next((step for step in run["steps"] if step["what"] == name), None)
    if found is None:
        return "-"
    busy = f" ({_number(found['processor_seconds'])})" if "processor_seconds" in found else ""
    return f"{_number(found['seconds'])} s{busy}, {_number(found['peak_mib'])} MiB"


def _night(run: Mapping[str, Any], *, is_first: bool) -> str:
    """Return the seconds of a night, and whether its budget was kept; a night that broke off has none."""
    if "is_whole" not in run and not (is_first and "published" in run):
        return "-"
    budget = FIRST_NIGHT_SECONDS if is_first else DELTAS_SECONDS
    steps = [step for step in run["steps"] if step["what"] != WRITING]
    seconds = sum(step["seconds"] for step in steps if step["what"].startswith(DELTAS) != is_first)
    return f"{_number(seconds)} s ({'kept' if seconds <= budget else 'not met'})"


def _memory(run: Mapping[str, Any]) -> str:
    steps = [step for step in run["steps"] if step["what"] != WRITING]
    if not steps:
        return "-"
    most = max(step["peak_mib"] for step in steps)
    kept = "kept" if most <= MOST_MIB else "not met"
    return f"{_number(most)} MiB, {_number(max(step['server_mib'] for step in steps))} ({kept})"


def _count(run: Mapping[str, Any], name: str) -> str:
    return _number(run["counts"][name]) if name in run.get("counts", {}) else "-"


def _published(run: Mapping[str, Any]) -> str:
    return f"{run['published']}, {run['held']}" if "published" in run else "-"


def _disk(run: Mapping[str, Any], *names: str) -> str:
    return " MiB, ".join(_number(run["disk"][name]) for name in names) + " MiB" if "disk" in run else "-"


def _disk_each(run: Mapping[str, Any]) -> str:
    if "disk" not in run:
        return "-"
    total = run["disk"]["database"] + run["disk"]["archive"]
    return f"{_number(total / (run['authorities'] * max(run['years'], 1)))} MiB"


def _asked(run: Mapping[str, Any], name: str) -> str:
    return f"{_number(run['questions'][name])} ms" if name in run.get("questions", {}) else "-"


def _told(run: Mapping[str, Any]) -> list[str]:
    """Return the sentences below the table: on what it ran, what was slowest, and where it broke off."""
    told = [f"{_size(run)}: {run['machine']}."]
    if run["nodes"]:
        slowest = ", ".join(f"`{node['name']}` {_number(node['seconds'])} s" for node in run["nodes"])
        told.append(f"Its slowest models and tests, of {_number(run['node_seconds'])} s of all: {slowest}.")
    if "broke_off" in run:
        told.append(f"It broke off at {run['broke_off']}")
    elif "is_whole" not in run:
        told.append("It was stopped before its end.")
    return [" ".join(told)]


def _not_run(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    if any((run["authorities"], run["years"]) == WALES and "is_whole" in run for run in runs):
        return []
    return ["22 authorities with ten years have not been run to their end.\n"]


def page_with_table(page: str, path: Path = JSON) -> str:
    """Return the page with its table written anew; raise ValueError where it has no place for it."""
    text = table(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else NOT_RUN
    place = _PLACE.search(page)
    if place is None:
        raise ValueError("The page has no place for the table of all_wales.")
    return f"{page[: place.start()]}{place[1]}\n{text}\n{place[2]}{page[place.end() :]}"


def write_page() -> None:
    """Write the table of docs/performance.md from what was measured."""
    PAGE.write_text(page_with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write_page()
