"""Every metric of the semantic layer gives the figures that are published, and no other."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import yaml

from csc_warehouse import transform
from csc_warehouse.errors import UsageError
from csc_warehouse.privacy.grants import ANALYST
from csc_warehouse.register import Indicator, load_register, semantics
from csc_warehouse.transform import SemanticLayer, by_hand
from tests.conftest import Night

REGISTER = load_register().indicators
AT_ONCE = 12
"""Metrics in one question: each is a scan of its own, and a question of all would be joined from hundreds."""
DIGITS = 9
Figures = dict[tuple[str, ...], Decimal]


@pytest.fixture(scope="module")
def layer(sample_night: Night) -> SemanticLayer:
    return SemanticLayer(sample_night.warehouse.acting_as(ANALYST))


@pytest.fixture(scope="module")
def published(sample_night: Night) -> list[dict[str, Any]]:
    """Return the published figures that there are; a month, quarter or year is known by its first day too."""
    with sample_night.warehouse.acting_as(ANALYST).raw_connection() as connection:
        cursor = connection.execute(
            "select indicator_code, period_type, period_label, period_start_date, breakdown, breakdown_value, value"
            " from marts.indicator_values where value is not null"
        )
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def subjects(kind: str, grain: str) -> list[tuple[Indicator, str]]:
    """Return the indicators with their breakdowns (all: the whole) that are put together in a way, by their grain."""
    return [
        (row, breakdown)
        for row in REGISTER.values()
        for breakdown in ("all", *row.breakdowns)
        if semantics.kind_of(row, breakdown) == kind and semantics.grain_of(row).entity == grain
    ]


def asked(layer: SemanticLayer, metrics: list[str], group_by: list[str]) -> Figures:
    """Ask some metrics at a time; return each figure that there is by its metric and what it is grouped by."""
    found: Figures = {}
    for start in range(0, len(metrics), AT_ONCE):
        some = metrics[start : start + AT_ONCE]
        answer = layer.query(some, group_by)
        places = [answer.columns.index(name) for name in group_by]
        for row in answer.rows:
            key = tuple(as_text(row[place]) for place in places)
            for metric in some:
                value = row[answer.columns.index(metric)]
                if value is not None:
                    found[metric, *key] = round(Decimal(value), DIGITS)
    return found


def as_text(value: Any) -> str:
    return value.date().isoformat() if isinstance(value, datetime.datetime) else str(value)


def expected(
    published: list[dict[str, Any]], wanted: Iterable[tuple[Indicator, str]], period_type: str | None, *columns: str
) -> Figures:
    names = {(row.code, breakdown): semantics.metric_name(row.code, breakdown) for row, breakdown in wanted}
    return {
        (names[figure["indicator_code"], figure["breakdown"]], *(as_text(figure[column]) for column in columns)): round(
            figure["value"], DIGITS
        )
        for figure in published
        if (figure["indicator_code"], figure["breakdown"]) in names and period_type in (None, figure["period_type"])
    }


@pytest.mark.parametrize(
    ("group_by", "period_type", "column"),
    [
        ("metric_time__month", "month", "period_start_date"),
        ("metric_time__quarter", "quarter", "period_start_date"),
        ("figure__half_year", "half_year", "period_label"),
        ("figure__financial_year", "year", "period_label"),
    ],
)
def test_what_is_added_up_over_months_is_what_was_counted_for_longer(
    layer: SemanticLayer, published: list[dict[str, Any]], group_by: str, period_type: str, column: str
) -> None:
    wanted = subjects("flow", "figure")
    assert len(wanted) > 40
    metrics = [semantics.metric_name(row.code, breakdown) for row, breakdown in wanted]
    figures = expected(published, wanted, period_type, column, "breakdown_value")
    assert len(figures) > 100
    assert asked(layer, metrics, [group_by, "figure__group"]) == figures


@pytest.mark.parametrize(
    ("group_by", "period_type"), [("metric_time__month", "month"), ("metric_time__quarter", "quarter")]
)
def test_a_stock_is_the_state_at_the_end_of_the_time_asked_for(
    layer: SemanticLayer, published: list[dict[str, Any]], group_by: str, period_type: str
) -> None:
    wanted = subjects("stock", "figure")
    metrics = [semantics.metric_name(row.code) for row, _ in wanted]
    figures = expected(published, wanted, period_type, "period_start_date")
    assert len(figures) > 100
    assert asked(layer, metrics, [group_by]) == figures


@pytest.mark.parametrize(
    ("metrics", "group_by", "said"),
    [
        (["lac01"], ["figure__financial_year"], "lac01 is not added up.*metric_time__month or metric_time__quarter"),
        (["asm05"], ["figure__half_year"], "asm05 is not added up.*metric_time__month or metric_time__quarter"),
        (["pm25"], ["figure__half_year"], "pm25 is not added up.*metric_time__month or metric_time__quarter"),
        (["pm25_denominator"], ["figure__half_year"], "pm25 is not added up"),
        (["lac01", "con01"], ["figure__financial_year"], "lac01 is not added up"),
        # the last day of a calendar year is not that of a half year that lies in it
        (["lac01"], ["metric_time__year", "figure__half_year"], "lac01 is not added up"),
    ],
    ids=" by ".join,
)
def test_a_state_is_refused_rather_than_given_for_some_of_the_groups(
    layer: SemanticLayer, metrics: list[str], group_by: list[str], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        layer.query(metrics, group_by)


def test_a_state_by_the_label_of_its_period_is_given_for_every_period(
    layer: SemanticLayer, published: list[dict[str, Any]]
) -> None:
    for grain, period_type in (("figure", "month"), ("quarterly_figure", "quarter"), ("annual_figure", "year")):
        wanted = subjects("stock", grain)
        figures = expected(published, wanted, period_type, "period_label")
        assert figures
        metrics = [semantics.metric_name(row.code) for row, _ in wanted]
        assert asked(layer, metrics, [f"{grain}__period_label"]) == figures


def test_a_state_of_one_year_kept_is_that_at_its_end(layer: SemanticLayer, published: list[dict[str, Any]]) -> None:
    wanted = [(REGISTER[code], "all") for code in ("LAC01", "PM25")]
    figures = expected(published, wanted, "year", "period_label")
    assert len(figures) > len(wanted)
    for (metric, year), value in figures.items():
        kept = f"{{{{ Dimension('figure__financial_year') }}}} = '{year}'"
        (row,) = layer.query([metric], ["figure__financial_year"], where=[kept]).rows
        assert (row[0], round(Decimal(row[1]), DIGITS)) == (year, value)


@pytest.mark.parametrize(
    ("number", "authorities", "at_the_end", "given"),
    [
        (1, 1, 1, "alone"),
        # an earlier period by itself
        (1, 1, None, "alone"),
        (12, 1, 1, "at the end"),
        (24, 2, 2, "at the end"),
        (12, 1, None, None),
        # the last day of one authority is in the group, that of the other is not
        (21, 2, 1, None),
    ],
)
def test_a_state_counts_every_authority_or_is_refused(
    sample_night: Night, number: int, authorities: int, at_the_end: int | None, given: str | None
) -> None:
    files = semantics.semantic_layer([REGISTER["LAC01"]])
    metrics = [metric for text in files.values() for metric in yaml.safe_load(text).get("metrics", [])]
    expression = next(metric for metric in metrics if metric["name"] == "lac01")["type_params"]["expr"]
    values = {
        "lac01_number": number,
        "lac01_authorities": authorities,
        "lac01_number_at_the_end": at_the_end,
        "lac01_numerator_alone": 5,
        "lac01_numerator_at_the_end": 7,
    }
    statement = (
        f"select {expression} from (values (%s::bigint, %s::bigint, %s::bigint, %s::numeric, %s::numeric))"
        f" as met ({', '.join(values)})"
    )
    with sample_night.warehouse.acting_as(ANALYST).raw_connection() as connection:
        if given is None:
            with pytest.raises(psycopg.errors.DataError, match=semantics.NOT_ADDED):
                connection.execute(statement.encode(), tuple(values.values()))
        else:
            found = connection.execute(statement.encode(), tuple(values.values())).fetchone()
            assert found == ({"alone": 5, "at the end": 7}[given],)


def test_a_flow_given_by_quarters_alone_is_given_for_each_quarter_and_group(
    layer: SemanticLayer, published: list[dict[str, Any]]
) -> None:
    wanted = subjects("flow", "quarterly_figure")
    metrics = [semantics.metric_name(row.code, breakdown) for row, breakdown in wanted]
    figures = expected(published, wanted, "quarter", "period_label", "breakdown_value")
    assert figures
    assert asked(layer, metrics, ["quarterly_figure__period_label", "quarterly_figure__group"]) == figures


@pytest.mark.parametrize("kind", ["flow", "stock"])
def test_an_annual_figure_is_given_by_its_year(
    layer: SemanticLayer, published: list[dict[str, Any]], kind: str
) -> None:
    wanted = subjects(kind, "annual_figure")
    metrics = [semantics.metric_name(row.code) for row, _ in wanted]
    figures = expected(published, wanted, "year", "period_label")
    assert figures
    by_day = asked(layer, metrics, ["metric_time__year"])
    # a financial year is known by the calendar year in which it begins
    assert {
        (name, f"{day[:4]}/{int(day[:4]) % 100 + 1:02d}"): value for (name, day), value in by_day.items()
    } == figures


@pytest.mark.parametrize("grain", ["figure", "quarterly_figure", "annual_figure"])
def test_what_cannot_be_added_up_is_given_as_it_was_counted_for_every_period(
    layer: SemanticLayer, published: list[dict[str, Any]], grain: str
) -> None:
    wanted = subjects("exact", grain)
    metrics = [semantics.metric_name(row.code, breakdown) for row, breakdown in wanted]
    figures = expected(published, wanted, None, "period_type", "period_label", "breakdown_value")
    assert figures
    group_by = [f"{grain}__period_type", f"{grain}__period_label", f"{grain}__group"]
    assert asked(layer, metrics, group_by) == figures


def test_no_indicator_is_left_out_by_these_tests() -> None:
    compared = [
        subject
        for kind in ("flow", "stock", "exact")
        for grain in ("figure", "quarterly_figure", "annual_figure")
        for subject in subjects(kind, grain)
    ]
    assert {row.code for row, breakdown in compared if breakdown == "all"} == set(REGISTER)
    assert all(breakdown == "all" for row, breakdown in subjects("flow", "annual_figure"))


@pytest.mark.parametrize(
    ("metric", "group_by", "said"),
    [
        # one quarter's own figure, three months', a half year's: they are not one
        (
            "asm08",
            ["metric_time__quarter"],
            "asm08 is not added up.*--group-by figure__period_type,figure__period_label",
        ),
        ("asm08", [], "asm08 is not added up"),
        ("mis01_by_children", ["metric_time__quarter"], "mis01_by_children is not added up"),
        ("lac01_by_sex", ["figure__period_type", "figure__period_label"], "not added up.*figure__group"),
        ("pm33", ["metric_time__month"], "pm33 cannot be asked by metric_time__month.*metric_time__year"),
        ("pm24", ["metric_time__day"], "pm24 cannot be asked by metric_time__day.*metric_time__month"),
        ("pm24", ["figure__colour"], "pm24 cannot be asked by figure__colour"),
        ("pm240", ["metric_time__month"], "pm240 is no metric: did you mean pm24"),
        # what it is reckoned from adds states up
        ("pm25_numerator_alone", [], "pm25_numerator_alone is no metric: did you mean pm25_numerator"),
    ],
)
def test_a_wrong_grain_is_refused_with_what_would_be_right(
    layer: SemanticLayer, metric: str, group_by: list[str], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        layer.query([metric], group_by)


def test_one_period_type_is_enough_to_ask_what_cannot_be_added_up(layer: SemanticLayer) -> None:
    quarters = "{{ Dimension('figure__period_type') }} = 'quarter'"
    assert len(layer.query(["asm08"], ["metric_time__quarter"], where=[quarters]).rows) > 3


def test_questions_are_asked_as_an_analyst_and_change_nothing(layer: SemanticLayer) -> None:
    who = "current_user = 'csc_analyst' and current_setting('transaction_read_only') = 'on'"
    answer = layer.query(["con01"], ["authority__authority_name"], where=[who])
    assert [name for name, _ in answer.rows] == ["Wrexham"]
    with pytest.raises(UsageError, match="permission denied"):
        layer.query(["con01"], where=["lo_create(0) > 0"])


def test_nights_know_nothing_of_metrics(sample_night: Night) -> None:
    manifest = transform.parse_project(sample_night.warehouse)
    assert not manifest.metrics
    assert not manifest.semantic_models
    assert [name for name in manifest.nodes if "published_" in name] == []


def test_dbt_by_hand_leaves_what_is_published_as_it_stands(sample_night: Night) -> None:
    def oid() -> object:
        with sample_night.warehouse.raw_connection() as connection:
            return connection.execute(
                "select oid, relkind from pg_class where oid = to_regclass('marts.indicator_values')"
            ).fetchone()

    before = oid()
    assert by_hand.run(sample_night.warehouse, ["run", "--quiet", "--select", "published_indicator_values"]) == 0
    assert oid() == before
