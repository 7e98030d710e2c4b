"""A server whose files are gone comes back as it was at a moment, from its log and a copy of its files."""

from __future__ import annotations

import datetime
import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine

from csc_warehouse import upkeep
from csc_warehouse.commands import reading
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.reporting import metrics, status
from csc_warehouse.settings import MaintenanceConfig, Settings
from csc_warehouse.warehouse import Warehouse, cluster, point_in_time, sealing, server
from tests.support.homes import temporary_home, temporary_settings

CHECKSUM = "select md5(coalesce(string_agg(n::text, ',' order by n), '')) from facts"


def connect(settings: Settings) -> psycopg.Connection:
    url = cluster.start(settings.home).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def checksum(settings: Settings) -> str:
    with connect(settings) as connection:
        row = connection.execute(CHECKSUM).fetchone()
    assert row is not None
    return str(row[0])


def hand_over(settings: Settings, log: Path, suffix: str = "") -> None:
    """Hand over the piece of the log that is being written, as a minute that goes by does."""
    with connect(settings) as connection:
        row = connection.execute("select pg_walfile_name(pg_switch_wal())").fetchone()
    assert row is not None
    deadline = time.monotonic() + 60
    while not (log / f"{row[0]}{suffix}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def destroy(settings: Settings) -> None:
    """Kill the server and remove what it had of its tables, its control file and its log."""
    data = cluster.data_directory(settings.home)
    pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    os.kill(pid, signal.SIGQUIT)
    assert server.has_ended(pid, 30)
    for name in ("base", "global", "pg_wal"):
        shutil.rmtree(data / name)


@dataclass
class Day:
    """A protected home in the middle of a day: its checksums in the morning and at the end, and a moment between."""

    settings: Settings
    folder: Path
    morning: str
    noon: datetime.datetime
    evening: str


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    with temporary_settings() as settings, temporary_home() as folder:
        folder.chmod(0o711)
        # a name that a shell or the server could take for something else
        kept = folder / "kept 100% 'safe'"
        with connect(settings) as connection:
            connection.execute("create table facts (n integer)")
            connection.execute("insert into facts select generate_series(1, 1000)")
        point_in_time.protect(settings, kept)
        with connect(settings) as connection:
            connection.execute("insert into facts select generate_series(1001, 2000)")
        morning = checksum(settings)
        time.sleep(1.1)
        noon = datetime.datetime.now(datetime.UTC)
        time.sleep(0.1)
        with connect(settings) as connection:
            connection.execute("delete from facts where n % 2 = 0")
        evening = checksum(settings)
        hand_over(settings, kept / point_in_time.LOG)
        yield Day(settings, kept, morning, noon, evening)


def test_cluster_when_destroyed_in_the_middle_of_a_day_then_comes_back_to_a_moment_and_to_the_end(day: Day) -> None:
    destroy(day.settings)
    # the whole log first: what is recovered to a moment begins a branch of the log, which the next one would follow
    before = datetime.datetime.now(datetime.UTC)
    latest = point_in_time.recover(day.settings, day.folder, before)
    assert checksum(day.settings) == day.evening
    # nobody wrote since: the end of the log is as near as anything comes, and that is said
    assert latest.is_short
    assert latest.last is not None
    assert day.noon < latest.last < before
    assert latest.put_aside is not None
    assert not (latest.put_aside / "base").exists()
    cluster.stop(day.settings.home)
    shutil.rmtree(latest.put_aside)
    noon = point_in_time.recover(day.settings, day.folder, day.noon)
    assert checksum(day.settings) == day.morning
    assert (noon.is_short, noon.last is not None and noon.last < day.noon) == (False, True)
    with connect(day.settings) as connection:
        # it may be written to, keeps its log further, and needs nothing of the recovery any more
        connection.execute("insert into facts values (0)")
        shown = [connection.execute(f"show {name}").fetchone() for name in ("archive_mode", "restore_command")]
    assert shown == [("on",), ("",)]
    hand_over(day.settings, day.folder / point_in_time.LOG)


def kill(settings: Settings) -> Path:
    """End the server as a power cut would, and return where its files are."""
    data = cluster.data_directory(settings.home)
    pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    os.kill(pid, signal.SIGKILL)
    assert server.has_ended(pid, 30)
    return data


def waiting(data: Path) -> list[str]:
    return sorted(path.stem for path in (data / "pg_wal" / "archive_status").glob("*.ready"))


def wait_for(connection: psycopg.Connection, condition: str) -> None:
    deadline = time.monotonic() + 60
    while connection.execute(f"select 1 from pg_stat_archiver where {condition}").fetchone() is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_log_when_it_is_no_longer_kept_or_a_copy_is_old_then_upkeep_status_and_metrics_say_so(day: Day) -> None:
    settings, log = day.settings, day.folder / point_in_time.LOG
    with connect(settings) as connection:
        url = cluster.start(settings.home)
        warehouse = Warehouse(settings, url, create_engine(url, poolclass=NullPool))
        evening = upkeep.Evening(warehouse, "2019-01-01")
        assert upkeep.STEPS["log"](evening)[0] == "done"
        assert status.read(warehouse)["kept_log"] == []

        away = log.rename(log.with_name("away"))
        connection.execute("insert into facts values (-1)")
        connection.execute("select pg_switch_wal()")
        wait_for(connection, "last_failed_time > last_archived_time")
        with pytest.raises(CscWarehouseError, match=rf"log has not been kept since .* UTC: .*{log.name} is there"):
            upkeep.STEPS["log"](evening)
        [told] = status.read(warehouse)["kept_log"]
        assert list(
            reading._to_be_known(
                {"missing_decisions": [], "waived": [], "rights_changed": [], "upkeep": [], "kept_log": [told]}
            )
        ) == [f"NOT PROTECTED: {told['sentence']}"]
        asked = next(sql for sql, found in metrics.ASKED.items() if "log_not_kept" in {one.name for one in found})
        found = connection.execute(asked).fetchone()
        assert found is not None
        assert found[1] == 1
        assert found[2] >= 1 << 24
        away.rename(log)
        connection.execute("insert into facts values (-2)")
        connection.execute("select pg_switch_wal()")
        wait_for(connection, "last_failed_time < last_archived_time")
        found = connection.execute(asked).fetchone()
        assert found is not None
        assert found[1:] < (1, 1 << 24)

        newest = point_in_time.bases(day.folder)[-1]
        old = newest.rename(newest.with_name("base-2018-12-31T000000Z"))
        with pytest.raises(CscWarehouseError, match=r"newest copy in .* is of 2018-12-31: run csc-warehouse protect"):
            upkeep.STEPS["log"](evening)
        own = {family.name: family.samples for family in metrics._own(warehouse, day.noon)}
        old.rename(newest)
        made = datetime.datetime(2018, 12, 31, tzinfo=datetime.UTC).timestamp()
        assert [sample.value for sample in own[f"{metrics.PREFIX}{metrics.COPIED.name}"]] == [made]


def test_log_that_survived_in_the_home_when_its_folder_was_away_then_all_of_it_comes_back(day: Day) -> None:
    settings, log = day.settings, day.folder / point_in_time.LOG
    away = log.with_name("away")
    # also a piece that the test before had begun
    while waiting(cluster.data_directory(settings.home)):
        time.sleep(0.05)
    log.rename(away)
    with connect(settings) as connection:
        for begin in (3001, 4001):
            connection.execute("insert into facts select generate_series(%s::int, %s::int)", [begin, begin + 499])
            connection.execute("select pg_switch_wal()")
        # in the piece that is not finished yet
        connection.execute("delete from facts where n % 3 = 0")
        row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None
    expected = checksum(settings)
    data = kill(settings)
    left = waiting(data)
    assert len(left) == 2
    shutil.rmtree(data / "base")
    (data / "global" / "pg_control").unlink()
    away.rename(log)
    before = {path.name: path.read_bytes() for path in log.iterdir()}
    recovery = point_in_time.recover(settings, day.folder)
    assert checksum(settings) == expected
    assert recovery.last is not None
    assert abs((row[0] - recovery.last).total_seconds()) < 5
    assert (recovery.saved, recovery.is_short) == (3, False)
    assert set(left) <= {path.name for path in log.iterdir()} - before.keys()
    assert {name: (log / name).read_bytes() for name in before} == before
    # and a second way back, of a home that is gone altogether, still knows it
    hand_over(settings, log)
    shutil.rmtree(kill(settings))
    assert point_in_time.recover(settings, day.folder).saved == 0
    assert checksum(settings) == expected


def test_copies_of_a_branch_that_is_left_when_recovered_from_an_older_one_then_are_no_copies_any_more(
    tmp_path: Path,
) -> None:
    for stamp in ("2018-12-30T000000Z", "2018-12-31T000000Z", "2019-01-01T000000Z"):
        folder = tmp_path / f"{point_in_time.BASE}{stamp}"
        folder.mkdir()
        (folder / point_in_time.MANIFEST).touch()
    older, base, newer = point_in_time.bases(tmp_path)
    point_in_time._leave_newer_than(base, tmp_path)
    assert point_in_time.bases(tmp_path) == [older, base]
    assert (tmp_path / f"left-{newer.name}").is_dir()


def test_copies_when_made_again_then_the_two_newest_stay(day: Day) -> None:
    for _ in range(2):
        time.sleep(1.1)
        point_in_time.protect(day.settings, day.folder)
    assert len(point_in_time.bases(day.folder)) == point_in_time.KEPT_BASES
    assert not list(day.folder.glob(f"{point_in_time.UNFINISHED}*"))
    with pytest.raises(UsageError, match="no moment before it"):
        point_in_time.recover(day.settings, day.folder, day.noon)


def test_copy_when_damaged_then_is_refused_and_the_home_stays_as_it_is(day: Day) -> None:
    newest = point_in_time.bases(day.folder)[-1]
    target = next(path for path in sorted((newest / "base").rglob("*")) if path.is_file() and path.stat().st_size)
    before = target.read_bytes()
    pid = (cluster.data_directory(day.settings.home) / "postmaster.pid").read_text(encoding="utf-8")
    for damaged in (before[:-1], before[:-1] + bytes([before[-1] ^ 1])):
        target.write_bytes(damaged)
        with pytest.raises(CscWarehouseError, match=f"is damaged .*{target.name}"):
            point_in_time.recover(day.settings, day.folder)
    target.unlink()
    with pytest.raises(CscWarehouseError, match=f"is damaged .*{target.name}"):
        point_in_time.recover(day.settings, day.folder)
    target.write_bytes(before)
    point_in_time.verify(newest)
    assert (cluster.data_directory(day.settings.home) / "postmaster.pid").read_text(encoding="utf-8") == pid


def test_home_when_its_own_folder_is_named_then_is_refused(day: Day) -> None:
    with pytest.raises(UsageError, match="lies in the home"):
        point_in_time.protect(day.settings, day.settings.home / "kept")


def test_server_of_the_council_when_to_be_protected_then_its_runbook_is_named(day: Day) -> None:
    elsewhere = day.settings.model_copy(update={"database_url": "postgresql+psycopg://somebody@db.example/warehouse"})
    for call in (point_in_time.protect, point_in_time.recover):
        with pytest.raises(UsageError, match="the embedded server"):
            call(elsewhere, day.folder)


def test_folder_without_a_copy_when_recovered_from_then_is_refused(day: Day, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no copy"):
        point_in_time.recover(day.settings, tmp_path)


def with_key(settings: Settings, key: Path | None) -> Settings:
    config = settings.config.model_copy(update={"maintenance": MaintenanceConfig(backup_key_file=key)})
    return settings.model_copy(update={"config": config})


def test_protection_when_sealed_then_shows_nothing_opens_by_its_key_alone_and_comes_back(tmp_path: Path) -> None:
    said = b"somebody and nobody else"
    with temporary_settings() as plain, temporary_home() as folder:
        folder.chmod(0o711)
        kept, key = folder / "kept 100% 'safe'", tmp_path / "it's" / "backup.key"
        log = kept / point_in_time.LOG
        settings = with_key(plain, key)
        sealing.add_key(key)
        with connect(settings) as connection:
            connection.execute("create table facts (n integer, said text)")
            connection.execute("insert into facts select generate_series(1, 1000), %s", [said.decode()])
        # a copy from before there was a key stays of use
        point_in_time.protect(plain, kept)
        time.sleep(1.1)
        base = point_in_time.protect(settings, kept).base
        assert [path.suffix for path in point_in_time.bases(kept)] == ["", sealing.SUFFIX]
        sealing.add_key(key)
        with connect(settings) as connection:
            connection.execute("insert into facts select generate_series(1001, 2000), %s", [said.decode()])
        evening = checksum(settings)
        hand_over(settings, log, sealing.SUFFIX)
        sealed = [base, *log.glob(f"*{sealing.SUFFIX}")]
        assert len(sealed) > 1
        assert not [path for path in sealed if said in path.read_bytes()]

        lost = key.rename(key.with_suffix(".lost"))
        with pytest.raises(UsageError, match=r"restore it from its safe\.$"):
            point_in_time.recover(settings, kept)
        lost.rename(key)
        newest = max(log.glob(f"*{sealing.SUFFIX}"))
        other = tmp_path / "other.key"
        sealing.add_key(other)
        for faulty, match in ((plain, "is sealed: name the file"), (with_key(plain, other), "a key that is not in")):
            with pytest.raises(CscWarehouseError, match=match):
                point_in_time.recover(faulty, kept)
        for damaged in (base, newest):
            before = damaged.read_bytes()
            damaged.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
            with pytest.raises(CscWarehouseError, match=f"{damaged.name} is not as it was sealed"):
                point_in_time.recover(settings, kept)
            damaged.write_bytes(before)
        assert checksum(settings) == evening
        destroy(settings)
        recovery = point_in_time.recover(settings, kept)
        assert checksum(settings) == evening
        assert recovery.put_aside is not None
        # and it goes on from there
        point_in_time.protect(settings, kept)
        assert [path.suffix for path in point_in_time.bases(kept)] == [sealing.SUFFIX] * 2
        assert sorted(path.suffix for path in log.iterdir() if path.suffix == "") == []
        cluster.stop(settings.home)
        shutil.rmtree(recovery.put_aside)
