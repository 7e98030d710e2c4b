"""Airflow's pool for landing: made by Airflow's own start, in the size that is configured."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY, LandingConfig

PLUGIN = PROJECT_DIRECTORY / "dags" / "plugins" / "warehouse_pool.py"


@pytest.fixture
def pool(airflow: None) -> Iterator[Any]:
    """Take the pool away before a test and after it, and yield what returns its slots: none where it is not there."""
    import warehouse_pool
    from airflow.models.pool import Pool

    def slots() -> int | None:
        found = Pool.get_pool(warehouse_pool.POOL)
        return None if found is None else int(found.slots)

    def forget() -> None:
        if slots() is not None:
            Pool.delete_pool(warehouse_pool.POOL)

    forget()
    yield slots
    forget()


def start_a_job() -> None:
    """Begin as the scheduler does."""
    from airflow.jobs.job import Job

    Job()  # type: ignore[no-untyped-call]


def test_scheduler_when_it_starts_on_a_fresh_home_then_the_pool_is_there(pool: Any) -> None:
    assert pool() is None
    start_a_job()
    assert pool() == LandingConfig().side_by_side


def test_scheduler_when_the_configuration_says_more_then_the_pool_grows_at_its_next_start(
    pool: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    start_a_job()
    configuration = tmp_path / "csc_warehouse.toml"
    configuration.write_text("[landing]\nside_by_side = 7\n", encoding="utf-8")
    monkeypatch.setenv("CSC_WAREHOUSE_CONFIG", str(configuration))
    start_a_job()
    assert pool() == 7


def test_scheduler_when_the_configuration_is_wrong_then_the_pool_is_there_all_the_same_and_the_log_says_why(
    pool: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    configuration = tmp_path / "csc_warehouse.toml"
    configuration.write_text("[landing]\nside_by_side = 0\n", encoding="utf-8")
    monkeypatch.setenv("CSC_WAREHOUSE_CONFIG", str(configuration))
    start_a_job()
    assert pool() == LandingConfig().side_by_side
    assert "landing.side_by_side must be at least 1" in caplog.text


def test_task_when_it_starts_then_makes_no_pool_as_it_has_no_database_of_airflows(pool: Any) -> None:
    from airflow.sdk.execution_time.task_runner import TaskRunnerMarker
    from warehouse_pool import PoolForLanding

    PoolForLanding().on_starting(TaskRunnerMarker())
    assert pool() is None


def test_plugin_when_every_process_reads_it_then_loads_nothing_heavy_at_its_top() -> None:
    tree = ast.parse(PLUGIN.read_text(encoding="utf-8"))
    top = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert top == {"__future__", "typing", "airflow.listeners", "airflow.plugins_manager"}
