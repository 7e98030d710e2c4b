"""A linear program whose objective changes from question to question, minimised by HiGHS."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from csc_warehouse.quality.attack_known import Floats, Rows

_one_at_a_time = threading.Lock()
"""Standard output is the process's: while one solver is begun that says nothing, no other may turn it aside."""


class Minimiser:
    """Variables between bounds, rows between bounds; each solution starts from the one before."""

    def __init__(self, lower: Floats, upper: Floats, rows: Rows) -> None:
        """Load a program; without an objective yet."""
        self._highs, self._optimal, self._unclear = _instance()
        self._size = len(lower)
        self._places = np.arange(self._size, dtype=np.int32)
        self._highs.addVars(self._size, lower, upper)
        if len(rows):
            self._highs.addRows(
                len(rows),
                rows.lower,
                rows.upper,
                len(rows.columns),
                (np.cumsum(rows.lengths) - rows.lengths).astype(np.int32),
                rows.columns.astype(np.int32),
                rows.coefficients,
            )

    def set_bounds(self, lower: Floats, upper: Floats) -> None:
        """Give the variables other bounds."""
        self._highs.changeColsBounds(self._size, self._places, lower, upper)

    def minimise(self, objective: Floats) -> Floats | None:
        """Return a solution at which the objective is least; None: it has no least value."""
        self._highs.changeColsCost(self._size, self._places, objective)
        self._highs.run()
        if self._highs.getModelStatus() == self._unclear:
            self._highs.clearSolver()
            self._highs.run()
        if self._highs.getModelStatus() != self._optimal:
            return None
        return np.array(self._highs.getSolution().col_value)


def _instance() -> tuple[Any, Any, Any]:
    """Return a solver that says nothing, and what it calls a solution, and not knowing whether there is one."""
    import highspy

    with _one_at_a_time:
        sys.stdout.flush()
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 1)
            made: Callable[[], Any] = highspy.Highs
            highs = made()
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            os.close(nowhere)
    for name, value in (("output_flag", False), ("threads", 1), ("presolve", "off"), ("solver", "simplex")):
        highs.setOptionValue(name, value)
    return highs, highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kUnknown
