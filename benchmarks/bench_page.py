"""The page of the bench: what each part gave is kept as JSON; docs/performance.md and its drawings follow from it."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.bench_rows import Part, Row
from benchmarks.measured import MEASURED, machine, write_result
from csc_warehouse.reporting.report.drawings import Line, Point, lines
from csc_warehouse.reporting.report.formats.drawn import alone
from csc_warehouse.settings import PROJECT_DIRECTORY

KEPT = MEASURED / "bench.json"
PAGE = PROJECT_DIRECTORY / "docs" / "performance.md"
DRAWINGS = PROJECT_DIRECTORY / "docs" / "pictures"
BEGIN, END = "<!-- written from measured/bench.json -->", "<!-- end -->"


def keep(name: str, part: Part, load_before: float, path: Path = KEPT) -> None:
    """Put what a part measured beside what the others did, with the machine and its load meanwhile."""
    kept = read(path)
    kept[name] = {
        "machine": machine(),
        "load": [round(load_before, 1), round(os.getloadavg()[0], 1)],
        "day": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "rows": [asdict(row) for row in part.rows],
        "drawings": [asdict(drawing) for drawing in part.drawings],
    }
    write_result(path, dict(sorted(kept.items())))


def rows_of(kept: Mapping[str, Any]) -> list[Row]:
    """Return the rows of one part as they were kept."""
    return [Row(**{**row, "runs": tuple(row["runs"])}) for row in kept["rows"]]


def _number(value: float, unit: str) -> str:
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f} {unit}".replace(",", " ")


def cells(row: Row) -> list[str]:
    """Return a row's cells: what, the middle run and the spread, against what, the budget, whether it is met."""
    told = _number(row.median, row.unit)
    if len(row.runs) > 1:
        told += f" ({_number(min(row.runs), '').strip()} to {_number(max(row.runs), '').strip()}, {len(row.runs)} runs)"
    budget = "" if row.budget is None else f"{row.budget:g} {row.unit}"
    if row.moonshot is not None:
        budget += f" ({row.moonshot:g})"
    return [row.what, told, row.against, budget, row.verdict]


def table(kept: Mapping[str, Any], parts: Iterable[str]) -> str:
    """Return the page's part: of each part its machine and load, its table and its drawings, or that it was not run."""
    written = []
    for name in parts:
        if name not in kept:
            written.append(f"**{name}**: not run yet.")
            continue
        part = kept[name]
        lines_of_table = [
            "| what | measured | against | budget (moonshot) | |",
            "|---|---|---|---|---|",
            *(f"| {' | '.join(cells(row))} |" for row in rows_of(part)),
        ]
        before, after = part["load"]
        head = f"**{name}**, {part['day']}: {part['machine']}; load of the minute {before} before, {after} after."
        pictures = [f"![{drawing['title']}](pictures/bench-{drawing['name']}.svg)" for drawing in part["drawings"]]
        written.append("\n\n".join([head, "\n".join(lines_of_table), *pictures]))
    return "\n\n".join(written) + "\n"


def draw(kept: Mapping[str, Any], folder: Path = DRAWINGS) -> dict[Path, str]:
    """Return the drawings of what was kept, each as a file of its own."""
    made: dict[Path, str] = {}
    for part in kept.values():
        for drawing in part["drawings"]:
            drawn = [
                Line(
                    what,
                    [
                        Point(place, _number(value, "").strip(), value)
                        for place, value in zip(drawing["places"], values, strict=True)
                    ],
                )
                for what, values in drawing["lines"].items()
            ]
            svg = lines(f"bench-{drawing['name']}", drawing["title"], drawn, drawing["unit"])
            made[folder / f"bench-{drawing['name']}.svg"] = alone(str(svg)) + "\n"
    return made


def page_with_table(page: str, kept: Mapping[str, Any], parts: Iterable[str]) -> str:
    """Return the page with what was kept written anew; raise ValueError where it has no place for it."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("The page has no place for what the bench measured.")
    return f"{before}{begin}\n\n{table(kept, parts)}\n{end}{after}"


def read(path: Path = KEPT) -> dict[str, Any]:
    """Return what was kept, by part; nothing where no part has run."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def write(parts: Iterable[str]) -> None:
    """Write the page and its drawings from what was kept."""
    kept = read()
    for path, drawing in draw(kept).items():
        path.write_text(drawing, encoding="utf-8")
    PAGE.write_text(page_with_table(PAGE.read_text(encoding="utf-8"), kept, parts), encoding="utf-8")
