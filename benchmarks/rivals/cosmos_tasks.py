"""Run a selection of a dbt project by Cosmos, a task per model, and print seconds and tasks as JSON.

`cosmos_tasks.py PROJECT PROFILES SELECT...`, in the environment of requirements-bench.lock. Airflow's metadata are a
file of their own; the DAG runs by `dag.test()`, one task after the other, so that no scheduler's pauses are counted.
Reading the DAG, for which Cosmos asks dbt what there is, is not counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

DAG_FILE = """
import sys
sys.path.insert(0, {folder!r})
from cosmos_tasks import dag_of
dag = dag_of({project!r}, {profiles!r}, {selected!r})
"""
"""Airflow runs no DAG that it cannot read again from a file of its folder."""


def main() -> int:
    """Run, print, and return 0 where every task did well."""
    project, profiles, *selected = sys.argv[1:]
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "AIRFLOW_HOME": home,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
            "AIRFLOW__CORE__DAGS_FOLDER": f"{home}/dags",
            # else a file is passed over that does not name Airflow
            "AIRFLOW__CORE__DAG_DISCOVERY_SAFE_MODE": "false",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
            "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "false",
            "DO_NOT_TRACK": "1",
        }
        dags = Path(home) / "dags"
        dags.mkdir()
        words = {"folder": str(Path(__file__).parent), "project": project, "profiles": profiles, "selected": selected}
        (dags / "by_cosmos.py").write_text(DAG_FILE.format(**words), encoding="utf-8")
        airflow = [sys.executable, "-m", "airflow", "db", "migrate"]
        subprocess.run(airflow, check=True, capture_output=True)  # noqa: S603  (Airflow's own program)
        sys.stdout.write(json.dumps(_run(dags)) + "\n")
    return 0


def dag_of(project: str, profiles: str, selected: list[str]) -> Any:
    """Return the DAG with a task per model."""
    import datetime

    from cosmos import DbtDag, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
    from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, TestBehavior

    return DbtDag(
        dag_id="by_cosmos",
        schedule=None,
        start_date=datetime.datetime(2018, 1, 1, tzinfo=datetime.UTC),
        project_config=ProjectConfig(project),
        profile_config=ProfileConfig(
            profile_name="csc_warehouse", target_name="dev", profiles_yml_filepath=Path(profiles) / "profiles.yml"
        ),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.LOCAL,
            invocation_mode=InvocationMode.DBT_RUNNER,
            dbt_executable_path=Path(sys.executable).with_name("dbt"),
        ),
        render_config=RenderConfig(
            select=selected,
            test_behavior=TestBehavior.NONE,
            load_method=LoadMode.DBT_LS,
            emit_datasets=False,
        ),
        operator_args={"install_deps": False, "emit_datasets": False},
    )


def _run(dags: Path) -> dict[str, float]:
    sys.path.insert(0, str(dags))
    dag = import_module("by_cosmos").dag
    started = time.perf_counter()
    import_module("airflow.dag_processing.dagbag").DagBag(str(dags))
    reading = time.perf_counter() - started
    run = dag.test()
    # a test reads the DAG once more
    seconds = time.perf_counter() - started - 2 * reading
    if str(run.state) != "success":
        raise SystemExit(f"Cosmos ended as {run.state}")
    return {"seconds": seconds, "tasks": len(dag.task_ids)}


if __name__ == "__main__":
    sys.exit(main())
