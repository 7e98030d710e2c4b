"""The semantic layer as data: dbt's semantic models, and a metric for each indicator, written from its register row.

How a metric may be asked follows from the row: what is additive over periods is added up, numerator and denominator
apart; a stock is its state on the last day of the time asked for, and a group whose last day is not known to MetricFlow
is refused; anything else is given as it was counted, and asking for more than one of its figures at once is refused.
The statement itself refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from csc_warehouse.register.rows import Indicator, read_indicators

FOLDER = "semantic_dev"
"""Beside the folder of models; dbt by hand alone reads it (model-paths in dbt_project.yml): no night parses it."""
MODELS = f"_{FOLDER}__semantic_models.yml"
HEADER = "# Written from the register: change that, then run .venv/bin/python scripts/semantic_layer.py\n"
NOT_ADDED = "is not added up"
"""Words of every refusal; it comes from the server as a text that is no number."""
CHECKS = ("_too_short", "_highest", "_number", "_authorities", "_alone", "_at_the_end")
"""Ends of the names of metrics that say nothing by themselves: by them a figure is given or refused."""

Kind = Literal["flow", "stock", "exact"]


@dataclass(frozen=True)
class Grain:
    """Figures of one shortest period: the entity that names their dimensions, and the grain of their time."""

    period_type: str
    entity: str
    granularity: str


GRAINS = (
    Grain("month", "figure", "month"),
    Grain("quarter", "quarterly_figure", "quarter"),
    Grain("half_year", "half_yearly_figure", "quarter"),
    Grain("year_to_date", "annual_figure", "year"),
    Grain("year", "annual_figure", "year"),
)
"""By the shortest period that an indicator is given for, in this order; a quarter's figure knows no month."""

_YEAR = (
    "to_char(period_start_date - interval '3 months', 'YYYY') || '/' ||"
    " to_char(period_start_date + interval '9 months', 'YY')"
)
_HALF = (
    f"case when period_type in ('month', 'quarter', 'half_year') then {_YEAR} || ' H' ||"
    " case when extract(month from period_start_date) between 4 and 9 then '1' else '2' end end"
)


def write(project: Path) -> list[Path]:
    """Write the semantic layer of a dbt project from its register; return the files.

    Raises CscWarehouseError as load_register does.
    """
    texts = semantic_layer(read_indicators(project / "seeds"))
    for path in (project / FOLDER).glob("*__metrics.yml"):
        path.unlink()
    for name, text in texts.items():
        (project / FOLDER / name).write_text(text, encoding="utf-8")
    return [project / FOLDER / name for name in texts]


def semantic_layer(indicators: Iterable[Indicator]) -> dict[str, str]:
    """Return the text of each file of the semantic layer by its name: models, and the metrics of each indicator."""
    rows = list(indicators)
    grains = {grain_of(row).entity: grain_of(row) for row in rows}
    models = [_semantic_model(grain) for grain in GRAINS if grains.get(grain.entity) == grain]
    metrics = {metrics_file(row.code): list(_metrics(row)) for row in rows}
    return {
        MODELS: _text({"semantic_models": [*models, _authorities()]}),
        **{name: _text({"metrics": metrics[name]}) for name in sorted(metrics)},
    }


def metrics_file(code: str) -> str:
    """Return the name of the file that holds an indicator's metrics."""
    return f"_{FOLDER}__{code.lower()}__metrics.yml"


def grain_of(row: Indicator) -> Grain:
    """Return the grain of an indicator's figures: its shortest period."""
    return next(grain for grain in GRAINS if grain.period_type in row.period_types)


def kind_of(row: Indicator, breakdown: str = "all") -> Kind:
    """Return how the figures of an indicator, whole or by a breakdown, may be put together.

    A stock by groups is exact: a group that is empty has no row, and an earlier one would stand for it.
    """
    begins_a_year = row.computed_from_date is None or (row.computed_from_date.month, row.computed_from_date.day) == (
        4,
        1,
    )
    if breakdown != "all" and (
        breakdown not in row.additive_breakdowns or row.flow_or_stock == "stock" or row.breakdown_denominator == "whole"
    ):
        return "exact"
    if row.flow_or_stock == "stock":
        return "exact" if _has_history(row) else "stock"
    return "flow" if row.is_additive_over_periods and begins_a_year else "exact"


def metric_name(code: str, breakdown: str = "all") -> str:
    """Return the name of an indicator's metric: pm24, or by a breakdown pm24_by_team."""
    return code.lower() if breakdown == "all" else f"{code.lower()}_by_{breakdown}"


def _has_history(row: Indicator) -> bool:
    return "minimum_history_months" in row.parameters


def _text(content: dict[str, Any]) -> str:
    return HEADER + yaml.safe_dump(
        {"version": 2, **content}, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None
    )


def _semantic_model(grain: Grain) -> dict[str, Any]:
    """Return the figures of one grain, as published: their dimensions, and the measures that metrics are made of."""
    entity = grain.entity
    last_of_the_time = {
        "non_additive_dimension": {"name": "period", "window_choice": "max", "window_groupings": ["authority"]}
    }
    return {
        "name": f"{entity}s",
        "model": "ref('published_indicator_values')",
        "description": f"Published figures of indicators whose shortest period is the {grain.granularity}.",
        "primary_entity": entity,
        "defaults": {"agg_time_dimension": "period"},
        "entities": [{"name": "authority", "type": "foreign", "expr": "authority_code"}],
        "dimensions": [
            {
                "name": "period",
                "type": "time",
                "description": "First day of the period.",
                "expr": "period_start_date",
                "type_params": {"time_granularity": grain.granularity},
            },
            _dimension("period_type", "month, quarter, half_year, year_to_date or year."),
            _dimension("period_label", "Label of the period, as 2017/18 Q2."),
            *(
                [_dimension("half_year", "Financial half year in which the period lies, as 2017/18 H1.", _HALF)]
                if grain.granularity != "year"
                else []
            ),
            _dimension("financial_year", "Financial year in which the period begins, as 2017/18.", _YEAR),
            _dimension("group", "Group of a metric by a breakdown; all in a metric of the whole.", "breakdown_value"),
            _dimension("breakdown", "The breakdown that a metric's rows are of."),
            _dimension("indicator_code", "The indicator that a metric's rows are of."),
            _dimension("status", "final, provisional, no_denominator or insufficient_history."),
        ],
        "measures": [
            *(
                {"name": f"{entity}_{term}", "agg": "sum", "expr": term, "description": f"The {term}, added up."}
                for term in ("numerator", "denominator")
            ),
            *(
                {
                    "name": f"{entity}_{term}_at_the_end",
                    "agg": "sum",
                    "expr": term,
                    "description": f"The {term} on the last day of the time asked for.",
                    **last_of_the_time,
                }
                for term in ("numerator", "denominator")
            ),
            {
                "name": f"{entity}_number_at_the_end",
                "agg": "sum",
                "expr": "1",
                "description": "How many figures there are on the last day of the time asked for.",
                **last_of_the_time,
            },
            {
                "name": f"{entity}_authorities",
                "agg": "count_distinct",
                "expr": "authority_code",
                "description": "How many authorities have figures that meet in one answer.",
            },
            {
                "name": f"{entity}_too_short",
                "agg": "sum",
                "expr": "case when status = 'insufficient_history' then 1 else 0 end",
                "description": "How many figures have too short a history to be given.",
            },
            {
                "name": f"{entity}_highest",
                "agg": "max",
                "expr": "value",
                "description": "The highest of the figures that meet in one answer.",
            },
            {
                "name": f"{entity}_number",
                "agg": "sum",
                "expr": "1",
                "description": "How many figures meet in one answer.",
            },
        ],
    }


def _authorities() -> dict[str, Any]:
    return {
        "name": "authorities",
        "model": "ref('published_dim_authorities')",
        "description": "The authorities whose figures are published.",
        "entities": [{"name": "authority", "type": "primary", "expr": "authority_code"}],
        "dimensions": [_dimension("authority_name", "Name of the authority.")],
    }


def _dimension(name: str, description: str, expression: str | None = None) -> dict[str, Any]:
    dimension = {"name": name, "type": "categorical", "description": description}
    return dimension if expression is None else {**dimension, "expr": expression}


def _metrics(row: Indicator) -> Iterator[dict[str, Any]]:
    """Yield the metrics of an indicator: the whole, each breakdown, and before each what it is reckoned from."""
    for breakdown in ("all", *row.breakdowns):
        kind = kind_of(row, breakdown)
        if kind == "exact":
            yield from _exact(row, breakdown)
        elif kind == "stock":
            yield from _state(row, breakdown)
        elif row.value_type in ("percent", "mean") or _has_history(row):
            yield from _reckoned(row, breakdown)
        else:
            measure = f"{grain_of(row).entity}_numerator"
            yield _simple(row, breakdown, metric_name(row.code, breakdown), measure, "flow")


def _terms(row: Indicator) -> list[str]:
    return ["numerator", *(["denominator"] if row.denominator_text else [])]


def _ratio(row: Indicator, name: str, suffix: str = "") -> str:
    """Return the words by which a value is reckoned from its terms, which are metrics named so."""
    expression = f"{name}_numerator{suffix}"
    if not row.denominator_text:
        return expression
    times = "100.0 * " if row.value_type == "percent" else ""
    return f"{times}{expression} / nullif({name}_denominator{suffix}, 0)"


def _reckoned(row: Indicator, breakdown: str) -> Iterator[dict[str, Any]]:
    """Yield a ratio of sums, or a sum that needs a history, after its terms."""
    name = metric_name(row.code, breakdown)
    terms = [*_terms(row), *(["too_short"] if _has_history(row) else [])]
    for term in terms:
        yield _simple(row, breakdown, f"{name}_{term}", f"{grain_of(row).entity}_{term}", "flow")
    expression = _ratio(row, name)
    if _has_history(row):
        expression = f"case when {name}_too_short = 0 then {expression} end"
    yield _derived(row, breakdown, "flow", name, expression=expression, inputs=[f"{name}_{term}" for term in terms])


def _state(row: Indicator, breakdown: str) -> Iterator[dict[str, Any]]:
    """Yield a state, after its terms: as it stands where no two periods meet, else that on the last day, or refused.

    MetricFlow seeks the last day within metric_time alone: within any other grouping it is that of the whole answer,
    and a group that has figures of its own, but none of that day, would be missing or too small.
    """
    name, entity = metric_name(row.code, breakdown), grain_of(row).entity
    parts = {f"{name}_{check}": f"{entity}_{check}" for check in ("number", "number_at_the_end", "authorities")}
    for term in _terms(row):
        parts[f"{name}_{term}_alone"] = f"{entity}_{term}"
        parts[f"{name}_{term}_at_the_end"] = f"{entity}_{term}_at_the_end"
    for part, measure in parts.items():
        yield _simple(row, breakdown, part, measure, "stock")

    def guarded(alone: str, at_the_end: str) -> str:
        refusal = (
            f"{name} {NOT_ADDED}, as it is a state on one day, and several periods meet in a group whose last day is"
            f" not that of the whole answer: ask with --group-by {_times_of_a_state(row)}, or keep one time with"
            " --where; periods that met in one group: "
        )
        return (
            f"case when {name}_number > {name}_authorities then"
            f" case when coalesce({name}_number_at_the_end, 0) >= {name}_authorities then {at_the_end}"
            f" else cast('{refusal}' || cast({name}_number as text) as numeric) end else {alone} end"
        )

    if row.denominator_text:
        for term in _terms(row):
            expression = guarded(f"{name}_{term}_alone", f"{name}_{term}_at_the_end")
            inputs = [part for part in parts if "_number" in part or part.endswith("_authorities") or term in part]
            yield _derived(row, breakdown, "stock", f"{name}_{term}", expression=expression, inputs=inputs)
    expression = guarded(_ratio(row, name, "_alone"), _ratio(row, name, "_at_the_end"))
    yield _derived(row, breakdown, "stock", name, expression=expression, inputs=list(parts))


def _times_of_a_state(row: Indicator) -> str:
    grain = grain_of(row)
    if grain.granularity == "year":
        return f"metric_time__year or {grain.entity}__financial_year"
    quarter = f"metric_time__quarter ({grain.entity}__financial_year may stand beside it)"
    return quarter if grain.granularity == "quarter" else f"metric_time__month or {quarter}"


def _exact(row: Indicator, breakdown: str) -> Iterator[dict[str, Any]]:
    """Yield a metric that gives one published figure, and refuses to put several together."""
    name, entity = metric_name(row.code, breakdown), grain_of(row).entity
    for term in ("highest", "number"):
        yield _simple(row, breakdown, f"{name}_{term}", f"{entity}_{term}", "exact")
    ways = [f"{entity}__period_type", f"{entity}__period_label", "authority"]
    ways += [f"{entity}__group"] if breakdown != "all" else []
    refusal = (
        f"{name} {NOT_ADDED}, as its figures are counted anew for each period and group: ask with --group-by"
        f" {','.join(ways)}, or keep one period type with --where; figures that met in one answer: "
    )
    expression = (
        f"case when {name}_number <= 1 then {name}_highest"
        f" else cast('{refusal}' || cast({name}_number as text) as numeric) end"
    )
    yield _derived(row, breakdown, "exact", name, expression=expression, inputs=[f"{name}_highest", f"{name}_number"])


def _simple(row: Indicator, breakdown: str, name: str, measure: str, kind: Kind) -> dict[str, Any]:
    entity = grain_of(row).entity
    conditions = {"indicator_code": row.code, "breakdown": breakdown}
    if kind != "exact":
        conditions["period_type"] = grain_of(row).period_type
    return {
        **_words(row, breakdown, name, kind),
        "type": "simple",
        "type_params": {"measure": measure},
        "filter": " and ".join(
            f"{{{{ Dimension('{entity}__{dimension}') }}}} = '{value}'" for dimension, value in conditions.items()
        ),
    }


def _derived(
    row: Indicator, breakdown: str, kind: Kind, name: str, *, expression: str, inputs: list[str]
) -> dict[str, Any]:
    return {
        **_words(row, breakdown, name, kind),
        "type": "derived",
        "type_params": {"expr": expression, "metrics": [{"name": name} for name in inputs]},
    }


def _words(row: Indicator, breakdown: str, name: str, kind: Kind) -> dict[str, Any]:
    """Return a metric's name, label and description, and what else a tool may want to know of it."""
    by = "" if breakdown == "all" else f" by {breakdown.replace('_', ' ')}"
    part = name.removeprefix(metric_name(row.code, breakdown)).strip("_").replace("_", " ")
    code = row.local_code or row.code
    if name.endswith(CHECKS):
        words = f"Serves only to reckon {metric_name(row.code, breakdown)}: no figure of its own."
    elif part:
        words = f"{part.capitalize()} of {metric_name(row.code, breakdown)}, which is reckoned from it."
    else:
        terms = [
            f"numerator: {row.numerator_text}",
            *([f"denominator: {row.denominator_text}"] if row.denominator_text else []),
        ]
        words = f"{row.title}{by}, in {row.unit}; {'; '.join(terms)}. {_HOW[kind]}"
    told = {"name": name, "label": f"{code} {row.title}{by}" + (f" ({part})" if part else ""), "description": words}
    if name.endswith(CHECKS):
        return told
    return {**told, "config": {"meta": {"indicator_code": row.code, "breakdown": breakdown, "put_together": kind}}}


_HOW: dict[Kind, str] = {
    "flow": "Added up over any time, numerator and denominator apart.",
    "stock": "The state on the last day of the time asked for, or refused; never added up over time.",
    "exact": "As it was counted for one period: never added up.",
}
