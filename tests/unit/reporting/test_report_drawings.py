"""The report's drawings from points made by hand: levels, lines that differ without colour, axes."""

from __future__ import annotations

import pytest

from csc_warehouse.reporting.report import drawings


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
