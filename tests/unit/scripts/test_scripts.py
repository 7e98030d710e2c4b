"""The parts of `make run` and `make up` that can go wrong without a server."""

from __future__ import annotations

import datetime
import json
import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from csc_warehouse import exit_codes
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.settings import PROJECT_DIRECTORY, SOURCES, Settings, load_settings

sys.path.insert(0, str(PROJECT_DIRECTORY / "scripts"))

import airflow_home
import run_night
import services


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    # an Airflow that other tests of this process have prepared names its own exports
    monkeypatch.delenv("CSC_WAREHOUSE_EXPORTS", raising=False)
    return load_settings(home=tmp_path / "home")


def _run(**states: str) -> Any:
    instances = [SimpleNamespace(task_id=task, state=state) for task, state in states.items()]
    return SimpleNamespace(get_task_instances=lambda: instances)


def _night(ingest: Any, build: Any) -> dict[str, Any]:
    quiet = _run(find_waiting="success", land="skipped", report_verdict="success")
    ingests = dict.fromkeys((f"ingest_{source}" for source in SOURCES), quiet)
    return {**ingests, "ingest_raise": ingest, "build_warehouse": build}


GREEN = _run(build="success", publish="success", report_verdict="success")
HELD = _run(build="success", publish="success", report_verdict="failed")
BROKEN = _run(build="failed", publish="upstream_failed", report_verdict="failed")
REFUSED = _run(land="success", report_verdict="failed")


@pytest.mark.parametrize(
    ("ingest", "build", "code"),
    [
        (_run(land="skipped", report_verdict="success"), GREEN, 0),
        (REFUSED, GREEN, 4),
        (_run(land="success", report_verdict="success"), HELD, 3),
        # held wins over refused
        (REFUSED, HELD, 3),
        # a fault wins over everything
        (REFUSED, BROKEN, 1),
        (_run(land="failed", report_verdict="failed"), GREEN, 1),
    ],
)
def test_exit_code_when_the_night_has_ended_then_is_that_of_the_worst(ingest: Any, build: Any, code: int) -> None:
    assert run_night._exit_code(_night(ingest, build)) == code


@pytest.mark.parametrize(
    ("codes", "gravest"),
    [((0, 0), 0), ((4, 0), 4), ((4, 3), 3), ((1, 3), 1), ((-9, 4), 1)],
    ids=["all well", "refused beside", "held", "a fault", "killed"],
)
def test_gravest_when_two_processes_have_ended_then_tells_most(codes: tuple[int, int], gravest: int) -> None:
    assert exit_codes.gravest(*codes) == gravest


def test_first_error_when_a_log_is_read_then_is_the_first_after_the_offset(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("ValueError: of an earlier run\n")
    offset = log.stat().st_size
    log.write_text(
        log.read_text() + "[info] all well\ncsc_warehouse.errors.UsageError: The exports folder is missing.\n[info] x\n"
        "airflow.sdk.exceptions.AirflowFailException: Landing was broken off.\n"
    )
    assert run_night._first_error(log, offset) == "The exports folder is missing."
    assert run_night._first_error(log, log.stat().st_size) is None


@pytest.mark.parametrize("sentence", ["2 refused, the rest landed.", "[c] cannot be: see the log [of it]."])
def test_first_error_when_expected_then_is_its_sentence_alone(tmp_path: Path, sentence: str) -> None:
    log = tmp_path / "log"
    log.write_text(
        f"2026-01-02T03:04:05.123456Z [info     ] Begun [task] loc=x.py:1\n"
        f"2026-01-02T03:04:05.123456Z [error    ] {sentence}    [task] loc=task_runner.py:1639\n"
        "2026-01-02T03:04:06.123456Z [error    ] What follows from it. [task] loc=task_runner.py:1639\n"
    )
    assert run_night._first_error(log, 0) == sentence


def test_secret_when_made_then_stays_and_is_its_owners_alone(settings: Settings) -> None:
    first = airflow_home.secret(settings, "jwt_secret")
    assert len(first) >= 43
    assert airflow_home.secret(settings, "jwt_secret") == first
    assert airflow_home.secret(settings, "fernet_key") != first
    path = airflow_home.airflow_home(settings) / "secrets" / "jwt_secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_two_commands_when_at_work_on_one_home_then_the_second_is_told_so(settings: Settings) -> None:
    with (
        airflow_home.only_one(settings, "make run"),
        pytest.raises(CscWarehouseError, match="wait until it ends, then make up again"),
        airflow_home.only_one(settings, "make up"),
    ):
        pytest.fail("both were let in")
    with airflow_home.only_one(settings, "make up"):
        pass


def test_exports_when_given_or_there_then_no_sample_is_written(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSC_WAREHOUSE_EXPORTS", str(settings.exports))
    assert airflow_home.ensure_exports(settings) is False
    assert not settings.exports.exists()
    monkeypatch.delenv("CSC_WAREHOUSE_EXPORTS")
    settings.exports.mkdir(parents=True)
    assert airflow_home.ensure_exports(settings) is False
    assert list(settings.exports.iterdir()) == []


def test_exports_when_writing_was_cut_off_then_are_written_anew_and_whole(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_half(out: Path) -> None:
        out.mkdir(parents=True)
        (out / "half").touch()
        raise KeyboardInterrupt

    def write(out: Path) -> None:
        assert not out.exists(), "what was cut off must be gone"
        out.mkdir(parents=True)
        (out / "whole").touch()

    monkeypatch.delenv("CSC_WAREHOUSE_EXPORTS", raising=False)
    monkeypatch.setattr("csc_warehouse.sample.write_sample", write_half)
    with pytest.raises(KeyboardInterrupt):
        airflow_home.ensure_exports(settings)
    assert not settings.exports.exists()
    monkeypatch.setattr("csc_warehouse.sample.write_sample", write)
    assert airflow_home.ensure_exports(settings) is True
    assert [path.name for path in settings.exports.iterdir()] == ["whole"]


def test_service_when_its_pid_belongs_to_another_process_then_does_not_run(settings: Settings) -> None:
    folder = airflow_home.airflow_home(settings) / "services"
    folder.mkdir(parents=True)
    me = psutil.Process(os.getpid())
    (folder / "scheduler.pid").write_text(json.dumps({"pid": me.pid, "created": me.create_time()}))
    (folder / "triggerer.pid").write_text(json.dumps({"pid": me.pid, "created": me.create_time() - 100}))
    (folder / "api-server.pid").write_text("half a fi")
    assert set(services.running_services(settings)) == {"scheduler"}


def test_up_when_the_port_is_taken_then_says_what_to_type() -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(UsageError, match="make up PORT="):
            services._require_free(other.getsockname()[1])


LONDON = services.LONDON


@pytest.mark.parametrize(
    ("last", "now", "word"),
    [
        (None, datetime.datetime(2026, 1, 5, 9, tzinfo=LONDON), "The night of 05 January, 02:30 has not been run"),
        (
            datetime.datetime(2026, 1, 4, 2, 30, tzinfo=LONDON),
            datetime.datetime(2026, 1, 5, 2, 29, tzinfo=LONDON),
            "The next night starts by itself",
        ),
        (
            datetime.datetime(2026, 1, 4, 2, 30, tzinfo=LONDON),
            datetime.datetime(2026, 1, 5, 2, 31, tzinfo=LONDON),
            "The night of 05 January, 02:30 has not been run",
        ),
        # in summer the clock on the wall is an hour ahead of UTC
        (
            datetime.datetime(2026, 7, 5, 1, 30, tzinfo=datetime.UTC),
            datetime.datetime(2026, 7, 5, 12, tzinfo=datetime.UTC),
            "The next night starts by itself",
        ),
    ],
)
def test_up_when_a_night_was_missed_then_says_that_it_starts_at_once(
    last: datetime.datetime | None, now: datetime.datetime, word: str
) -> None:
    assert word in services.night_that_is_due(last, now)
