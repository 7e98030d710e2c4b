"""No more is hidden than has to be: compared with the best that an integer program finds."""

from __future__ import annotations

import random

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from csc_warehouse.disclosure.parts import proofs, questions
from csc_warehouse.disclosure.system import State, System
from tests.unit.disclosure.made_up import prove_here

TABLES = 50
MOST_ABOVE_OPTIMUM = 1.05
WIDTH, SMALLEST = 5, 5


def table(chance: random.Random) -> tuple[np.ndarray, list[tuple[list[int], int]]]:
    """Make up a table with its margins; return its numbers, and its sums as (parts, whole)."""
    rows, columns = chance.choice([(1, 4), (1, 6), (2, 3), (3, 3), (2, 5), (3, 4)])
    inner = [[int(chance.expovariate(1 / chance.choice([2, 6, 15]))) for _ in range(columns)] for _ in range(rows)]
    numbers = [value for line in inner for value in line]
    sums: list[tuple[list[int], int]] = []

    def add(parts: list[int]) -> int:
        numbers.append(sum(numbers[part] for part in parts))
        sums.append((parts, len(numbers) - 1))
        return len(numbers) - 1

    of_rows = [add([row * columns + column for column in range(columns)]) for row in range(rows)]
    if rows > 1:
        of_columns = [add([row * columns + column for row in range(rows)]) for column in range(columns)]
        sums.append((of_columns, add(of_rows)))
    return np.array(numbers, dtype=float), sums


def ours(numbers: np.ndarray, sums: list[tuple[list[int], int]]) -> int:
    system = System()
    for value in numbers:
        place = system.add_figure("count", [float(value)])
        figure = system.figures[place]
        figure.state = State.HIDDEN if 0 < value < SMALLEST else State.SHOWN
        figure.may_become = State.HIDDEN if value > 0 else State.SHOWN
    for parts, whole in sums:
        system.add_row([*parts, whole], [*[1.0] * len(parts), -1.0])
    asked = questions(system, [str(place) for place in range(len(numbers))], width=WIDTH, smallest_shown=SMALLEST)
    prove_here(asked)
    assert not any(found.is_pinned for proof in proofs(system, asked) for found in proof.outcome.known)
    return sum(figure.state is State.HIDDEN for figure in system.figures)


def optimum(numbers: np.ndarray, sums: list[tuple[list[int], int]]) -> int:
    """Return the fewest hidden numbers of any table in which every small one keeps the width, by an integer program."""
    size = len(numbers)
    small = [place for place, value in enumerate(numbers) if 0 < value < SMALLEST]
    copies = 2 * len(small)
    total = size * (1 + copies)
    most = 3 * numbers.sum() + 10 * WIDTH
    rows: list[np.ndarray] = []
    lower: list[float] = []
    upper: list[float] = []

    def add(entries: dict[int, float], low: float, high: float) -> None:
        row = np.zeros(total)
        for column, value in entries.items():
            row[column] += value
        rows.append(row)
        lower.append(low)
        upper.append(high)

    for copy in range(copies):
        offset = size * (1 + copy)
        for parts, whole in sums:
            add({**{offset + part: 1.0 for part in parts}, offset + whole: -1.0}, 0, 0)
        for place in range(size):
            add({offset + place: 1.0, place: -most}, -np.inf, 0)
            add({offset + place: 1.0, place: max(numbers[place] - 1, 0)}, 0, np.inf)
    for number, place in enumerate(small):
        high, low = size * (1 + 2 * number) + place, size * (2 + 2 * number) + place
        add({high: 1.0, low: -1.0}, WIDTH, np.inf)
    fixed = np.where(numbers == 0, 0.0, 1.0)
    bounds = Bounds(
        np.concatenate([[1.0 if place in small else 0.0 for place in range(size)], np.full(size * copies, -most)]),
        np.concatenate([fixed, np.full(size * copies, most)]),
    )
    solved = milp(
        np.concatenate([np.ones(size), np.zeros(size * copies)]),
        constraints=LinearConstraint(np.array(rows), lower, upper),
        integrality=np.concatenate([np.ones(size), np.zeros(size * copies)]),
        bounds=bounds,
        options={"mip_rel_gap": 0.0, "time_limit": 20},
    )
    assert solved.status == 0, solved.message
    hidden: int = round(solved.fun)
    return hidden


def test_small_tables_when_hidden_then_at_most_a_twentieth_more_than_the_optimum() -> None:
    chance = random.Random(11)  # noqa: S311
    hidden = best = made = 0
    while made < TABLES:
        numbers, sums = table(chance)
        if not 0 < sum(0 < value < SMALLEST for value in numbers) <= 6:
            continue
        made += 1
        hidden += ours(numbers, sums)
        best += optimum(numbers, sums)
    assert hidden >= best
    assert hidden <= MOST_ABOVE_OPTIMUM * best, (hidden, best)
