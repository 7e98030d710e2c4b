"""For whom figures are made: what each profile hides for its own sake, and how far a figure may be hidden."""

from __future__ import annotations

from dataclasses import dataclass

from csc_warehouse.disclosure.system import State, ValueType

PROTECTS = "protects another figure"


@dataclass(frozen=True, slots=True)
class Profile:
    """One audience (indicators.md section 5, design.md section 4)."""

    name: str
    keeps_percentages: bool = False
    """A percentage may stand without its terms."""
    keeps_printed: bool = False
    """What the council prints is never hidden."""
    hides_small_groups: bool = True
    """Percentages of fewer than the smallest shown denominator are hidden, 0% and 100% among them."""
    rounding: int = 0
    """The step to which numbers are shown; 0: exactly."""


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("open"),
        Profile("committee", keeps_percentages=True, keeps_printed=True, hides_small_groups=False),
        Profile("rounded", rounding=5),
    )
}


@dataclass(frozen=True, slots=True)
class First:
    """How a figure stands before anything is hidden for another's sake, and how far it may be hidden."""

    state: State
    may_become: State
    reason: str | None = None


def first_state(
    profile: Profile,
    value_type: ValueType,
    numerator: float,
    denominator: float | None,
    *,
    is_printed: bool,
    smallest_count: int,
    smallest_denominator: int,
) -> First:
    """Return how a figure stands for its own sake: small numbers and what makes them are hidden.

    A nought with nothing behind it hides nobody, and is always shown.
    """
    is_kept = is_printed and profile.keeps_printed
    if numerator == 0 and not denominator:
        return First(State.SHOWN, State.SHOWN)
    if denominator is None:
        reason = "small count" if 0 < numerator < smallest_count else None
        furthest = State.SHOWN if is_kept else State.HIDDEN
        return First(State.HIDDEN if reason and not is_kept else State.SHOWN, furthest, None if is_kept else reason)
    furthest = State.TERMS_HIDDEN if is_kept else State.HIDDEN
    reason = _small_reason(value_type, numerator, denominator, smallest_count)
    if reason:
        state = (
            State.TERMS_HIDDEN if is_kept or (profile.keeps_percentages and value_type == "percent") else State.HIDDEN
        )
        return First(state, furthest, reason)
    if value_type == "percent" and profile.hides_small_groups and denominator < smallest_denominator:
        return First(State.HIDDEN, furthest, "small denominator")
    return First(State.SHOWN, furthest)


def _small_reason(value_type: ValueType, numerator: float, denominator: float, smallest: int) -> str | None:
    if 0 < denominator < smallest:
        return "small denominator"
    if value_type == "mean":
        return None
    if 0 < numerator < smallest:
        return "small count"
    if 0 < denominator - numerator < smallest:
        return "small complement"
    return None
