"""An attack on what would be published, told nothing of how it was hidden: each row is a variable.

The rules by which figures hang together are the register's; how they are put into equations, and the proof itself,
share nothing with the room that hides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from csc_warehouse.quality.attack_equations import Published, Variable
from csc_warehouse.quality.attack_known import Known, Rows, Said, column, said
from csc_warehouse.quality.attack_ranges import EPSILON, FREE, Model, ranges
from csc_warehouse.register import Register

ROUNDING_REACH = 2.5


@dataclass(frozen=True, slots=True)
class Findings:
    """What an attack on one profile of one authority found."""

    small_numbers: int
    exact: int
    """Small numbers that a reader can work out: no two whole numbers lie in what is left of them."""
    too_narrow: int
    """Those that a reader knows to within less than the width, exact ones among them."""
    unprotected: int
    """Those of the narrow ones that some release could have protected."""
    equations: int
    examples: tuple[str, ...] = ()


class Attack:
    """The attack on the rows of one profile of one authority, beside what readers hold of it."""

    def __init__(
        self,
        rows: Sequence[Published],
        register: Register,
        profile: str,
        *,
        width: float,
        smallest: int,
        releases: Sequence[Sequence[Published]] = (),
        shown: Sequence[Published] = (),
        known: Known | None = None,
    ) -> None:
        """Take the rows of the candidate; nothing is solved yet.

        releases: rows of releases that are out, each with all that its equations need; shown: single rows that are;
        known: what was found to be known of the same rows and releases, as they are shown to another profile.
        """
        self._register = register
        self._profile = profile
        self._width = width
        self._smallest = smallest
        self.known = known or Known(rows, releases, register)
        self._rows = [row for part in (rows, *releases, shown) for row in part]
        # a row that is shown alone may say what none of the others says
        self._same = list(self.known.same)
        further: dict[Said, int] = {}
        for row in shown:
            one, place = said(row), len(self._same)
            self._same.append(self.known.firsts[one] if one in self.known.firsts else further.setdefault(one, place))
        size = 2 * len(self._rows)
        self._leaders = np.concatenate((self.known.leaders, np.arange(len(self.known.leaders), size))).tolist()
        self._candidate = len(rows)
        self._told = {self._same[place] for place, row in enumerate(self._rows) if row.shown_numerator is not None}
        self._targets = list(self._small_terms())
        self._forms = [self._led(form) for _, form in self._targets]

    def _led(self, terms: Mapping[Variable, float]) -> dict[int, float]:
        """Return terms by the columns that stand for them."""
        found: dict[int, float] = defaultdict(float)
        for variable, coefficient in terms.items():
            found[self._leaders[column(variable)]] += coefficient
        return {leader: coefficient for leader, coefficient in found.items() if coefficient}

    def run(self) -> Findings:
        """Bound every hidden small number by all that is shown, and ask of the narrow ones whether it had to be."""
        as_shown = self._model(hides_all=False)
        found = ranges(as_shown, self._forms, self._width)
        narrow = [number for number, (lowest, highest) in enumerate(found) if highest - lowest < self._width - EPSILON]
        exact = sum(found[number][1] - found[number][0] < 1 - EPSILON for number in narrow)
        told: list[int] = []
        if narrow:
            at_most = self._model(hides_all=True)
            best = ranges(at_most, [self._forms[number] for number in narrow], self._width)
            told = [
                number
                for number, (lowest, highest) in zip(narrow, best, strict=True)
                if highest - lowest >= self._width - EPSILON
            ]
        return Findings(
            small_numbers=len(self._targets),
            exact=exact,
            too_narrow=len(narrow),
            unprotected=len(told),
            equations=self.known.equations,
            examples=tuple(self._name(self._targets[number][0]) for number in told[:5]),
        )

    def _name(self, place: int) -> str:
        row = self._rows[place]
        group = "" if row.breakdown == "all" else f" by {row.breakdown}, {row.breakdown_value}"
        return f"{row.indicator_code}{group}, {row.period_label}"

    def _small_terms(self) -> Iterator[tuple[int, dict[Variable, float]]]:
        for place, row in enumerate(self._rows):
            if place in self._told or self._same[place] != place:
                continue
            numerator, denominator = {(place, 0): 1.0}, {(place, 1): 1.0}
            kind = self._register.indicators[row.indicator_code].value_type
            if kind == "count":
                forms = [(row.numerator, numerator)]
            elif row.denominator is None:
                continue
            elif kind == "mean":
                forms = [(row.denominator, denominator)]
                if 0 < row.denominator < self._smallest and row.numerator > 0:
                    yield place, numerator
            else:
                complement = {(place, 0): -1.0, (place, 1): 1.0}
                forms = [
                    (row.numerator, numerator),
                    (row.denominator, denominator),
                    (row.denominator - row.numerator, complement),
                ]
            for value, form in forms:
                if 0 < value < self._smallest:
                    yield place, dict(form)

    def _model(self, *, hides_all: bool) -> Model:
        """Return what a reader knows; hides_all: had everything been hidden in the candidate that may be."""
        lower, upper = [-FREE] * len(self._leaders), [FREE] * len(self._leaders)
        ratios: list[Iterator[tuple[dict[int, float], float, float]]] = []
        for place, row in enumerate(self._rows):
            indicator = self._register.indicators[row.indicator_code]
            has_terms = indicator.value_type in ("percent", "mean") and row.denominator is not None
            is_kept = (
                self._profile == "committee" and indicator.is_printed and row.breakdown in indicator.printed_breakdowns
            )
            is_nought = row.numerator == 0 and not row.denominator
            may_hide = hides_all and place < self._candidate and not is_nought and not (is_kept and not has_terms)
            is_hidden = row.shown_numerator is None or may_hide
            terms = [(0, row.numerator, row.shown_numerator)]
            if has_terms and row.denominator is not None:
                terms.append((1, row.denominator, row.shown_denominator))
            for position, value, shown in terms:
                leader = self._leaders[column((self._same[place], position))]
                least = 1.0 if value >= 1 else min(value, 0.0)
                low, high = (least, FREE) if is_hidden or shown is None else self._as_shown(row, value, shown)
                lower[leader] = max(low, lower[leader])
                upper[leader] = min(high, upper[leader])
            keeps_value = row.shown_value is not None and (not may_hide or is_kept)
            if is_hidden and has_terms and keeps_value and row.denominator:
                scale = 100.0 if indicator.value_type == "percent" else 1.0
                ratios.append(self._ratio(self._same[place], row, scale))
        # rows of several periods or releases print one percentage of the same numbers: each is a row once
        written = list(
            {
                (*sorted(terms.items()), low, high): (terms, low, high)
                for terms, low, high in chain.from_iterable(ratios)
            }.values()
        )
        return Model(
            np.array(lower),
            np.array(upper),
            self.known.rows.with_rows(
                Rows(
                    np.array([len(terms) for terms, _, _ in written], dtype=np.int64),
                    np.array([leader for terms, _, _ in written for leader in terms], dtype=np.int64),
                    np.array([factor for terms, _, _ in written for factor in terms.values()], dtype=float),
                    np.array([low for _, low, _ in written], dtype=float),
                    np.array([high for _, _, high in written], dtype=float),
                )
            ),
        )

    def _as_shown(self, row: Published, value: float, shown: float) -> tuple[float, float]:
        """Return between what a reader knows a number to lie that is shown."""
        if self._profile != "rounded" or row.is_exact or value == 0:
            # a nought that is shown is one: what would round to it is small, and hidden
            return value, value
        reach = ROUNDING_REACH if value % 1 else 2
        return max(0.0, shown - reach), shown + reach

    def _ratio(self, place: int, row: Published, scale: float) -> Iterator[tuple[dict[int, float], float, float]]:
        """Yield that numerator over denominator is what is printed, to half of its last digit."""
        shown = row.shown_value
        if shown is None:  # a percentage printed by the council of which nothing is shown yet
            return
        yield self._led({(place, 0): scale, (place, 1): -(shown + 0.05)}), -FREE, 0.0
        yield self._led({(place, 0): scale, (place, 1): -(shown - 0.05)}), 0.0, FREE
