"""A publication in parts that hang together: each is proved by itself, and not again until something in it changes."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from csc_warehouse.disclosure.closing import Closed, Closing, Order
from csc_warehouse.disclosure.search import Search
from csc_warehouse.disclosure.system import State, System

_MADE_BY = ("closing.py", "parts.py", "programs.py", "search.py", "surroundings.py", "system.py")


def _method() -> str:
    """Return a digest of the code that proves: by other code a part is proved anew."""
    folder = Path(__file__).parent
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in _MADE_BY)).hexdigest()


METHOD = _method()
ORDERS: tuple[Order, ...] = ("as it comes", "backwards", "smallest first", "largest first")
MOST_IN_SEVERAL_ORDERS = 60
"""Parts of more figures are proved in one order."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some figures of a system, by their places there, as a system of their own."""

    places: tuple[int, ...]
    system: System


@dataclass(frozen=True, slots=True)
class Known:
    """What is proved of one small number: within which values a reader cannot tell it, or that it is told already."""

    figure: int
    name: str
    lower: float
    upper: float
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a figure is hidden that is not small: for which figure, and by which relation it would have told it."""

    figure: int
    protects: int
    relation: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the proof of a part decided: the state of each figure, what is known of small numbers, and why."""

    states: tuple[int, ...]
    known: tuple[Known, ...]
    reasons: tuple[Reason, ...]


def outcome_of(kept: Mapping[str, Any]) -> Outcome:
    """Return an outcome from its parts as JSON keeps them."""
    return Outcome(
        states=tuple(kept["states"]),
        known=tuple(Known(**found) for found in kept["known"]),
        reasons=tuple(Reason(**reason) for reason in kept["reasons"]),
    )


@dataclass(slots=True)
class Question:
    """A part with its digest, what is asked of it, and what came of that; None: it is still to be proved."""

    part: Part
    digest: str
    width: float
    smallest_shown: int
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Proof:
    """A part, its digest, and what was decided; places in the outcome are those of the part."""

    part: Part
    digest: str
    outcome: Outcome


def split(system: System, names: Sequence[str]) -> list[Part]:
    """Return the parts of a system that have something to protect, each with the rows that bind it, in order of names.

    Terms that everybody knows hang nothing together: what they come to is moved to the bounds of their rows.
    """
    leader = list(range(len(system.figures)))

    def find(place: int) -> int:
        while leader[place] != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    moving_rows: list[tuple[int, list[int]]] = []
    for number, row in enumerate(system.rows):
        moving = [index for index, term in enumerate(row.terms) if _moves(system, term)]
        if not moving:
            continue
        moving_rows.append((number, moving))
        first = find(system.figure_of[row.terms[moving[0]]])
        for index in moving[1:]:
            leader[find(system.figure_of[row.terms[index]])] = first
    members: dict[int, list[int]] = defaultdict(list)
    for place in sorted(range(len(system.figures)), key=names.__getitem__):
        members[find(place)].append(place)
    rows: dict[int, list[tuple[int, list[int]]]] = defaultdict(list)
    for number, moving in moving_rows:
        rows[find(system.figure_of[system.rows[number].terms[moving[0]]])].append((number, moving))
    return [
        Part(tuple(places), _subsystem(system, places, rows[first]))
        for first, places in members.items()
        if any(system.figures[place].state is not State.SHOWN for place in places)
    ]


def _moves(system: System, term: int) -> bool:
    figure = system.figures[system.figure_of[term]]
    return (
        figure.state is not State.SHOWN
        or figure.may_become is not State.SHOWN
        or system.shown_lower[term] < system.shown_upper[term]
    )


def _subsystem(system: System, places: Sequence[int], rows: Sequence[tuple[int, list[int]]]) -> System:
    part = System()
    terms: dict[int, int] = {}
    for place in places:
        figure = system.figures[place]
        first = len(part.values)
        for offset, term in enumerate(figure.terms):
            terms[term] = first + offset
            part.values.append(system.values[term])
            part.shown_lower.append(system.shown_lower[term])
            part.shown_upper.append(system.shown_upper[term])
            part.figure_of.append(len(part.figures))
        part.figures.append(replace(figure, terms=tuple(range(first, first + len(figure.terms)))))
    found = []
    for number, moving in rows:
        row = system.rows[number]
        still = set(range(len(row.terms))).difference(moving)
        constant = math.fsum(row.coefficients[index] * system.values[row.terms[index]] for index in still)
        kept = sorted((terms[row.terms[index]], row.coefficients[index]) for index in moving)
        found.append((kept, row.lower - constant, row.upper - constant, row.relation))
    # which of two programs that mean the same is solved decides what is hidden: parts of one digest are one program
    for kept, lower, upper, relation in sorted(found):
        part.add_row(
            [term for term, _ in kept],
            [coefficient for _, coefficient in kept],
            lower=lower,
            upper=upper,
            relation=relation,
        )
    return part


def digest(part: Part, names: Sequence[str], thresholds: str) -> str:
    """Return a digest of all that a proof of a part depends on.

    names: what each figure of the part is, in its order.
    """
    system = part.system
    figures = [
        f"{name}|{[system.values[term] for term in figure.terms]}|{figure.state:d}{figure.may_become:d}"
        f"|{figure.weight}|{figure.shown_value}|{figure.shown_margin}|{figure.is_target}"
        f"|{[(system.shown_lower[term], system.shown_upper[term]) for term in figure.terms]}"
        for name, figure in zip(names, system.figures, strict=True)
    ]
    name_of = [
        f"{names[system.figure_of[term]]}.{term - system.figures[system.figure_of[term]].terms[0]}"
        for term in range(len(system.values))
    ]
    rows = [
        f"{sorted(zip((name_of[t] for t in row.terms), row.coefficients, strict=True))}|{row.lower}|{row.upper}"
        for row in system.rows
    ]
    text = "\n".join([METHOD, thresholds, *sorted(figures), *sorted(rows)])
    return hashlib.sha256(text.encode()).hexdigest()


def prove(part: Part, *, width: float, smallest_shown: int) -> Outcome:
    """Hide what it takes in one part until every small number keeps the width; the part's states are changed.

    Which of two small numbers is looked at first decides what protects both. A part that is quickly proved is proved in
    several orders, and the one that hides the least stands. What was proved before, and where, makes no difference.
    """
    figures = part.system.figures
    is_small = len(figures) <= MOST_IN_SEVERAL_ORDERS
    search = Search(part.system, width=width, remembers=is_small)
    first = [figure.state for figure in figures]
    best: Outcome | None = None
    least = 0.0
    for order in ORDERS if is_small else ORDERS[:1]:
        for figure, state in zip(figures, first, strict=True):
            figure.state = state
        closed = Closing(search, smallest_shown=smallest_shown).run(order)
        hidden = sum(figure.weight * int(figure.state) for figure in figures)
        if best is None or hidden < least:
            best, least = _outcome(part, closed), hidden
        if not closed.choices:
            break
    if best is None:
        raise ValueError("a part is proved in at least one order")
    for figure, number in zip(figures, best.states, strict=True):
        figure.state = State(number)
    return best


def _outcome(part: Part, closed: Closed) -> Outcome:
    pinned = set(closed.pinned)
    return Outcome(
        states=tuple(int(figure.state) for figure in part.system.figures),
        known=tuple(
            Known(target.figure, target.name, interval.lower, interval.upper, number in pinned)
            for number, (target, interval) in enumerate(zip(closed.targets, closed.intervals, strict=True))
        ),
        reasons=tuple(
            Reason(figure, choice.target.figure, choice.relation) for figure, choice in closed.choices.items()
        ),
    )


def questions(
    system: System,
    names: Sequence[str],
    *,
    width: float,
    smallest_shown: int,
    known: Mapping[str, Outcome] | None = None,
) -> list[Question]:
    """Return every part of a system, in order of names, with the outcome of each that was proved before.

    names: what each figure is, each once; known: outcomes of parts that were proved before, by their digests.
    """
    found: list[Question] = []
    for part in split(system, names):
        key = digest(part, [names[place] for place in part.places], f"{width} {smallest_shown}")
        found.append(Question(part, key, width, smallest_shown, (known or {}).get(key)))
    return found


def proofs(system: System, answered: Sequence[Question]) -> list[Proof]:
    """Return the proofs of a system's parts; the states of its figures are changed.

    Raises ValueError where a part is not proved.
    """
    found: list[Proof] = []
    for question in answered:
        if question.outcome is None:
            raise ValueError("a part of the figures has not been proved")
        for place, state in zip(question.part.places, question.outcome.states, strict=True):
            system.figures[place].state = State(state)
        found.append(Proof(question.part, question.digest, question.outcome))
    return found
