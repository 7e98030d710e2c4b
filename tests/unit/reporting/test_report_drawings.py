"""The report's drawings from points made by hand: levels, lines that differ without colour, axes."""

from __future__ import annotations

import itertools
import random
import re
from typing import cast

import pytest

from csc_warehouse.reporting.report import drawings, labels


def test_target_when_drawn_then_is_a_level_with_its_words() -> None:
    points = [drawings.Point("2017/18 Q1", "51.5", 51.5), drawings.Point("2017/18 Q2", "59.7", 59.7)]
    drawing = drawings.lines(
        "a", "A <title>", [drawings.Line("Days", points)], "Days", levels=[drawings.Level(60, "target: at most 60.0")]
    )
    assert 'class="level"' in drawing
    assert ">target: at most 60.0</text>" in drawing
    assert "A &lt;title&gt;" in drawing
    assert drawing == drawings.lines(
        "a", "A <title>", [drawings.Line("Days", points)], "Days", levels=[drawings.Level(60, "target: at most 60.0")]
    )


def test_lines_when_there_are_several_then_differ_in_dashes_and_marks_and_are_named() -> None:
    points = [drawings.Point("2017/18 Q1", "1", 1.0), drawings.Point("2017/18 Q2", "2", 2.0)]
    drawing = drawings.lines("a", "T", [drawings.Line("One", points), drawings.Line("Two", points)], "")
    assert 'stroke-dasharray="7 4"' in drawing
    assert "<circle" in drawing
    assert "<polygon" in drawing
    assert ">One</text>" in drawing
    assert ">Two</text>" in drawing


@pytest.mark.parametrize(
    ("lowest", "highest"), [(98.6, 99.3), (0, 1), (5, 5), (-350000, 1551000), (0.02, 0.03), (12, 2907), (99.999, 1e6)]
)
def test_axis_when_chosen_then_holds_every_value_in_few_steps(lowest: float, highest: float) -> None:
    axis = drawings.steps(lowest, highest)
    assert axis[0] <= lowest <= highest <= axis[-1]
    assert 2 <= len(axis) <= 8
    share = drawings.axis_of([lowest, highest], drawings.PERCENT)
    assert share[0] <= lowest <= highest <= share[-1]
    assert share[-1] - share[0] >= 10


WRITTEN = re.compile(r'<text class="(\w+)" x="([-\d.]+)" y="([-\d.]+)" text-anchor="(\w+)">([^<]*)</text>')
RANGES = {"share": (0, 100), "few": (97, 99), "money": (-1e6, 2e6)}
PERIODS = [f"20{year}/{year + 1} Q{quarter}" for year in (16, 17) for quarter in range(1, 5)]


def written(drawing: str) -> list[tuple[str, labels.Box]]:
    """Return the words of a drawing, and what each takes up."""
    found = WRITTEN.findall(drawing)
    return [
        (words, labels.box(words, labels.Place(float(x), float(y), cast("labels.Anchor", anchor))))
        for _, x, y, anchor, words in found
    ]


def assert_apart(drawing: str) -> None:
    """Hold that no two words of a drawing stand on each other."""
    for (words, taken), (others, also) in itertools.combinations(written(drawing), 2):
        assert not taken.meets(also), (words, others)


def drawn_points(seed: int, kind: str) -> list[drawings.Point]:
    """Return points of a measure that are shown, hidden or not there, as chance has it."""
    chance = random.Random(seed)  # noqa: S311  (test data)
    points = []
    for period in PERIODS:
        value = {"share": chance.uniform(0, 100), "few": chance.uniform(97, 99), "money": chance.uniform(-1e6, 2e6)}[
            kind
        ]
        display = f"£{value:,.0f}" if kind == "money" else f"{value:.1f}%"
        state = chance.choice(["shown", "shown", "shown", "[c]", ""])
        points.append(
            drawings.Point(period, display if state == "shown" else state, value if state == "shown" else None)
        )
    return points


@pytest.mark.parametrize("kind", ["share", "few", "money"])
def test_words_when_drawn_then_none_stands_on_another_and_hidden_figures_keep_their_marks(kind: str) -> None:
    for seed in range(60):
        points = drawn_points(seed, kind)
        line = drawings.Line("A team", points)
        values = [point.value for point in points if point.value is not None]
        unit = "Pounds" if kind == "money" else drawings.PERCENT
        level = drawings.Level(values[0] if values else 0.0, "target: at least 90.0%")
        other = drawings.Line("Another", drawn_points(seed + 1000, kind))
        one = drawings.lines("a", "T", [line], unit, levels=[level], breaks=[1, 2, 7])
        little = drawings.small("a", "T", line, unit, drawings.axis_of(values, unit))
        several, bars = drawings.lines("a", "T", [line, other], unit), drawings.bars("a", "T", points, unit)
        for drawing in (one, little, several, bars):
            assert_apart(drawing)
        for drawing in (one, little):
            told = [words for words, _ in written(drawing)]
            assert told.count("[c]") == sum(point.display == "[c]" for point in points)
            if kind != "money" and values:
                assert next(point.display for point in reversed(points) if point.value is not None) in told


def test_figure_when_hidden_figures_follow_it_then_stands_clear_of_their_marks() -> None:
    shown = [drawings.Point(period, "50.0%", 50.0) for period in PERIODS[:5]]
    hidden = [drawings.Point(period, "[c]", None) for period in PERIODS[5:]]
    drawing = drawings.small("a", "T", drawings.Line("A team", [*shown, *hidden]), drawings.PERCENT, (50, 60, 70))
    told = [words for words, _ in written(drawing)]
    assert told.count("[c]") == 3
    assert told.count("50.0%") == 2
    assert_apart(drawing)


def test_axis_when_its_numbers_are_long_then_they_are_not_cut_off() -> None:
    points = [
        drawings.Point("2017/18 Q1", "£1,551,000", 1551000.0),
        drawings.Point("2017/18 Q2", "-£350,000", -350000.0),
    ]
    for drawing in (
        drawings.bars("a", "T", points, "Pounds"),
        drawings.lines("a", "T", [drawings.Line("", points)], ""),
    ):
        assert min(box.left for _, box in written(drawing)) >= 0


def test_ends_of_lines_when_close_together_then_each_figure_stands_at_its_own_point() -> None:
    higher = [drawings.Point(period, str(38 + n), 38.0 + n) for n, period in enumerate(reversed(PERIODS))][::-1]
    lower = [drawings.Point(period, str(26 + n), 26.0 + n) for n, period in enumerate(reversed(PERIODS))][::-1]
    drawing = drawings.lines("a", "T", [drawings.Line("Higher", higher), drawings.Line("Lower", lower)], "x")
    told = {words: box.top for words, box in written(drawing)}
    assert {"45", "38", "33", "26"} <= set(told)
    assert told["38"] < told["26"]
    assert_apart(drawing)
