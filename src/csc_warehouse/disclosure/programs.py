"""Linear programs over a part of a system, solved by HiGHS."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass
class Program:
    """A linear program that grows column by column and row by row; minimised."""

    cost: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    coefficients: list[float] = field(default_factory=list)
    row_lower: list[float] = field(default_factory=list)
    row_upper: list[float] = field(default_factory=list)

    def add_column(self, lower: float, upper: float, cost: float = 0.0) -> int:
        """Add a variable and return its place."""
        self.cost.append(cost)
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.cost) - 1

    def add_row(self, columns: list[int], coefficients: list[float], lower: float, upper: float) -> None:
        """Add lower <= sum <= upper; a column may stand in it once."""
        self.starts.append(len(self.columns))
        self.columns.extend(columns)
        self.coefficients.extend(coefficients)
        self.row_lower.append(lower)
        self.row_upper.append(upper)

    def double(self) -> None:
        """Add the same columns and rows once more, beside those that are there."""
        size, length = len(self.cost), len(self.columns)
        self.columns += [column + size for column in self.columns]
        self.coefficients += self.coefficients
        self.starts += [start + length for start in self.starts]
        for numbers in (self.cost, self.lower, self.upper, self.row_lower, self.row_upper):
            numbers.extend(numbers.copy())


@contextmanager
def _silent_stdout() -> Iterator[None]:
    """Keep what a library writes to this process's standard output, below Python, from whoever reads it.

    HiGHS names itself there when an instance is made, before it can be told not to.
    """
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


class Solver:
    """One instance of HiGHS, used again and again: making one costs more than most of these programs."""

    def __init__(self) -> None:
        """Load the library and make its instance."""
        import highspy

        self._highspy = highspy
        with _silent_stdout():
            made: Callable[[], Any] = highspy.Highs
            self._highs = made()
        for name, value in (("output_flag", False), ("threads", 1), ("presolve", "off"), ("solver", "simplex")):
            self._highs.setOptionValue(name, value)

    def load(self, program: Program) -> None:
        """Take a program in place of the one before."""
        highspy = self._highspy
        model = highspy.HighsLp()
        model.num_col_ = len(program.cost)
        model.num_row_ = len(program.row_lower)
        model.col_cost_ = np.array(program.cost)
        model.col_lower_ = np.array(program.lower)
        model.col_upper_ = np.array(program.upper)
        model.row_lower_ = np.array(program.row_lower)
        model.row_upper_ = np.array(program.row_upper)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.array([*program.starts, len(program.columns)], dtype=np.int32)
        model.a_matrix_.index_ = np.array(program.columns, dtype=np.int32)
        model.a_matrix_.value_ = np.array(program.coefficients)
        self._highs.passModel(model)

    def set_costs(self, costs: NDArray[np.float64]) -> None:
        """Give each column another cost; what was solved before is the start of the next solution."""
        self._highs.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)

    def solve(self) -> NDArray[np.float64] | None:
        """Minimise and return the solution; None where there is none."""
        status = self._highspy.HighsModelStatus
        self._highs.run()
        if self._highs.getModelStatus() not in (status.kOptimal, status.kInfeasible):
            # the last solution was a bad start: begin anew, and let the program be simplified first
            self._highs.clearSolver()
            self._highs.setOptionValue("presolve", "on")
            self._highs.run()
            self._highs.setOptionValue("presolve", "off")
        if self._highs.getModelStatus() != status.kOptimal:
            return None
        return np.array(self._highs.getSolution().col_value)
