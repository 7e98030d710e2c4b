"""Alerts, dashboard and runbooks: each names metrics that are written, and each alert has its runbook."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from csc_warehouse.reporting import metrics
from csc_warehouse.settings import PROJECT_DIRECTORY
from csc_warehouse.upkeep import STEPS

DOCS = PROJECT_DIRECTORY / "docs"
RULES: dict[str, Any] = yaml.safe_load((DOCS / "monitoring" / "alerts.yml").read_text(encoding="utf-8"))
ALERTS: list[dict[str, Any]] = [rule for group in RULES["groups"] for rule in group["rules"]]
DASHBOARD: dict[str, Any] = json.loads((DOCS / "monitoring" / "grafana_dashboard.json").read_text(encoding="utf-8"))
RUNBOOK = (DOCS / "runbooks" / "alerts.md").read_text(encoding="utf-8")
NAMES = {metrics.PREFIX + metric.name for metric in metrics.METRICS}
NAMED = re.compile(rf"\b{metrics.PREFIX}\w+")
LABEL = re.compile(r'[{,]\s*(\w+)\s*(?:=~|!~|!=|=)\s*"')
DURATION = re.compile(r"^\d+[smhd]$")
LABELS = {"authority", "gate", "kind", "place", "severity", "source", "status", "step", "verdict", "version"}


def _is_balanced(expression: str) -> bool:
    bare = re.sub(r'"[^"]*"', "", expression)
    return all(bare.count(opening) == bare.count(closing) for opening, closing in (("(", ")"), ("{", "}"), ("[", "]")))


def test_metrics_when_named_then_as_openmetrics_wants_them() -> None:
    assert len(NAMES) == len(metrics.METRICS) > 20
    for metric in metrics.METRICS:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
        assert metric.says.endswith(".")
        # a counter's ending on a gauge would mislead
        assert not metric.name.endswith(("_total", "_count", "_sum", "_bucket", "_info"))
        assert ("timestamp" not in metric.name) or metric.unit == "seconds"


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert["alert"]))
def test_alert_when_parsed_then_whole_and_about_metrics_that_are_written(alert: dict[str, Any]) -> None:
    assert set(alert) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"[A-Z][A-Za-z]+", alert["alert"])
    assert NAMED.findall(alert["expr"])
    assert set(NAMED.findall(alert["expr"])) <= NAMES
    assert set(LABEL.findall(alert["expr"])) <= LABELS
    assert _is_balanced(alert["expr"])
    assert DURATION.match(alert.get("for", "1m"))
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"]["summary"].endswith(".")
    assert set(re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"])) <= LABELS
    assert alert["annotations"]["runbook"] == f"docs/runbooks/alerts.md#{alert['alert'].lower()}"


def test_alerts_when_set_beside_their_runbooks_then_pairs() -> None:
    sections = re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE)
    assert sections == [alert["alert"] for alert in ALERTS]
    for text in re.split(r"^## \w+$", RUNBOOK, flags=re.MULTILINE)[1:]:
        assert len(text.split()) > 15


def test_alerts_when_grouped_then_the_file_is_one_of_rules_and_says_that_it_was_not_run() -> None:
    assert set(RULES) == {"groups"}
    assert [set(group) for group in RULES["groups"]] == [{"name", "rules"}]
    assert "not run" in (DOCS / "monitoring" / "alerts.yml").read_text(encoding="utf-8")


def test_dashboard_when_parsed_then_each_panel_asks_for_metrics_that_are_written() -> None:
    assert "Not run" in DASHBOARD["description"]
    panels: list[dict[str, Any]] = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 10
    variables = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    for panel in panels:
        assert panel["title"]
        assert panel["type"] in {"stat", "timeseries", "table"}
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        for target in panel["targets"]:
            assert set(NAMED.findall(target["expr"])) <= NAMES
            assert NAMED.findall(target["expr"])
            assert _is_balanced(target["expr"])
            assert set(re.findall(r"\$(\w+)", target["expr"])) <= variables
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= LABELS


def test_dashboard_when_laid_out_then_no_panel_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_documents_when_they_list_metrics_and_steps_then_all_of_them() -> None:
    page = (DOCS / "monitoring.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `csc_warehouse_(\w+)` \| [^|]+ \| (.+) \|$", page, re.MULTILINE)
    assert rows == [(metric.name, metric.says) for metric in metrics.METRICS]
    upkeep = (DOCS / "runbooks" / "upkeep.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z ]+)` \|", upkeep, re.MULTILINE) == list(STEPS)


@pytest.mark.parametrize(
    ("alert", "asked"),
    [
        ("FiguresLate", "csc_warehouse_published_or_quiet_timestamp_seconds"),
        ("ManyRowsInQuarantine", "csc_warehouse_delivery_current == 1"),
        ("UpkeepNeverRun", "absent(csc_warehouse_upkeep_step_failed)"),
        ("UpkeepNotDone", "max without (step) (csc_warehouse_upkeep_step_done_timestamp_seconds)"),
        ("PlaceGone", "unless csc_warehouse_disk_free_bytes"),
    ],
)
def test_alert_when_it_watches_over_a_stretch_then_asks_what_its_runbook_says(alert: str, asked: str) -> None:
    [rule] = [rule for rule in ALERTS if rule["alert"] == alert]
    assert asked in rule["expr"]
