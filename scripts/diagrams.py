"""Draw docs/diagrams from the code: the rooms and their arrows from the imports, the star from the models' YAML."""

from __future__ import annotations

import argparse
import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml

from csc_warehouse.commands.console import ERROR, OUT, speak_utf8
from csc_warehouse.publication.marts import FOREIGN_KEYS
from csc_warehouse.settings import PROJECT_DIRECTORY

FOLDER = PROJECT_DIRECTORY / "docs" / "diagrams"
PACKAGE = PROJECT_DIRECTORY / "src" / "csc_warehouse"
CORE = PROJECT_DIRECTORY / "dbt_project" / "models" / "marts" / "core"
ABOVE = ("dags", "cli", "commands", "nightly", "stewardship", "upkeep")
"""What brings rooms together: drawn as one bar over them."""
BELOW = ("settings", "configuration", "errors", "lined_yaml", "processors", "rounding")
"""What every room stands on: drawn as one bar under them."""
INKS = ("#1f5fa8", "#a8421f", "#2b7a3d", "#7a3d8f", "#8a6a12", "#1d7a80", "#a3285f", "#4f5b66")

Arrows = dict[str, set[str]]


@dataclass(frozen=True)
class Box:
    """A rectangle with lines of text; the first is its name."""

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    ink: str = "#333333"

    def svg(self) -> str:
        """Return the rectangle and its text, centred."""
        middle, first = self.x + self.width / 2, self.y + self.height / 2 - 7 * (len(self.lines) - 1) + 4
        texts = "".join(
            f'<text x="{middle:g}" y="{first + 14 * number:g}" font-size="{12 if number == 0 else 10}"'
            f' font-weight="{600 if number == 0 else 400}" fill="#1a1a1a">{escape(line)}</text>\n'
            for number, line in enumerate(self.lines)
        )
        return (
            f'<rect x="{self.x:g}" y="{self.y:g}" width="{self.width:g}" height="{self.height:g}" rx="5"'
            f' fill="#ffffff" stroke="{self.ink}" stroke-width="1.4"/>\n{texts}'
        )


def picture(width: float, height: float, title: str, about: str, parts: Iterable[str]) -> str:
    """Return a whole SVG file that needs nothing beside it; white behind, so that it reads on a dark page too."""
    heads = "".join(
        f'<marker id="head{number}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
        f' orient="auto"><path d="M0 0L8 4L0 8z" fill="{ink}"/></marker>\n'
        for number, ink in enumerate(INKS)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
        f' height="{height:g}" role="img" font-family="sans-serif" text-anchor="middle">\n'
        f"<title>{escape(title)}</title>\n<desc>{escape(about)}</desc>\n"
        f'<defs>\n{heads}</defs>\n<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>\n'
        f"{''.join(parts)}</svg>\n"
    )


def arrow(start: tuple[float, float], end: tuple[float, float], number: int, *, is_upright: bool) -> str:
    """Return a curved arrow that leaves and arrives upright, or level."""
    (x1, y1), (x2, y2) = start, end
    across, down = (0.0, (y2 - y1) / 2) if is_upright else ((x2 - x1) / 2, 0.0)
    return (
        f'<path d="M{x1:g} {y1:g}C{x1 + across:g} {y1 + down:g} {x2 - across:g} {y2 - down:g} {x2:g} {y2:g}"'
        f' fill="none" stroke="{INKS[number]}" stroke-width="1.3" marker-end="url(#head{number})"/>\n'
    )


def room_arrows(package: Path = PACKAGE) -> Arrows:
    """Return which room imports which, at the top of a file, inside a function, or for types alone."""
    found: Arrows = {}
    for path in sorted(package.rglob("*.py")):
        room = path.relative_to(package).parts[0].removesuffix(".py")
        if room.startswith("_") or room in (*ABOVE, *BELOW):
            continue
        imported = found.setdefault(room, set())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            imported |= {name for name in _rooms_of(node) if name not in (room, *ABOVE, *BELOW)}
    return {room: imported & set(found) for room, imported in found.items()}


def _rooms_of(node: ast.AST) -> Iterator[str]:
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    yield from (name.split(".")[1] for name in names if name.startswith("csc_warehouse."))


def ranks(arrows: Arrows) -> list[list[str]]:
    """Return the rooms by height, highest first: each stands over all that it imports; a circle stands together."""
    reached = {room: _reached(room, arrows) for room in arrows}
    height: dict[str, int] = {}

    def of(room: str) -> int:
        if room not in height:
            circle = {other for other in reached[room] if room in reached[other]} | {room}
            under = {other for member in circle for other in arrows[member]} - circle
            found = max((of(other) + 1 for other in under), default=0)
            height.update(dict.fromkeys(circle, found))
        return height[room]

    rows = defaultdict(list)
    for room in sorted(arrows):
        rows[of(room)].append(room)
    return [rows[number] for number in sorted(rows, reverse=True)]


def _reached(room: str, arrows: Arrows) -> set[str]:
    found: set[str] = set()
    waiting = [room]
    while waiting:
        for other in arrows[waiting.pop()] - found:
            found.add(other)
            waiting.append(other)
    return found


def _laid_out(arrows: Arrows) -> tuple[list[list[str]], list[list[str]]]:
    """Return the rows, with a gap for each arrow that passes a row, and each arrow as the places that it goes through.

    A row is ordered by what its rooms and gaps lead to, from the lowest up.
    """
    rows = ranks(arrows)
    row_of = {room: number for number, row in enumerate(rows) for room in row}
    ways = []
    for room, imported in sorted(arrows.items()):
        for other in sorted(imported):
            gaps = [f"{room}>{other}:{number}" for number in range(row_of[room] + 1, row_of[other])]
            for number, gap in enumerate(gaps, row_of[room] + 1):
                rows[number].append(gap)
            ways.append([room, *gaps, other])
    below = {
        start: [way[n + 1] for way in ways for n in range(len(way) - 1) if way[n] == start] for start in _all(rows)
    }
    place: dict[str, float] = {}
    for row in reversed(rows):
        means = {name: [place[other] for other in below[name] if other in place] for name in row}
        row.sort(key=lambda name: (sum(means[name]) / len(means[name]) if means[name] else 0.5, name))
        place |= {name: (number + 0.5) / len(row) for number, name in enumerate(row)}
    return rows, ways


def _all(rows: Sequence[Sequence[str]]) -> list[str]:
    return [name for row in rows for name in row]


def draw_rooms(arrows: Arrows) -> str:
    """Draw the rooms, each over what it imports."""
    rows, ways = _laid_out(arrows)
    width, row_height, box_height, top = 1000.0, 120.0, 34.0, 84.0
    ink = {room: number % len(INKS) for number, room in enumerate(sorted(arrows))}
    boxes: dict[str, Box] = {}
    for depth, row in enumerate(rows):
        room_width, gap_width = 118.0, 26.0
        taken = sum(gap_width if ">" in name else room_width for name in row)
        space, x = (width - 40 - taken) / len(row), 20.0
        for name in row:
            wide = gap_width if ">" in name else room_width
            boxes[name] = Box(
                x + space / 2, top + depth * row_height, wide, box_height, (name,), INKS[ink.get(name, 0)]
            )
            x += wide + space
    ports = _ports(ways, boxes)
    lines = []
    for way in ways:
        for number in range(len(way) - 1):
            start, end = ports[way[number], way[number + 1]]
            part = arrow(start, end, ink[way[0]], is_upright=start[1] != end[1])
            # the head stands at the room alone, and through a gap the arrow goes straight
            is_last = number == len(way) - 2
            lines.append(part if is_last else part.replace(f' marker-end="url(#head{ink[way[0]]})"', ""))
            if not is_last:
                lines.append(
                    f'<path d="M{end[0]:g} {end[1]:g}v{box_height:g}" fill="none" stroke="{INKS[ink[way[0]]]}"'
                    ' stroke-width="1.3"/>\n'
                )
    last = top + len(rows) * row_height - 40
    bars = [
        Box(
            20, 16, width - 40, 36, ("dags, commands, nightly, stewardship, upkeep: these alone bring rooms together",)
        ),
        Box(20, last, width - 40, 36, ("errors, settings: what every room stands on",)),
    ]
    about = "; ".join(
        f"{room} imports {', '.join(sorted(others)) or 'none'}" for room, others in sorted(arrows.items())
    )
    rooms = [box.svg() for name, box in boxes.items() if ">" not in name]
    parts = [*lines, *rooms, *(bar.svg() for bar in bars)]
    return picture(width, last + 52, "The rooms of csc_warehouse and who imports whom", f"{about}.", parts)


def _ports(
    ways: Sequence[Sequence[str]], boxes: Mapping[str, Box]
) -> dict[tuple[str, str], tuple[tuple[float, float], tuple[float, float]]]:
    """Return where each part of an arrow leaves and arrives, side by side along the edges of the boxes."""
    parts = sorted({(way[n], way[n + 1]) for way in ways for n in range(len(way) - 1)})
    found = {}
    for start, end in parts:
        source, target = boxes[start], boxes[end]
        if source.y == target.y:
            # two rooms of a circle stand side by side
            is_left = source.x < target.x
            level = source.y + source.height * (0.35 if is_left else 0.65)
            found[start, end] = (
                (source.x + source.width * is_left, level),
                (target.x + target.width * (not is_left), level),
            )
            continue
        leaving = sorted((e for s, e in parts if s == start), key=lambda name: boxes[name].x)
        arriving = sorted((s for s, e in parts if e == end), key=lambda name: boxes[name].x)
        found[start, end] = (
            (source.x + source.width * (leaving.index(end) + 1) / (len(leaving) + 1), source.y + source.height),
            (target.x + target.width * (arriving.index(start) + 1) / (len(arriving) + 1), target.y),
        )
    return found


def core_models(folder: Path = CORE) -> dict[str, dict[str, Any]]:
    """Return the dimensions and facts by name, as their YAML describes them."""
    files = sorted(folder.glob("*__models.yml"))
    models = [model for path in files for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]]
    return {model["name"]: model for model in sorted(models, key=lambda model: str(model["name"]))}


def _key(model: Mapping[str, Any]) -> tuple[str, ...]:
    declared = [entry for entry in model.get("constraints", ()) if entry["type"] == "primary_key"]
    return tuple(declared[0]["columns"]) if declared else ()


def star(models: Mapping[str, Mapping[str, Any]]) -> Arrows:
    """Return of each fact what it refers to, by the foreign keys that its YAML declares."""
    return {
        name: {str(key["to"]) for key in model["config"]["meta"].get(FOREIGN_KEYS, ())} & set(models)
        for name, model in models.items()
        if name.startswith("fct_")
    }


def draw_star(models: Mapping[str, Mapping[str, Any]]) -> str:
    """Draw the dimensions down the middle, the facts on either side with their keys, and the joins."""
    joins = star(models)
    dimensions = sorted({other for joined in joins.values() for other in joined if other.startswith("dim_")})
    facts = sorted(joins)
    sides: list[Sequence[str]] = [facts[: (len(facts) + 1) // 2], facts[(len(facts) + 1) // 2 :]]
    width, step, box_width, box_height = 1080.0, 62.0, 250.0, 44.0
    height = 30 + step * len(sides[0])
    boxes: dict[str, Box] = {}
    for side, names in enumerate(sides):
        for place, name in enumerate(names):
            lines = (name, ", ".join(_key(models[name])))
            boxes[name] = Box(
                20 if side == 0 else width - 20 - box_width, 20 + step * place, box_width, box_height, lines
            )
    for place, name in enumerate(dimensions):
        y = height * (place + 0.5) / len(dimensions) - box_height / 2
        lines = (name, ", ".join(_key(models[name])))
        boxes[name] = Box((width - 200) / 2, y, 200, box_height, lines, INKS[place % len(INKS)])
    drawn = []
    for fact in facts:
        is_left = fact in sides[0]
        source = boxes[fact]
        targets = sorted(joins[fact] & set(dimensions), key=lambda other: boxes[other].y)
        for place, other in enumerate(targets):
            target = boxes[other]
            leaves = source.y + source.height * (place + 1) / (len(targets) + 1)
            users = [user for user in (sides[0] if is_left else sides[1]) if other in joins[user]]
            arrives = target.y + target.height * (users.index(fact) + 1) / (len(users) + 1)
            ends = (source.x + source.width * is_left, leaves), (target.x + target.width * (not is_left), arrives)
            drawn.append(arrow(*ends, dimensions.index(other) % len(INKS), is_upright=False))
    notes = [f"{fact} refers to {other}" for fact in facts for other in sorted(joins[fact] - set(dimensions))]
    foot = "".join(
        f'<text x="{width / 2:g}" y="{height + 22 + 15 * number:g}" font-size="11" fill="#1a1a1a">{note}</text>\n'
        for number, note in enumerate(notes)
    )
    about = "; ".join(f"{fact} joins {', '.join(sorted(joins[fact]))}" for fact in facts)
    parts = [*drawn, *(box.svg() for box in boxes.values()), foot]
    return picture(width, height + 30 + 15 * len(notes), "The star of dimensions and facts", f"{about}.", parts)


def diagrams() -> dict[str, str]:
    """Return every diagram as the code has it now, by the name of its file."""
    return {"rooms.svg": draw_rooms(room_arrows()), "star_schema.svg": draw_star(core_models())}


def stale(folder: Path = FOLDER) -> list[str]:
    """Return the names of the diagrams that say something else than the code, or are not there."""
    return [
        name
        for name, text in diagrams().items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Draw them; with --check draw nothing and return 1 when one is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="draw nothing; fail when one is stale")
    if parser.parse_args().check:
        found = stale()
        for name in found:
            ERROR.print(f"docs/diagrams/{name} is stale: .venv/bin/python scripts/diagrams.py")
        if not found:
            OUT.print("The diagrams say what the code has.")
        return 1 if found else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in diagrams().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        OUT.print(f"Drawn: docs/diagrams/{name}")
    return 0


if __name__ == "__main__":
    speak_utf8()
    sys.exit(main())
