"""A linear program whose objective changes from question to question, minimised by HiGHS."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_one_at_a_time = threading.Lock()
"""Standard output is the process's: while one solver is begun that says nothing, no other may turn it aside."""


class Minimiser:
    """Variables between bounds, rows between bounds; each solution starts from the one before."""

    def __init__(
        self,
        lower: Sequence[float],
        upper: Sequence[float],
        rows: Sequence[tuple[Mapping[int, float], float, float]],
    ) -> None:
        """Load a program; without an objective yet."""
        self._highs, self._optimal, self._unclear = _instance()
        size = len(lower)
        self._size = size
        self._places = np.arange(size, dtype=np.int32)
        self._highs.addVars(size, np.array(lower, dtype=float), np.array(upper, dtype=float))
        starts: list[int] = []
        columns: list[int] = []
        coefficients: list[float] = []
        for inside, _, _ in rows:
            starts.append(len(columns))
            columns += inside.keys()
            coefficients += inside.values()
        if rows:
            self._highs.addRows(
                len(rows),
                np.array([low for _, low, _ in rows], dtype=float),
                np.array([high for _, _, high in rows], dtype=float),
                len(columns),
                np.array(starts, dtype=np.int32),
                np.array(columns, dtype=np.int32),
                np.array(coefficients, dtype=float),
            )

    def minimise(self, objective: NDArray[np.float64]) -> NDArray[np.float64] | None:
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
