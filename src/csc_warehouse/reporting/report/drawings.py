"""Drawings of a report: SVG of numbers alone, with a title, a description and direct labels, readable without colour.

The same figures give the same bytes. What is hidden is a gap with its mark, and never a point.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from csc_warehouse.reporting.report import labels
from csc_warehouse.reporting.report.labels import Box, Labels, Place
from csc_warehouse.texts import ENGLISH, Texts

WIDTH, HEIGHT = 480, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 26, 44
SMALL_WIDTH, SMALL_HEIGHT, SMALL_RIGHT = 300, 150, 58
SPARK_WIDTH, SPARK_HEIGHT = 96, 24
KEY_HEIGHT = 18
BESIDE = 12
"""How far below the axis a figure may reach that stands beside its point there."""
SHARE_SPAN, WHOLE = 10.0, 100.0
PERCENT = "%"
"""The unit of shares, whose axis is that of a whole."""
DASHES = ("", "7 4", "2 4", "10 3 2 3")
SHAPES = ("circle", "square", "diamond", "triangle")


@dataclass(frozen=True)
class Point:
    """One place of a drawing from left to right: its period and what is printed there; None where nothing is shown."""

    label: str
    display: str
    value: float | None


@dataclass(frozen=True)
class Line:
    """One line: what it is called, and its points."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Level:
    """A level across the drawing, such as a target: where, and what stands beside it."""

    value: float
    label: str


@dataclass(frozen=True)
class _Frame:
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    low: float
    high: float

    def x(self, number: int, count: int) -> float:
        """Return where a place stands: in the middle of its column."""
        column = (self.width - self.left - self.right) / count
        return self.left + column * (number + 0.5)

    def y(self, value: float) -> float:
        return self.top + (self.height - self.top - self.bottom) * (self.high - value) / (self.high - self.low)

    @property
    def floor(self) -> float:
        return self.height - self.bottom

    def labels(self) -> Labels:
        """Return the words of the drawing: none so far, and room for them above the names of the periods."""
        return Labels(Box(self.left, 0, self.width, self.floor + BESIDE))


def share_steps(lowest: float, highest: float) -> tuple[float, ...]:
    """Return round numbers for an axis of percentages, wide enough that a small difference looks small."""
    middle = (lowest + highest) / 2
    low, high = min(lowest, middle - SHARE_SPAN / 2), max(highest, middle + SHARE_SPAN / 2)
    if low < 0 <= lowest:
        low, high = 0.0, max(highest, SHARE_SPAN)
    if high > WHOLE >= highest:
        low, high = min(lowest, WHOLE - SHARE_SPAN), WHOLE
    return steps(low, high)


def steps(lowest: float, highest: float) -> tuple[float, ...]:
    """Return round numbers for an axis, from one not above the lowest value to one not below the highest."""
    span = max(highest - lowest, abs(highest) / 100, 1.0)
    step = 1.0
    while step * 10 <= span:
        step *= 10
    step = next(step * part for part in (0.25, 0.5, 1, 2, 2.5, 5) if span / (step * part) <= 5)
    first = int(lowest // step)
    last = first + 1
    while last * step < highest:
        last += 1
    return tuple(number * step for number in range(first, last + 1))


def axis_of(values: Sequence[float], unit: str) -> tuple[float, ...]:
    """Return the axis of lines through some values."""
    lowest, highest = min(values, default=0.0), max(values, default=1.0)
    return share_steps(lowest, highest) if unit == PERCENT else steps(lowest, highest)


def bars(name: str, title: str, points: Sequence[Point], unit: str, *, texts: Texts = ENGLISH) -> Markup:
    """Draw a bar for each point, from nought, with its figure above it."""
    values = [point.value for point in points if point.value is not None]
    axis = steps(min([0.0, *values]), max([1.0, *values]))
    frame = _frame(axis)
    placed = frame.labels()
    body = _axes(frame, axis, points, placed)
    width = (frame.width - frame.left - frame.right) / len(points) * 0.68
    for number, point in enumerate(points):
        x = frame.x(number, len(points))
        if point.value is None:
            body += placed.put(point.display, [Place(x, frame.y(0) - 6)], "label")
            continue
        top, floor = sorted((frame.y(point.value), frame.y(0)))
        last = " last" if number == len(points) - 1 else ""
        body += f'<rect class="bar{last}" x="{x - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}"'
        body += f' height="{floor - top:.1f}"/>'
        # a figure wider than its bar stands higher where the next one has its place
        places = [Place(x, top - 6), Place(x, top - 6 - labels.SIZE), Place(x, top - 6 - 2 * labels.SIZE)]
        body += placed.put(point.display, places, "label")
    return _drawn(name, (title, _said([Line("", points)], unit, texts=texts)), body, frame)


def lines(
    name: str,
    title: str,
    drawn: Sequence[Line],
    unit: str,
    *,
    levels: Sequence[Level] = (),
    breaks: Sequence[int] = (),
    texts: Texts = ENGLISH,
) -> Markup:
    """Draw a line for each measure, told apart by dashes, shape of its points and its name below the drawing.

    Of a single one each point has its figure, of several the first and the last. levels: such as a target, each a
    dashed line with its words. breaks: numbers of the places in which figures are not comparable with those before; a
    dotted line stands before each.
    """
    every = [point.value for line in drawn for point in line.points if point.value is not None]
    every += [level.value for level in levels]
    axis = axis_of(every, unit)
    frame = _frame(axis)
    points = drawn[0].points
    placed = frame.labels()
    body = _axes(frame, axis, points, placed)
    body += "".join(_line(frame, line, number, placed) for number, line in enumerate(drawn))
    body += "".join(_hidden(frame, line, placed) for line in drawn)
    right = frame.width - frame.right
    for level in levels:
        y = frame.y(level.value)
        placed.stroke([(frame.left, y), (right, y)])
        body += f'<line class="level" x1="{frame.left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
    for place in breaks:
        x = (frame.x(place, len(points)) + frame.x(place - 1, len(points))) / 2 if place else frame.left
        body += f'<line class="break" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{frame.floor}"/>'
        sides = [Place(x + 3, TOP - 8, "start"), Place(x - 3, TOP - 8, "end")]
        body += placed.put(texts("drawing.broken"), sides, "axis")
    for line in drawn:
        body += _figures(frame, line, placed, only_ends=len(drawn) > 1, is_only=len(drawn) == 1)
    for level in levels:
        y = frame.y(level.value)
        # at an end, else wherever the line leaves room
        columns = [frame.x(place, len(points)) for place in range(len(points))]
        ends = [
            place for dy in (-6, 16) for place in (Place(frame.left + 4, y + dy, "start"), Place(right, y + dy, "end"))
        ]
        between = [Place(x, y + dy) for dy in (-6, 16) for x in columns]
        body += placed.put(level.label, [*ends, *between], "axis")
    if len(drawn) > 1:
        body += "".join(_name_of(frame, line, number) for number, line in enumerate(drawn))
    said = _said(drawn, unit, levels, texts=texts)
    keys = len(drawn) if len(drawn) > 1 else 0
    return _drawn(name, (title, said), body, frame, keys=keys)


def small(name: str, title: str, line: Line, unit: str, axis: Sequence[float], *, texts: Texts = ENGLISH) -> Markup:
    """Draw one of several small lines that share an axis; the first and the last figure are labelled."""
    frame = _Frame(SMALL_WIDTH, SMALL_HEIGHT, _left(axis), SMALL_RIGHT, 22, 40, axis[0], axis[-1])
    placed = frame.labels()
    body = _axes(frame, (axis[0], axis[-1]), line.points, placed) + _line(frame, line, 0, placed)
    body += _hidden(frame, line, placed) + _figures(frame, line, placed, only_ends=True)
    return _drawn(name, (title, _said([line], unit, texts=texts)), body, frame)


def _frame(axis: Sequence[float]) -> _Frame:
    return _Frame(WIDTH, HEIGHT, _left(axis), RIGHT, TOP, BOTTOM, axis[0], axis[-1])


def _left(axis: Sequence[float]) -> int:
    """Return how much room the numbers of an axis need."""
    return max(LEFT, 8 + round(max(labels.width(_numbered(value)) for value in axis)))


def spark(points: Sequence[Point]) -> Markup:
    """Draw a line without words, for a table that says the figures: nobody needs to hear it."""
    values = [point.value for point in points if point.value is not None]
    if len(values) < 2:
        return Markup("")
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 1, high + 1
    frame = _Frame(SPARK_WIDTH, SPARK_HEIGHT, 2, 2, 4, 4, low, high)
    body = _strokes(frame, points, "line")
    last = max(number for number, point in enumerate(points) if point.value is not None)
    x, y = frame.x(last, len(points)), frame.y(points[last].value or 0)
    body += f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
    return Markup(  # noqa: S704  (made of numbers alone)
        f'<svg class="spark" aria-hidden="true" focusable="false" width="{SPARK_WIDTH}" height="{SPARK_HEIGHT}"'
        f' viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}">{body}</svg>'
    )


def _line(frame: _Frame, line: Line, number: int, placed: Labels) -> str:
    """Return a line with its marks; words are to keep away from both."""
    body = _strokes(frame, line.points, "line", DASHES[number])
    for run in _runs(frame, line.points):
        placed.stroke(run)
    for place, point in enumerate(line.points):
        if point.value is not None:
            x, y = frame.x(place, len(line.points)), frame.y(point.value)
            placed.mark(x, y, 4.5)
            body += _mark(x, y, SHAPES[number])
    return body


def _hidden(frame: _Frame, line: Line, placed: Labels) -> str:
    """Return the signs of what is not shown, above the names of their periods."""
    body = ""
    for place, point in enumerate(line.points):
        if point.value is None:
            x = frame.x(place, len(line.points))
            body += placed.put(point.display, [Place(x, frame.floor - up) for up in (6, 22, 38)], "axis")
    return body


def _figures(frame: _Frame, line: Line, placed: Labels, *, only_ends: bool, is_only: bool = True) -> str:
    """Return the figures at the points of a line, the last one first: it has its choice of places."""
    shown = [place for place, point in enumerate(line.points) if point.value is not None]
    wanted = sorted({shown[0], shown[-1]} if only_ends and shown else set(shown), reverse=True)
    body = ""
    for place in wanted:
        point = line.points[place]
        x, y = frame.x(place, len(line.points)), frame.y(point.value or 0)
        # above a peak, below a trough: away from the line
        around = [
            p.value
            for p in (line.points[place - 1] if place else None, *line.points[place + 1 : place + 2])
            if p is not None and p.value is not None
        ]
        is_low = bool(around) and (point.value or 0) < sum(around) / len(around)
        above, below = Place(x, y - 9), Place(x, y + 19)
        places = [below, above] if is_low else [above, below]
        if only_ends and place == shown[-1]:
            beside = itertools.product((11, 16), (0, -4, 4, -8, 8))
            places = [*(Place(x + right, y + 5 + away, "start") for right, away in beside), *places]
        elif only_ends:
            places += [Place(x - 8, y - 9, "start"), Place(x - 8, y + 19, "start")]
        if is_only:
            # farther from its point it could be another line's
            places += [Place(x, y + away) for away in (-9 - labels.SIZE, 19 + labels.SIZE, -9 - 2 * labels.SIZE)]
        body += placed.put(point.display, places, "label")
    return body


def _strokes(frame: _Frame, points: Sequence[Point], style: str, dashes: str = "") -> str:
    """Return the line through the points that are shown, broken where one is not."""
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    runs = (" ".join(f"{x:.1f},{y:.1f}" for x, y in run) for run in _runs(frame, points))
    return "".join(f'<polyline class="{style}"{dashed} points="{run}"/>' for run in runs if " " in run)


def _runs(frame: _Frame, points: Sequence[Point]) -> list[list[tuple[float, float]]]:
    """Return where the points lie that are shown one after the other."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place, point in enumerate(points):
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append((frame.x(place, len(points)), frame.y(point.value)))
    return runs


def _mark(x: float, y: float, shape: str) -> str:
    if shape == "circle":
        return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
    corners = {
        "square": ((-4, -4), (4, -4), (4, 4), (-4, 4)),
        "diamond": ((0, -6), (6, 0), (0, 6), (-6, 0)),
        "triangle": ((0, -6), (6, 5), (-6, 5)),
    }[shape]
    return f'<polygon class="dot" points="{" ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)}"/>'


def _name_of(frame: _Frame, line: Line, number: int) -> str:
    """Return the key of a line: its dashes, its mark and its name, below the axis, so that no colour is needed."""
    y, left = frame.height + 8 + KEY_HEIGHT * number, frame.left
    dashed = f' stroke-dasharray="{DASHES[number]}"' if DASHES[number] else ""
    return (
        f'<line class="line"{dashed} x1="{left}" x2="{left + 36}" y1="{y - 5}" y2="{y - 5}"/>'
        + _mark(left + 18, y - 5, SHAPES[number])
        + labels.text(line.name, Place(left + 44, y, "start"), "axis")
    )


def _axes(frame: _Frame, axis: Sequence[float], points: Sequence[Point], placed: Labels) -> str:
    drawn = ""
    for value in axis:
        y = frame.y(value)
        drawn += f'<line class="grid" x1="{frame.left}" x2="{frame.width - frame.right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        drawn += placed.put(_numbered(value), [Place(frame.left - 6, y + 4, "end")], "axis")
    crowded = len(points) > 10 or frame.width < WIDTH
    years: dict[str, list[float]] = {}
    for number, point in enumerate(points):
        year, _, part = point.label.partition(" ")
        x = frame.x(number, len(points))
        if not crowded or number in (0, len(points) - 1):
            drawn += placed.put(part, [Place(x, frame.floor + 17)], "axis")
            years.setdefault(year, []).append(x)
    for year, columns in years.items():
        drawn += placed.put(year, [Place((columns[0] + columns[-1]) / 2, frame.floor + 34)], "axis")
    return drawn


def _numbered(value: float) -> str:
    return f"{value:,.10g}"


def _said(drawn: Sequence[Line], unit: str, levels: Sequence[Level] = (), *, texts: Texts) -> str:
    """Return the drawing in words: every point of every line."""
    parts = []
    for line in drawn:
        listed = "; ".join(f"{point.label}: {point.display or texts('drawing.none')}" for point in line.points)
        parts.append(f"{line.name}: {listed}." if line.name else f"{listed}.")
    parts += [f"{level.label}." for level in levels]
    called = texts("drawing.percent") if unit == PERCENT else unit
    return f"{called}. {' '.join(parts)}" if called else " ".join(parts)


def _drawn(name: str, said: tuple[str, str], body: str, frame: _Frame, *, keys: int = 0) -> Markup:
    """Put the title and the text that says the same round a drawing. keys: lines that are told apart below it."""
    title, description = said
    height = frame.height + KEY_HEIGHT * keys
    return Markup(  # noqa: S704  (made of numbers, and of words that are escaped)
        f'<svg role="img" viewBox="0 0 {frame.width} {height}" aria-labelledby="{name}-title {name}-text">'
        f'<title id="{name}-title">{escape(str(title))}</title><desc id="{name}-text">{escape(description)}</desc>'
        f"{body}</svg>"
    )
