"""What is hidden of small publications whose right answer can be worked out by hand."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import pytest

from csc_warehouse.disclosure.decision import Decision
from csc_warehouse.disclosure.profiles import PROFILES
from csc_warehouse.disclosure.relations import Cell, Key, Member, Publication, Relation, Rule
from csc_warehouse.disclosure.system import State
from tests.unit.disclosure.made_up import decide

START, END = datetime.date(2018, 4, 1), datetime.date(2018, 4, 30)
SHOWN, TERMS, HIDDEN = State.SHOWN, State.TERMS_HIDDEN, State.HIDDEN
RULES = {
    "CNT": Rule("CNT", "count", additive_breakdowns=("source",)),
    "PCT": Rule("PCT", "percent"),
    "ALL": Rule("ALL", "count"),
    "LAT": Rule("LAT", "count"),
    "AVG": Rule("AVG", "mean"),
}
SHARED = (
    Relation("of all", "equal", (Member(1, "PCT", "denominator"), Member(-1, "ALL", "numerator"))),
    Relation(
        "in time and late",
        "equal",
        (Member(1, "PCT", "numerator"), Member(1, "LAT", "numerator"), Member(-1, "ALL", "numerator")),
    ),
)


def cell(code: str, numerator: float, denominator: float | None = None, source: str | None = None) -> Cell:
    return Cell(code, "source" if source else "all", source or "all", START, END, numerator, denominator)


def decided(
    *cells: Cell,
    profile: str = "open",
    printed: dict[str, tuple[str, ...]] | None = None,
    told: dict[tuple[str, str], State] | None = None,
) -> dict[tuple[str, str], State]:
    return {(key[0], key[2]): state for key, state in _decision(cells, profile, printed, told).states.items()}


def _decision(
    cells: tuple[Cell, ...],
    profile: str,
    printed: dict[str, tuple[str, ...]] | None,
    told: dict[tuple[str, str], State] | None,
) -> Decision:
    publication = Publication(RULES, SHARED)
    places = publication.add_release(cells)
    known = {place: told[key[0], key[2]] for key, place in places.items() if told and (key[0], key[2]) in told}
    return decide(publication, places, PROFILES[profile], told=known, printed=printed)


def groups(*numbers: float) -> list[Cell]:
    return [cell("CNT", sum(numbers)), *(cell("CNT", n, source=f"S{i}") for i, n in enumerate(numbers))]


def test_a_small_group_is_hidden_with_a_fellow() -> None:
    found = decided(*groups(3, 6, 40, 60))
    assert found["CNT", "S0"] is HIDDEN
    assert sum(state is HIDDEN for state in found.values()) == 2


def test_five_hidden_groups_that_sum_to_five_are_one_each_so_that_the_sum_goes_too() -> None:
    found = decided(*groups(1, 1, 1, 1, 1))
    assert found["CNT", "all"] is HIDDEN


def test_hidden_parts_that_leave_no_width_need_more_than_a_second_hidden_one() -> None:
    # 4 and 4 make 8: each is between 1 and 7, which is wide enough; 2 and 3 make 5: each is between 1 and 4
    assert decided(*groups(4, 4, 50))["CNT", "S2"] is SHOWN
    found = decided(*groups(2, 3, 50))
    assert HIDDEN in (found["CNT", "S2"], found["CNT", "all"])


def test_a_nought_is_shown_and_protects_nothing() -> None:
    found = decided(*groups(0, 3, 40, 9))
    assert found["CNT", "S0"] is SHOWN
    assert found["CNT", "S3"] is HIDDEN


def test_a_percentage_that_ties_two_counts_is_hidden_with_them() -> None:
    # 38 of 40: the 2 late ones follow from the percentage and from its terms
    found = decided(cell("ALL", 40), cell("LAT", 2), cell("PCT", 38, 40))
    assert found["PCT", "all"] is HIDDEN
    assert found["LAT", "all"] is HIDDEN


@pytest.mark.parametrize(
    ("numerator", "denominator", "profile", "state"),
    [
        (0, 9, "open", HIDDEN),
        (9, 9, "open", HIDDEN),
        (0, 40, "open", SHOWN),
        (40, 40, "open", SHOWN),
        (0, 9, "committee", SHOWN),
        (3, 40, "open", HIDDEN),
        (3, 40, "committee", TERMS),
        (0, 0, "open", SHOWN),
        (0, 4, "committee", TERMS),
    ],
)
def test_a_percentage_alone_is_hidden_by_profile(
    numerator: float, denominator: float, profile: str, state: State
) -> None:
    assert decided(cell("PCT", numerator, denominator), profile=profile)["PCT", "all"] is state


def test_a_percentage_whose_denominator_stands_elsewhere_tells_the_small_term_so_the_committee_loses_one() -> None:
    # 7.5% of 40 is 3: either the percentage goes, or the 40
    found = decided(cell("ALL", 40), cell("PCT", 3, 40), profile="committee")
    assert found["PCT", "all"] is not SHOWN
    assert HIDDEN in (found["PCT", "all"], found["ALL", "all"])


def test_a_mean_of_few_is_hidden() -> None:
    assert decided(cell("AVG", 150, 3))["AVG", "all"] is HIDDEN
    assert decided(cell("AVG", 1500, 30))["AVG", "all"] is SHOWN


def test_what_the_council_prints_stays_and_what_it_tells_is_counted() -> None:
    cells = tuple(groups(3, 6, 40))
    decision = _decision(cells, "committee", {"CNT": ("all", "source")}, None)
    assert set(decision.states.values()) == {SHOWN}
    cells = (cell("ALL", 40), cell("LAT", 2), cell("PCT", 38, 40))
    decision = _decision(cells, "committee", {"PCT": ("all",), "ALL": ("all",)}, None)
    states = {key[0]: state for key, state in decision.states.items()}
    assert states["PCT"] is TERMS
    assert states["ALL"] is SHOWN
    assert any(found.is_pinned for proof in decision.proofs for found in proof.outcome.known)


def test_a_figure_that_was_shown_and_is_unchanged_stays_shown_and_another_protects() -> None:
    alone = decided(*groups(3, 6, 40, 60))
    protector = next(key for key, state in alone.items() if state is HIDDEN and key != ("CNT", "S0"))
    found = decided(*groups(3, 6, 40, 60), told={protector: SHOWN})
    assert found[protector] is SHOWN
    assert sum(state is HIDDEN for state in found.values()) == 2


def test_small_figure_that_was_shown_before_is_hidden_and_nothing_is_hidden_for_it() -> None:
    found = decided(*groups(3, 6, 40, 60), told={("CNT", "S0"): SHOWN})
    assert found["CNT", "S0"] is HIDDEN
    assert sum(state is HIDDEN for state in found.values()) == 1


def test_part_that_was_proved_before_is_recalled_and_a_changed_one_is_not() -> None:
    publication = Publication(RULES, SHARED)
    places = publication.add_release(groups(3, 6, 40, 60))
    first = decide(publication, places, PROFILES["open"])
    known = {proof.digest: proof.outcome for proof in first.proofs}
    again = decide(publication, places, PROFILES["open"], known=known)
    assert again.states == first.states
    assert [proof.outcome for proof in again.proofs] == [proof.outcome for proof in first.proofs]
    changed = Publication(RULES, SHARED)
    places = changed.add_release(groups(3, 6, 41, 60))
    assert not {proof.digest for proof in decide(changed, places, PROFILES["open"], known=known).proofs} & set(known)


def test_order_of_figures_when_it_differs_then_the_same_part_is_recognised_and_hides_the_same() -> None:
    def decided(cells: list[Cell]) -> tuple[set[str], Mapping[Key, State]]:
        publication = Publication(RULES, SHARED)
        places: dict[Key, int] = publication.add_release(cells)
        decision = decide(publication, places, PROFILES["open"])
        return {proof.digest for proof in decision.proofs}, decision.states

    cells = groups(3, 6, 40, 60)
    assert decided(cells) == decided(cells[::-1])
