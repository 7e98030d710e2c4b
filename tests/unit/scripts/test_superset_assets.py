"""The dashboards as they lie in the repository: parts that join, figures that are there, and nothing added up."""

from __future__ import annotations

import csv
import re
import uuid
from typing import Any

import pytest
import yaml

from csc_warehouse.authorities import WELSH_AUTHORITIES
from csc_warehouse.settings import PROJECT_DIRECTORY
from tests.support.dashboards import SLUGS, chart_files, dashboard_files, superset_assets

ASSETS = superset_assets.ASSETS
DATASETS = {path.stem: superset_assets.load(path) for path in sorted((ASSETS / "datasets").rglob("*.yaml"))}
CHARTS = chart_files()
DASHBOARDS = dashboard_files()
SEEDS = PROJECT_DIRECTORY / "dbt_project" / "seeds"
CODE_LISTS = {
    "category": "abuse_category",
    "legal_status": "legal_status",
    "outcome": "contact_outcome",
    "placement_type": "placement_type",
    "source": "contact_source",
}
"""Breakdowns whose groups are the codes of a list."""
MODELS = PROJECT_DIRECTORY / "dbt_project" / "models" / "marts" / "reporting" / "_reporting__models.yml"


def parts(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        part["meta"] for part in dashboard["position"].values() if isinstance(part, dict) and part["type"] == "CHART"
    ]


def test_assets_when_read_then_are_there() -> None:
    assert set(DATASETS) == {"rpt_scorecard", "rpt_indicator_series"}
    assert set(DASHBOARDS) == set(SLUGS)
    assert len(CHARTS) > 20


def test_parts_when_joined_by_uuid_then_each_has_its_own_and_none_is_missing() -> None:
    connection = superset_assets.load(superset_assets.CONNECTION)
    everything = [connection, *DATASETS.values(), *CHARTS.values(), *DASHBOARDS.values()]
    names = [str(uuid.UUID(part["uuid"])) for part in everything]
    assert len(names) == len(set(names))
    assert {dataset["database_uuid"] for dataset in DATASETS.values()} == {connection["uuid"]}
    assert {chart["dataset_uuid"] for chart in CHARTS.values()} <= {dataset["uuid"] for dataset in DATASETS.values()}
    shown = {part["uuid"] for dashboard in DASHBOARDS.values() for part in parts(dashboard)}
    assert shown == {chart["uuid"] for chart in CHARTS.values()}


@pytest.mark.parametrize("slug", SLUGS)
def test_dashboard_when_read_then_says_whose_figures_and_lets_one_authority_be_chosen(slug: str) -> None:
    assert CHARTS["release_shown"]["uuid"] in {part["uuid"] for part in parts(DASHBOARDS[slug])}
    filters = {found["name"]: found for found in DASHBOARDS[slug]["metadata"]["native_filter_configuration"]}
    authority = filters["Authority"]
    assert authority["requiredFirst"]
    assert authority["controlValues"]["enableEmptyFilter"]
    assert not authority["controlValues"]["multiSelect"]
    for part in parts(DASHBOARDS[slug]):
        name = next(chart["slice_name"] for chart in CHARTS.values() if chart["uuid"] == part["uuid"])
        assert part["sliceName"] == name


@pytest.mark.parametrize("chart", CHARTS)
def test_chart_when_read_then_shows_figures_of_the_register_and_never_adds_them_up(chart: str) -> None:
    with (PROJECT_DIRECTORY / "dbt_project" / "seeds" / "indicators.csv").open(encoding="utf-8") as file:
        register = {row["code"] for row in csv.DictReader(file)}
    params = CHARTS[chart]["params"]
    asked = {found["subject"]: found["comparator"] for found in params["adhoc_filters"]}
    codes = asked.get("indicator_code", [])
    assert ({codes} if isinstance(codes, str) else set(codes)) <= register
    # metrics by name are the dataset's own, each of which stands for one figure or counts indicators
    assert {type(metric) for metric in params.get("metrics", [])} <= {str}
    if CHARTS[chart]["viz_type"].startswith("echarts"):
        assert (params["x_axis"], params["connectNulls"]) == ("period_start_date", False)
        assert not params.get("stack")
        assert {"indicator_code", "breakdown", "period_type"} <= set(asked)


@pytest.mark.parametrize("name", DATASETS)
def test_dataset_when_read_then_has_the_columns_of_its_relation_and_metrics_of_one_figure(name: str) -> None:
    models = {model["name"]: model for model in yaml.safe_load(MODELS.read_text(encoding="utf-8"))["models"]}
    published = {column["name"] for column in models[name]["columns"]} | {"release_id"}
    assert {column["column_name"] for column in DATASETS[name]["columns"] if not column["expression"]} <= published
    for metric in DATASETS[name]["metrics"]:
        expression = metric["expression"]
        assert not re.search(r"\b(sum|avg|min)\(", expression)
        if re.search(r"max\((value|display|target|comparator)\)", expression):
            assert expression.startswith("case when count(*) = 1 then ")
    authority = next(column for column in DATASETS[name]["columns"] if column["column_name"] == "authority")
    assert dict(re.findall(r"when '(W\d+)' then '([^']+)'", authority["expression"])) == WELSH_AUTHORITIES


def test_groups_when_named_then_every_code_has_the_name_that_the_marts_give_it() -> None:
    said = next(
        column["expression"]
        for column in DATASETS["rpt_indicator_series"]["columns"]
        if column["column_name"] == "group_in_words"
    )
    named = re.findall(r"when breakdown = '(\w+)' and breakdown_value = '([^']+)' then '((?:[^']|'')+)'", said)
    found = {(CODE_LISTS[breakdown], code): words for breakdown, code, words in named if breakdown in CODE_LISTS}
    with (SEEDS / "code_labels.csv").open(encoding="utf-8", newline="") as file:
        titles = {(row["list_name"], row["code"]): row["title"] for row in csv.DictReader(file)}
    assert {key: words.replace("''", "'") for key, words in found.items()} == {
        key: f"{title} ({key[1]})" for key, title in titles.items() if key[0] in CODE_LISTS.values()
    }


def test_connection_when_read_then_has_no_password_and_no_way_to_write() -> None:
    connection = superset_assets.load(superset_assets.CONNECTION)
    assert re.fullmatch(r"postgresql\+psycopg2://superset@127\.0\.0\.1/warehouse", connection["sqlalchemy_uri"])
    assert not connection.get("password")
    for right in ("expose_in_sqllab", "allow_dml", "allow_ctas", "allow_cvas", "allow_csv_upload"):
        assert connection[right] is False


def test_bundle_when_made_twice_then_is_the_same_and_leads_to_the_given_address() -> None:
    address = "postgresql+psycopg2://superset@127.0.0.1:5444/warehouse"
    assert superset_assets.bundle(address) == superset_assets.bundle(address)
    assert superset_assets.digest(superset_assets.bundle(address)) != superset_assets.digest(
        superset_assets.bundle(address.replace("5444", "5445"))
    )
