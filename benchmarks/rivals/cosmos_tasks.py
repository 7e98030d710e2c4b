"""Run a selection of a dbt project by Cosmos, a task per model, and print seconds and tasks as JSON.

`cosmos_tasks.py PROJECT PROFILES SELECT...`, in the environment of requirements-bench.lock. Airflow's metadata are a
file of their own; the DAG runs by `dag.test()`, one task after the other, so that no scheduler's pauses are counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> int:
    """Run, print, and return 0 where every task did well."""
    project, profiles, *selected = sys.argv[1:]
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "AIRFLOW_HOME": home,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
            "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "false",
            "DO_NOT_TRACK": "1",
        }
        airflow = [sys.executable, "-m", "airflow", "db", "migrate"]
        subprocess.run(airflow, check=True, capture_output=True)  # noqa: S603  (Airflow's own program)
        sys.stdout.write(json.dumps(_run(project, profiles, selected)) + "\n")
    return 0


def _run(project: str, profiles: str, selected: list[str]) -> dict[str, float]:
    import datetime

    from cosmos import DbtDag, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
    from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, TestBehavior

    dag = DbtDag(
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
    started = time.perf_counter()
    run = dag.test()
    seconds = time.perf_counter() - started
    if str(run.state) != "success":
        raise SystemExit(f"Cosmos ended as {run.state}")
    return {"seconds": seconds, "tasks": len(dag.task_ids)}


if __name__ == "__main__":
    sys.exit(main())
