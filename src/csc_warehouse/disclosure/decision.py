"""For one profile: from what was published before and what is counted now to what may be shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from csc_warehouse.disclosure.parts import Outcome, Proof, Question, proofs, questions
from csc_warehouse.disclosure.profiles import First, Profile, first_state
from csc_warehouse.disclosure.relations import Key, Publication
from csc_warehouse.disclosure.system import State, System

HIDDEN_BEFORE = 0.5
"""What hiding a figure again costs that was hidden in every release before: a reader misses nothing more."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What counts as small, and how wide the interval around a hidden small number has to be."""

    smallest_count: int = 5
    smallest_denominator: int = 10
    width: float = 5


@dataclass(frozen=True)
class Decision:
    """What is shown of each figure of the candidate, and how that was proved."""

    states: Mapping[Key, State]
    firsts: Mapping[Key, First]
    system: System
    proofs: list[Proof]


@dataclass(frozen=True)
class Undecided:
    """What a decision waits for: the parts of the figures that are to be proved."""

    places: Mapping[Key, int]
    firsts: Mapping[Key, First]
    system: System
    questions: list[Question]

    def decided(self) -> Decision:
        """Return the decision, when every part is proved."""
        found = proofs(self.system, self.questions)
        # what is small is hidden, even where it was told before
        states = {
            key: max(self.system.figures[place].state, self.firsts[key].state) for key, place in self.places.items()
        }
        return Decision(states, self.firsts, self.system, found)


def asked(
    publication: Publication,
    places: Mapping[Key, int],
    profile: Profile,
    *,
    told: Mapping[int, State] | None = None,
    exactly: Collection[int] = (),
    printed: Mapping[str, Collection[str]] | None = None,
    thresholds: Thresholds | None = None,
    known: Mapping[str, Outcome] | None = None,
) -> Undecided:
    """Return what is to be proved of the figures at `places`, with all else in the publication as it stands already.

    told: in which state figures (by place) stand in releases that are out, at the same values: what is shown once and
    unchanged stays known; exactly: figures that somebody prints unrounded, whatever this profile does; printed:
    breakdowns of which the council prints the figures, by indicator; known: outcomes of parts proved before.
    """
    told, printed, thresholds = told or {}, printed or {}, thresholds or Thresholds()
    system = publication.system_for(profile.rounding)
    for place in exactly:
        for term in system.figures[place].terms:
            system.shown_lower[term] = system.shown_upper[term] = system.values[term]
    firsts: dict[Key, First] = {}
    for place, figure in enumerate(system.figures):
        code, breakdown = publication.keys[place][:2]
        is_printed = breakdown in printed.get(code, ())
        keeps_value = profile.keeps_percentages and (
            figure.value_type == "percent" or (is_printed and profile.keeps_printed)
        )
        figure.state = figure.may_become = told.get(place, State.HIDDEN)
        if not keeps_value and figure.state is not State.TERMS_HIDDEN:
            figure.shown_value = None
    for key, place in places.items():
        figure = system.figures[place]
        values = [system.values[term] for term in figure.terms]
        first = first_state(
            profile,
            figure.value_type,
            values[0],
            values[1] if len(values) > 1 else None,
            is_printed=key[1] in printed.get(key[0], ()),
            smallest_count=thresholds.smallest_count,
            smallest_denominator=thresholds.smallest_denominator,
        )
        firsts[key] = first
        before = told.get(place)
        figure.state = first.state if before is None else min(first.state, before)
        figure.may_become = first.may_become if before is None else min(first.may_become, before)
        if before is State.HIDDEN:
            figure.weight *= HIDDEN_BEFORE
    return Undecided(
        places,
        firsts,
        system,
        questions(
            system,
            publication.names,
            width=thresholds.width,
            smallest_shown=thresholds.smallest_count,
            known=known,
        ),
    )
