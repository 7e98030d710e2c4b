"""The small programs inside the containers: what makes a worker well, and which address Superset is given."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from csc_warehouse.settings import PROJECT_DIRECTORY

DOCKER = PROJECT_DIRECTORY / "docker"
HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROW = "   0: 030014AC:{local:04X} 020014AC:{remote:04X} {state} 00000000:00000000 02:000003E8 00000000 50000 0 1 2\n"
ESTABLISHED, WAITING, LISTENING = "01", "06", "0A"


@pytest.mark.parametrize(
    ("rows", "is_well"),
    [
        ([], False),
        ([(41000, 6379, ESTABLISHED)], True),
        ([(41000, 5432, ESTABLISHED), (41001, 6379, ESTABLISHED)], True),
        # a connection that has ended, somebody else's port, and a broker of its own
        ([(41000, 6379, WAITING)], False),
        ([(41000, 5432, ESTABLISHED)], False),
        ([(6379, 0, LISTENING)], False),
    ],
)
def test_worker_when_it_has_a_connection_to_its_broker_then_is_well(
    rows: list[tuple[int, int, str]], is_well: bool
) -> None:
    has_broker = runpy.run_path(str(DOCKER / "health.py"))["has_broker"]
    told = HEAD + "".join(ROW.format(local=local, remote=remote, state=state) for local, remote, state in rows)
    assert has_broker(told) is is_well


def test_scheduler_when_not_well_for_long_then_is_given_up_once_and_not_before(tmp_path: Path) -> None:
    program = runpy.run_path(str(DOCKER / "health.py"))
    is_given_up, most, count = program["is_given_up"], program["MOST_FAILURES"], tmp_path / "failures"
    assert [is_given_up(False, count) for _ in range(most - 1)] == [False] * (most - 1)
    assert not is_given_up(True, count), "one good answer, and it counts from nothing"
    assert [is_given_up(False, count) for _ in range(most)] == [False] * (most - 1) + [True]


def test_health_check_when_not_in_a_container_then_ends_nobody() -> None:
    # asks by a name that only the containers' network knows
    command = [sys.executable, str(DOCKER / "health.py"), "dag-processor", "--restart"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 1
    assert done.stderr.startswith("dag-processor does not answer: ")
    assert not runpy.run_path(command[1])["COUNT"].exists(), "what is not counted is never given up"


def test_dashboards_when_brought_in_then_lead_to_the_warehouse_and_name_no_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CSC_SUPERSET_HOME", str(tmp_path))
    contents = runpy.run_path(str(DOCKER / "superset" / "bring_in.py"))["contents"]
    assets = PROJECT_DIRECTORY / "bi" / "superset" / "assets"
    told = contents(assets, {"host": "postgres", "port": 5432, "database": "warehouse"})
    assert set(told) == {path.relative_to(assets).as_posix() for path in assets.rglob("*.yaml")}
    connection = yaml.safe_load(told["databases/warehouse.yaml"])
    assert connection["sqlalchemy_uri"] == "postgresql+psycopg2://superset@postgres:5432/warehouse"
    before = yaml.safe_load((assets / "databases" / "warehouse.yaml").read_text(encoding="utf-8"))
    assert {**connection, "sqlalchemy_uri": ""} == {**before, "sqlalchemy_uri": ""}


def test_executor_of_the_workers_when_imported_then_suits_the_locked_celery(tmp_path: Path) -> None:
    # a process of its own: Airflow reads its settings as it is imported
    done = subprocess.run(
        [sys.executable, "-c", "import airflow.providers.celery.executors.celery_executor"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "AIRFLOW_HOME": str(tmp_path), "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr[-600:]
