"""The semantic layer is written from the register, and each row says how its figures may be put together."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import yaml

from csc_warehouse.register import Indicator, load_register, semantics
from csc_warehouse.settings import PROJECT_DIRECTORY

FOLDER = PROJECT_DIRECTORY / "dbt_project" / semantics.FOLDER
HOW = "run: .venv/bin/python scripts/semantic_layer.py"
REGISTER = load_register().indicators


def changed(of: str, /, **columns: Any) -> Indicator:
    return REGISTER[of].model_copy(update=columns)


def metrics(*rows: Indicator) -> dict[str, dict[str, Any]]:
    files = semantics.semantic_layer(rows)
    return {
        metric["name"]: metric
        for name, text in files.items()
        if name.endswith("__metrics.yml")
        for metric in yaml.safe_load(text)["metrics"]
    }


def test_files_are_what_the_register_says_now() -> None:
    written = semantics.semantic_layer(REGISTER.values())
    for name, text in written.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, HOW
    assert {path.name for path in FOLDER.glob("*__metrics.yml")} == set(written) - {semantics.MODELS}, HOW


def test_every_indicator_and_every_breakdown_of_one_is_a_metric() -> None:
    found = metrics(*REGISTER.values())
    wanted = {
        semantics.metric_name(code, breakdown)
        for code, row in REGISTER.items()
        for breakdown in ("all", *row.breakdowns)
    }
    assert wanted <= set(found)
    assert {"pm24", "pm24_by_team", "lac01"} <= wanted


def test_a_new_row_is_a_metric_with_nothing_written_by_hand() -> None:
    new = changed("CON06", code="CON99", title="Contacts from schools")
    found = metrics(*REGISTER.values(), new)
    assert found["con99"]["label"] == "CON99 Contacts from schools"
    assert found["con99"]["type_params"]["expr"] == "100.0 * con99_numerator / nullif(con99_denominator, 0)"
    assert "'CON99'" in found["con99_numerator"]["filter"]


@pytest.mark.parametrize(
    ("row", "breakdown", "kind"),
    [
        (REGISTER["PM24"], "all", "flow"),
        (REGISTER["PM24"], "team", "flow"),
        (REGISTER["ASM01"], "all", "flow"),
        (REGISTER["LAC01"], "all", "stock"),
        (REGISTER["ASM04"], "all", "stock"),
        # an empty group has no row, and the month before would stand for it
        (REGISTER["LAC01"], "sex", "exact"),
        # distinct children, and a numerator that depends on the period; the whole counts episodes
        (REGISTER["MIS01"], "all", "flow"),
        (REGISTER["MIS01"], "children", "exact"),
        (REGISTER["ASM08"], "all", "exact"),
        # families are counted, not the children that the whole counts
        (REGISTER["CPR04"], "families", "exact"),
        # each group against the whole: their denominators are one and the same
        (changed("PM24", breakdown_denominator="whole", breakdown_groups={"team": ["SPOA"]}), "team", "exact"),
        # the first quarter would lack a month
        (changed("CON01", computed_from_date=datetime.date(2020, 5, 1)), "all", "exact"),
        (changed("CON01", computed_from_date=datetime.date(2020, 4, 1)), "all", "flow"),
        # whether a year's history is too short its last month does not know
        (changed("LAC01", parameters={"minimum_history_months": 12}), "all", "exact"),
    ],
    ids=lambda value: value.code if isinstance(value, Indicator) else str(value),
)
def test_figures_are_put_together_as_the_row_allows(row: Indicator, breakdown: str, kind: str) -> None:
    assert semantics.kind_of(row, breakdown) == kind


def test_a_measure_at_the_end_of_a_time_is_taken_for_each_authority() -> None:
    content = yaml.safe_load(semantics.semantic_layer(REGISTER.values())[semantics.MODELS])
    measures = {
        measure["name"]: measure for model in content["semantic_models"] for measure in model.get("measures", [])
    }
    found = metrics(REGISTER["LAC01"])
    for part in ("numerator_at_the_end", "number_at_the_end"):
        assert found[f"lac01_{part}"]["type_params"]["measure"] == f"figure_{part}"
        assert measures[f"figure_{part}"]["non_additive_dimension"] == {
            "name": "period",
            "window_choice": "max",
            "window_groupings": ["authority"],
        }


@pytest.mark.parametrize(
    ("period_types", "said"),
    [
        (("month", "year"), "--group-by metric_time__month or metric_time__quarter (figure__financial_year"),
        (("quarter", "year"), "--group-by metric_time__quarter (quarterly_figure__financial_year"),
        (("half_year", "year"), "--group-by metric_time__quarter (half_yearly_figure__financial_year"),
        (("year",), "--group-by metric_time__year or annual_figure__financial_year"),
    ],
)
def test_every_name_by_which_a_state_is_asked_refuses_what_it_would_lose(
    period_types: tuple[str, ...], said: str
) -> None:
    found = metrics(changed("PM25", period_types=period_types, breakdowns=()))
    askable = {name for name in found if not name.endswith(semantics.CHECKS)}
    assert askable == {"pm25", "pm25_numerator", "pm25_denominator"}
    for name in askable:
        expression = found[name]["type_params"]["expr"]
        assert semantics.NOT_ADDED in expression
        assert said in expression
        inputs = {metric["name"] for metric in found[name]["type_params"]["metrics"]}
        assert {part for part in set(found) - askable if part in expression} == inputs


@pytest.mark.parametrize(
    ("period_types", "entity", "granularity"),
    [
        (("month", "quarter"), "figure", "month"),
        (("quarter", "year"), "quarterly_figure", "quarter"),
        (("half_year", "year"), "half_yearly_figure", "quarter"),
        (("year_to_date", "year"), "annual_figure", "year"),
        (("year",), "annual_figure", "year"),
    ],
)
def test_a_grain_finer_than_the_shortest_period_does_not_exist(
    period_types: tuple[str, ...], entity: str, granularity: str
) -> None:
    row = changed("CON02", period_types=period_types)
    models = yaml.safe_load(semantics.semantic_layer([row])[semantics.MODELS])["semantic_models"]
    figures = next(model for model in models if model["name"] == f"{entity}s")
    time = next(dimension for dimension in figures["dimensions"] if dimension["type"] == "time")
    assert time["type_params"]["time_granularity"] == granularity
    assert metrics(row)["con02_numerator"]["type_params"]["measure"] == f"{entity}_numerator"


def test_a_refusal_names_what_would_be_right() -> None:
    expression = metrics(REGISTER["CPR04"])["cpr04_by_families"]["type_params"]["expr"]
    assert semantics.NOT_ADDED in expression
    assert "figure__period_type,figure__period_label,authority,figure__group" in expression
