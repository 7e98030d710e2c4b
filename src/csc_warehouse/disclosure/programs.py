"""Linear programs over a part of a system, solved by HiGHS."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Program:
    """A linear program, minimised: cost and bounds of its columns, and rows by the columns that stand in them."""

    cost: Floats
    lower: Floats
    upper: Floats
    starts: NDArray[np.int64]
    """Where each row begins among the columns and coefficients; a column may stand in a row once."""
    columns: NDArray[np.int64]
    coefficients: Floats
    row_lower: Floats
    row_upper: Floats


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

    def load(self, program: Program, costs: Floats | None = None) -> None:
        """Take a program in place of the one before; costs: other ones than its own."""
        size = len(program.cost)
        self._highs.passModel(
            size,
            len(program.row_lower),
            len(program.columns),
            int(self._highspy.MatrixFormat.kRowwise),
            int(self._highspy.ObjSense.kMinimize),
            0.0,
            program.cost if costs is None else costs,
            program.lower,
            program.upper,
            program.row_lower,
            program.row_upper,
            program.starts.astype(np.int32),
            program.columns.astype(np.int32),
            program.coefficients,
            np.zeros(size, dtype=np.int32),
        )

    def set_costs(self, costs: Floats) -> None:
        """Give each column another cost; what was solved before is the start of the next solution."""
        self._highs.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)

    def solve(self) -> Floats | None:
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
