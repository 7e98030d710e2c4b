"""Small drawings inside the page: SVG with a title and a description, readable without colour."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from markupsafe import Markup, escape

from csc_warehouse.reporting.pages.quality_report_model import NightPoint

WIDTH, HEIGHT = 640, 200
LEFT, RIGHT, TOP, BOTTOM = 56, 64, 16, 34
VERDICT_WORDS = {"published": "published", "caveats": "published with caveats", "held": "held"}
VERDICT_MARKS = {"published": "✓", "caveats": "~", "held": "✕"}


def short_date(day: datetime.date) -> str:
    """Return a day as 31 Dec."""
    return f"{day.day} {day:%b}"


def _scale(values: Sequence[int]) -> int:
    """Return a round number at least as large as all values, for the top of an axis."""
    highest = max([1, *values])
    step = 1
    while step * 10 <= highest:
        step *= 10
    return next(step * factor for factor in (1, 2, 5, 10) if step * factor >= highest)


def _places(count: int) -> list[float]:
    """Return where the nights stand from left to right: evenly, each in the middle of its column."""
    column = (WIDTH - LEFT - RIGHT) / count
    return [LEFT + column * (number + 0.5) for number in range(count)]


def _height(value: int, top: int) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)


def _frame(name: str, title: str, description: str, *, body: str, top: int, days: Sequence[datetime.date]) -> Markup:
    """Put axes, title and description round a drawing; every few nights are named below."""
    every = max(1, -(-len(days) // 8))
    labels = "".join(
        f'<text class="axis" x="{place:.1f}" y="{HEIGHT - 12}" text-anchor="middle">{short_date(day)}</text>'
        for number, (place, day) in enumerate(zip(_places(len(days)), days, strict=True))
        if (len(days) - 1 - number) % every == 0
    )
    lines = "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_height(value, top):.1f}"'
        f' y2="{_height(value, top):.1f}"/>'
        f'<text class="axis" x="{LEFT - 8}" y="{_height(value, top) + 4:.1f}" text-anchor="end">{value:,}</text>'
        for value in sorted({0, top // 2, top})
    )
    return Markup(  # noqa: S704  (made of numbers, and of words that are escaped)
        f'<svg role="img" viewBox="0 0 {WIDTH} {HEIGHT}" aria-labelledby="{name}-title {name}-description">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-description">{escape(description)}</desc>'
        f"{lines}{body}{labels}</svg>"
    )


def direction(values: Sequence[int]) -> str:
    """Say whether numbers went up or down from the first to the last."""
    first, last = values[0], values[-1]
    if first == last:
        return f"the same as on the first night shown, {last:,}"
    return f"{'up' if last > first else 'down'} from {first:,} to {last:,}"


def corrections(nights: Sequence[NightPoint]) -> Markup:
    """Draw the corrections to make, a point per night, the last one labelled."""
    values = [night.records for night in nights]
    top = _scale(values)
    places = _places(len(nights))
    points = " ".join(f"{x:.1f},{_height(value, top):.1f}" for x, value in zip(places, values, strict=True))
    dots = "".join(
        f'<circle class="dot" cx="{x:.1f}" cy="{_height(value, top):.1f}" r="4"/>'
        for x, value in zip(places, values, strict=True)
    )
    last = f'<text class="label" x="{places[-1] + 10:.1f}" y="{_height(values[-1], top) + 5:.1f}">{values[-1]:,}</text>'
    title = f"Corrections to make in the case system: {direction(values)}"
    listed = "; ".join(f"{short_date(night.as_at_date)}: {night.records:,}" for night in nights)
    body = f'<polyline class="line" points="{points}"/>{dots}{last}'
    return _frame(
        "corrections",
        title,
        f"One point per night. {listed}.",
        body=body,
        top=top,
        days=[night.as_at_date for night in nights],
    )


def failing(nights: Sequence[NightPoint]) -> Markup:
    """Draw the failing checks, a bar per night: grave ones filled, warnings outlined; the verdict stands above."""
    totals = [night.critical + night.warnings for night in nights]
    top = _scale([total + 1 for total in totals])
    width = min(40.0, (WIDTH - LEFT - RIGHT) / len(nights) * 0.7)
    body = ""
    for x, night, total in zip(_places(len(nights)), nights, totals, strict=True):
        left = x - width / 2
        grave, all_of_them, floor = _height(night.critical, top), _height(total, top), _height(0, top)
        body += f'<rect class="warning" x="{left:.1f}" y="{all_of_them:.1f}" width="{width:.1f}"'
        body += f' height="{grave - all_of_them:.1f}"/>'
        body += f'<rect class="critical" x="{left:.1f}" y="{grave:.1f}" width="{width:.1f}"'
        body += f' height="{floor - grave:.1f}"/>'
        body += f'<text class="label" x="{x:.1f}" y="{all_of_them - 5:.1f}" text-anchor="middle">'
        body += f"{VERDICT_MARKS[night.verdict]}</text>"
    held = sum(night.verdict == "held" for night in nights)
    title = f"Failing checks: {direction(totals)}; {held} of {len(nights)} nights held"
    listed = "; ".join(
        f"{short_date(night.as_at_date)}: {night.critical} grave, {night.warnings} warnings,"
        f" {VERDICT_WORDS[night.verdict]}"
        for night in nights
    )
    return _frame(
        "failing",
        title,
        f"One bar per night. {listed}.",
        body=body,
        top=top,
        days=[night.as_at_date for night in nights],
    )
