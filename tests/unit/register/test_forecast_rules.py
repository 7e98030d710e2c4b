"""Which indicators are forecast: a rule that cannot be right is refused, and few trials make an interval wider."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from scipy.stats import t

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.register import SEEDS, load_register

FILE = "forecast_rules.csv"


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


def spoil(seeds: Path, code: str, **values: str) -> None:
    """Change columns of the rule of a code."""
    with (seeds / FILE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (seeds / FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | values if row["indicator_code"] == code else row for row in rows)


def factors() -> dict[tuple[int, int], float]:
    """Return the shipped factors by level and number of trials."""
    with (SEEDS / "forecast_factors.csv").open(encoding="utf-8", newline="") as file:
        return {
            (int(row["level_percent"]), int(row["independent_trials"])): float(row["factor"])
            for row in csv.DictReader(file)
        }


def test_what_the_committee_report_forecasts_has_a_rule() -> None:
    assert "CON01" in {rule.indicator_code for rule in load_register().forecast_rules}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"method": "guess"}, r"forecast_rules.csv, row CON01 \(line 2\): method"),
        ({"level_percent": "85"}, "row CON01 .* level_percent"),
        ({"earlier_years": "0"}, "row CON01 .* earlier_years"),
        ({"minimum_events": "many"}, "row CON01 .* minimum_events"),
        ({"minimum_trials": "1"}, "row CON01 .* minimum_trials"),
        ({"reason": ""}, "row CON01 .* reason"),
        ({"indicator_code": "CON99"}, "forecast_rules.csv, CON99 is no indicator"),
        ({"indicator_code": "CON05"}, "forecast_rules.csv, CON05 stands 2 times"),
        ({"indicator_code": "LAC01"}, "LAC01 is no count whose months sum to the year"),
        ({"indicator_code": "PM24"}, "PM24 is no count whose months sum to the year"),
        ({"indicator_code": "PRE01"}, "PRE01 is no count whose months sum to the year"),
        ({"indicator_code": "FIN01"}, "FIN01 is no count whose months sum to the year"),
        ({"indicator_code": "CH001"}, "CH001 is not given by month and year"),
    ],
)
def test_rule_when_it_cannot_be_right_then_is_refused_in_one_sentence(
    seeds: Path, values: dict[str, str], sentence: str
) -> None:
    spoil(seeds, "CON01", **values)
    with pytest.raises(CscWarehouseError, match=sentence) as caught:
        load_register(seeds)
    assert str(caught.value).count("\n") == 0


def test_factors_are_the_quantiles_of_students_distribution() -> None:
    for (level, trials), factor in factors().items():
        assert factor == pytest.approx(t.ppf(0.5 + level / 200, trials), abs=0.0006)


def test_every_level_that_a_rule_may_have_has_a_factor_for_each_number_of_trials() -> None:
    assert set(factors()) == {(level, trials) for level in (80, 90, 95) for trials in range(1, 13)}
