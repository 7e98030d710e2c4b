"""Random publications of two releases, attacked: nothing small is told that some release could have protected."""

from __future__ import annotations

import pytest

from csc_warehouse.disclosure.decision import Thresholds
from csc_warehouse.disclosure.profiles import PROFILES
from csc_warehouse.disclosure.relations import Cell, Member, Publication, Relation, Rule
from csc_warehouse.disclosure.system import State
from tests.unit.disclosure.attacker import EPSILON, Attacker, Seen
from tests.unit.disclosure.made_up import MONTHS, Name, Release, decide, periods, publications

PUBLICATIONS = 200
BATCHES = 20
WIDTH, SMALLEST = 5, 5
PRINTED = {"TIM": ("all",), "OUT": ("all",)}
"""What the council prints in half of the publications of the committee."""

RULES = {
    "CAM": Rule("CAM", "count", additive_breakdowns=("group",), is_additive_over_periods=True),
    "TIM": Rule("TIM", "percent", additive_breakdowns=("group",), is_additive_over_periods=True),
    "LAT": Rule("LAT", "count", additive_breakdowns=("group",), is_additive_over_periods=True),
    "OUT": Rule("OUT", "count", is_additive_over_periods=True),
    "OPN": Rule("OPN", "count", is_stock=True),
    "DAY": Rule("DAY", "mean", is_additive_over_periods=True),
}


def by_group(name: str, comparison: str, *members: tuple[float, str, str]) -> list[Relation]:
    return [
        Relation(
            f"{name} {breakdown}",
            comparison,  # type: ignore[arg-type]
            tuple(Member(c, code, term, breakdown, value) for c, code, term in members),  # type: ignore[arg-type]
        )
        for breakdown, value in (("all", "all"), ("group", "*"))
    ]


RELATIONS = [
    *by_group("who came", "equal", (1, "TIM", "denominator"), (-1, "CAM", "numerator")),
    *by_group("in time and late", "equal", (1, "TIM", "numerator"), (1, "LAT", "numerator"), (-1, "CAM", "numerator")),
    Relation("days late", "equal", (Member(1, "DAY", "denominator"), Member(-1, "LAT", "numerator"))),
    Relation(
        "from day to day",
        "equal",
        (
            Member(1, "OPN", "numerator", moment="before"), Member(1, "CAM", "numerator"),
            Member(-1, "OUT", "numerator"), Member(-1, "OPN", "numerator"),
        ),
    ),
]  # fmt: skip


def cells_of(release: Release, months: int) -> dict[Name, Cell]:
    spans = periods(months)
    ends = [*MONTHS[1:], MONTHS[-1].replace(month=10)]
    found: dict[Name, Cell] = {}
    for (code, period, group), (numerator, denominator) in release.figures.items():
        start, after = MONTHS[spans[period][0]], ends[spans[period][-1]]
        found[code, period, group] = Cell(
            code, "all" if group == "all" else "group", group, start, after.fromordinal(after.toordinal() - 1),
            numerator, denominator,
        )  # fmt: skip
    return found


def published(releases: list[Release], months: int, profile_name: str, *, is_printed: bool) -> tuple[list[Seen], int]:
    """Publish the releases one after the other; return what is seen, and how many numbers are said to be pinned."""
    profile = PROFILES[profile_name]
    printed = PRINTED if is_printed else {}
    seen: list[Seen] = []
    pinned = 0
    told: dict[tuple[object, float, float | None], State] = {}
    past: list[list[Cell]] = []
    for release in releases:
        cells = cells_of(release, months)
        publication = Publication(RULES, RELATIONS)
        for earlier in past:
            publication.add_release(_once(earlier))
        places = publication.add_release(_once(list(cells.values())))
        assert publication.violations == []
        known = {
            place: state
            for version, state in told.items()
            if (place := publication.place_of(*version)) is not None  # type: ignore[arg-type]
        }
        decision = decide(
            publication, places, profile, told=known, printed=printed, thresholds=Thresholds(SMALLEST, 10, WIDTH)
        )
        key_of = {name: _key(cell) for name, cell in cells.items()}
        states = {name: decision.states[key] for name, key in key_of.items()}  # type: ignore[index]
        for name, state in states.items():
            numerator, denominator = release.figures[name]
            version = (key_of[name], numerator, denominator)
            told[version] = min(state, told.get(version, State.HIDDEN))
        seen.append(
            Seen(
                release,
                {name: {0: "all", 1: "value", 2: "none"}[int(state)] for name, state in states.items()},
                profile.rounding,
            )
        )
        pinned = sum(found.is_pinned for proof in decision.proofs for found in proof.outcome.known)
        past.append(list(cells.values()))
    return seen, pinned


def _key(cell: Cell) -> object:
    rule = RULES[cell.indicator_code]
    return cell.indicator_code, cell.breakdown, cell.breakdown_value, (None if rule.is_stock else cell.start, cell.end)


def _once(cells: list[Cell]) -> list[Cell]:
    return list({_key(cell): cell for cell in cells}.values())


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_publications_when_attacked_then_nothing_that_could_be_protected_is_told(batch: int) -> None:
    attacked = 0
    for number, (_, months, releases) in enumerate(publications(batch, PUBLICATIONS // BATCHES)):
        profile = ("open", "committee", "committee", "rounded", "open")[number % 5]
        is_printed = number % 5 == 2
        seen, pinned = published(releases, months, profile, is_printed=is_printed)
        assert sum(len(release.figures) for release in releases) <= 800
        attacker = Attacker(seen)
        small = attacker.small(SMALLEST)
        widths = attacker.widths(list(small.values()), WIDTH)
        narrow = [key for key, width in zip(small, widths, strict=True) if width < WIDTH - EPSILON]
        attacked += len(small)
        # of the last release, as if all had been hidden in it that the council does not print
        freed = Seen(seen[-1].release, _all_hidden(seen[-1], profile, is_printed=is_printed), seen[-1].step)
        at_best = Attacker([*seen[:-1], freed])
        best = at_best.widths([at_best.small(SMALLEST)[key] for key in narrow], WIDTH)
        could_be_protected = [key for key, width in zip(narrow, best, strict=True) if width >= WIDTH - EPSILON]
        assert could_be_protected == [], (profile, could_be_protected)
        assert len({(_days(key[0], months), *key[1:]) for key in narrow}) == pinned
    assert attacked > 100


def _days(name: Name, months: int) -> tuple[str, object, str]:
    """Return what decides which two published numbers are the same: the days that they count."""
    inside = periods(months)[name[1]]
    return name[0], inside[-1] if name[0] == "OPN" else tuple(inside), name[2]


def _all_hidden(last: Seen, profile: str, *, is_printed: bool) -> dict[Name, str]:
    shown: dict[Name, str] = {}
    for name, (numerator, denominator) in last.release.figures.items():
        is_kept = is_printed and profile == "committee" and name[0] in PRINTED and name[2] == "all"
        is_nought = numerator == 0 and not denominator
        if is_nought or (is_kept and denominator is None):
            shown[name] = "all"
        else:
            shown[name] = "value" if is_kept else "none"
    return shown
