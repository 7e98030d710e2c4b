"""An attacker who holds releases and a solver, and knows nothing of how figures were hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from tests.unit.disclosure.made_up import Name, Release

Form = dict[int, float]
EPSILON = 1e-4


@dataclass
class Seen:
    """One release as it was published: of each figure all, its percentage alone ('value'), or nothing."""

    release: Release
    shown: Mapping[Name, str]
    step: int = 0
    """To which numbers are rounded; 0: not."""


class Attacker:
    """Variables are the numbers behind what was published; one that two releases agree on is one."""

    def __init__(self, releases: Sequence[Seen], percentages: frozenset[str] = frozenset({"TIM"})) -> None:
        self.places: dict[tuple[Name, tuple[float, float | None], int], int] = {}
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.values: list[float] = []
        self.rows: list[tuple[Form, float, float]] = []
        self.hidden: set[tuple[Name, tuple[float, float | None]]] = set()
        self.known: set[tuple[Name, tuple[float, float | None]]] = set()
        self.locked: set[int] = set()
        for seen in releases:
            for name, numbers in seen.release.figures.items():
                self._take(name, numbers, seen, is_percentage=name[0] in percentages)
        for seen in releases:
            for kind, lower in ((seen.release.equal, 0.0), (seen.release.at_most, -np.inf)):
                for equation in kind:
                    row: Form = {}
                    for (name, position), coefficient in equation.items():
                        place = self.places[name, seen.release.figures[name], position]
                        row[place] = row.get(place, 0.0) + coefficient
                    self.rows.append((row, lower, 0.0))

    def _take(self, name: Name, numbers: tuple[float, float | None], seen: Seen, *, is_percentage: bool) -> None:
        key = (name, numbers)
        for position, number in enumerate(numbers):
            if number is None:
                continue
            if (name, numbers, position) not in self.places:
                self.places[name, numbers, position] = len(self.values)
                self.values.append(number)
                # noughts are shown, so that a hidden number is 1 or more
                self.lower.append(1.0 if number >= 1 else 0.0)
                self.upper.append(np.inf)
            place = self.places[name, numbers, position]
            if seen.shown[name] == "all":
                low, high = (number, number) if not seen.step or not number else _rounded(number, seen.step)
                self.lower[place] = max(self.lower[place] if number else 0.0, low)
                self.upper[place] = min(self.upper[place], high)
        if seen.shown[name] == "all":
            self.known.add(key)
        else:
            self.hidden.add(key)
        if seen.shown[name] == "value" and numbers[1]:
            scale = 100.0 if is_percentage else 1.0
            printed = np.floor(scale * numbers[0] / numbers[1] * 10 + 0.5) / 10
            first, second = (self.places[name, numbers, position] for position in (0, 1))
            self.rows.append(({first: scale, second: -(printed + 0.05)}, -np.inf, 0.0))
            self.rows.append(({first: -scale, second: printed - 0.05}, -np.inf, 0.0))

    def small(self, smallest: int) -> dict[tuple[Name, tuple[float, float | None], str], Form]:
        """Return the small numbers that no release shows."""
        found: dict[tuple[Name, tuple[float, float | None], str], Form] = {}
        for name, numbers in sorted(self.hidden - self.known, key=str):
            first = self.places[name, numbers, 0]
            if numbers[1] is None:
                forms = [("number", numbers[0], {first: 1.0})]
            else:
                second = self.places[name, numbers, 1]
                forms = [("denominator", numbers[1], {second: 1.0})]
                if name[0] == "DAY":
                    if 0 < numbers[1] < smallest and numbers[0] > 0:
                        found[name, numbers, "sum"] = {first: 1.0}
                else:
                    forms += [
                        ("numerator", numbers[0], {first: 1.0}),
                        ("complement", numbers[1] - numbers[0], {first: -1.0, second: 1.0}),
                    ]
            for what, value, form in forms:
                if 0 < value < smallest:
                    found[name, numbers, what] = form
        return found

    def widths(self, forms: Sequence[Form], enough: float) -> list[float]:
        """Return maximum less minimum of each form; where that is more than enough, no more than that is sure."""
        matrix = np.zeros((len(forms), len(self.values)))
        for number, form in enumerate(forms):
            for place, coefficient in form.items():
                matrix[number, place] = coefficient
        solver = self._solver()
        columns = np.arange(len(self.values), dtype=np.int32)
        lowest, highest = matrix @ np.array(self.values), matrix @ np.array(self.values)
        for number in range(len(forms)):
            for sign in (1.0, -1.0):
                if highest[number] - lowest[number] > enough:
                    break
                # the last answer is where the search for the next begins
                solver.changeColsCost(len(columns), columns, sign * matrix[number])
                solver.run()
                assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal, solver.getModelStatus()
                seen = matrix @ np.array(solver.getSolution().col_value)
                lowest, highest = np.minimum(lowest, seen), np.maximum(highest, seen)
        return list(highest - lowest)

    def _solver(self) -> Any:
        """Return a solver that holds all that is known, and is to be asked for the least of something."""
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.values), len(self.rows)
        model.col_cost_ = np.zeros(len(self.values))
        model.col_lower_ = np.array(self.lower)
        # far enough for any question; without it a solver has to say what is endless
        model.col_upper_ = np.minimum(self.upper, 1000.0 + 2 * np.array(self.values))
        model.row_lower_ = np.array([lower for _, lower, _ in self.rows])
        model.row_upper_ = np.array([upper for _, _, upper in self.rows])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.cumsum([0] + [len(row) for row, _, _ in self.rows], dtype=np.int32)
        model.a_matrix_.index_ = np.array([place for row, _, _ in self.rows for place in row], dtype=np.int32)
        model.a_matrix_.value_ = np.array([value for row, _, _ in self.rows for value in row.values()], dtype=float)
        made: Callable[[], Any] = highspy.Highs
        solver = made()
        for name, value in (("output_flag", False), ("threads", 1), ("solver", "simplex")):
            solver.setOptionValue(name, value)
        solver.passModel(model)
        return solver


def _rounded(number: float, step: int) -> tuple[float, float]:
    shown = step * np.floor((number + step / 2) / step)
    reach = (step - 1) / 2 if number == int(number) else step / 2
    return max(0.0, shown - reach), shown + reach
