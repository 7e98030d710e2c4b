"""Forecasts made as at earlier days, against what the years came to: how often the interval held the truth."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, TextClause, text

from benchmarks.landing import Figure
from csc_warehouse import nightly
from csc_warehouse.privacy import roles
from csc_warehouse.sample import write_sample
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.warehouse import cluster, open_warehouse

SEEDS = (1806, 2024, 7)
YEARS = 5
"""Of history: a forecast needs months of earlier years, and others on which its method is tried."""
END = datetime.date(2019, 4, 5)
AS_AT = (
    datetime.date(2017, 7, 5),
    datetime.date(2017, 10, 5),
    datetime.date(2018, 1, 5),
    datetime.date(2018, 7, 5),
    datetime.date(2018, 10, 5),
    datetime.date(2019, 1, 5),
)
"""After the first, second and third quarter of two years that had ended by END."""
_FORECASTS = text(
    "select indicator_code, period_label, status, months_known, value, lower_bound, upper_bound, level_percent"
    " from marts_candidate.indicator_forecasts where authority_code = :authority_code"
)
_TRUTHS = text(
    "select indicator_code, period_label, value from marts_candidate.indicator_values"
    " where authority_code = :authority_code and period_type = 'year' and breakdown = 'all' and status = 'final'"
)


@dataclass(frozen=True)
class Trial:
    """One forecast and what its year came to."""

    indicator_code: str
    months_known: int
    is_within: bool
    error_percent: float
    width_percent: float
    level_percent: int


def measure(settings: Settings) -> list[Figure]:
    """Return the coverage of the forecasts of three made-up councils as at six days each, with the number of trials.

    Each forecast is made by a build as at its day, from the deliveries up to it; the truth by one as at the last day.
    """
    trials: list[Trial] = []
    without: Counter[str] = Counter()
    for seed in SEEDS:
        home = settings.home / f"council-{seed}"
        council = load_settings(home=home, exports=home / "exports")
        try:
            made, missing = _measure(council, seed)
        finally:
            cluster.stop(home)
        trials += made
        without.update(missing)
    levels = sorted({trial.level_percent for trial in trials})
    budget = " and ".join(f"{level}%" for level in levels)
    figures = [_coverage("all forecasts", trials, budget)]
    for months in sorted({trial.months_known for trial in trials}):
        figures.append(
            _coverage(f"with {months} months known", [t for t in trials if t.months_known == months], budget)
        )
    for code in sorted({trial.indicator_code for trial in trials}):
        figures.append(_coverage(code, [t for t in trials if t.indicator_code == code], budget))
    figures += [(f"no forecast: {status}", str(count), "") for status, count in sorted(without.items())]
    return figures


def _coverage(what: str, trials: list[Trial], budget: str) -> Figure:
    """Return one line: how many of the trials held the truth, how far off and how wide they were."""
    within = sum(trial.is_within for trial in trials)
    errors = sorted(trial.error_percent for trial in trials)
    widths = sorted(trial.width_percent for trial in trials)
    middle = len(trials) // 2
    return (
        what,
        f"{within} of {len(trials)} within ({within / len(trials):.0%}); median error {errors[middle]:.1f}%,"
        f" interval +/-{widths[middle]:.1f}%",
        budget,
    )


def _measure(settings: Settings, seed: int) -> tuple[list[Trial], Counter[str]]:
    write_sample(settings.exports, seed=seed, years=YEARS, end=END)
    nightly.land(settings=settings)
    made = [row for day in AS_AT for row in _built(settings, day, _FORECASTS)]
    truths = {(row.indicator_code, row.period_label): float(row.value) for row in _built(settings, END, _TRUTHS)}
    given = [row for row in made if row.status == "given"]
    trials = [
        Trial(
            row.indicator_code,
            row.months_known,
            bool(row.lower_bound <= truth <= row.upper_bound),
            100 * abs(float(row.value) - truth) / truth,
            50 * float(row.upper_bound - row.lower_bound) / float(row.value),
            row.level_percent,
        )
        for row in given
        for truth in [truths[row.indicator_code, row.period_label]]
    ]
    return trials, Counter(row.status for row in made if row.status != "given")


def _built(settings: Settings, day: datetime.date, query: TextClause) -> list[Row[Any]]:
    """Build the candidate as at a day and return what a query reads of it."""
    nightly.build(settings=settings, as_at=day)
    warehouse = roles.under(open_warehouse(settings), "check")
    with warehouse.transaction() as connection:
        rows = connection.execute(query, {"authority_code": settings.config.home_authority}).all()
    warehouse.engine.dispose()
    return list(rows)
