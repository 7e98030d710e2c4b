"""What a server that does not start is told with, where its socket lies, and whose programs it runs."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from csc_warehouse.errors import WarehouseUnavailableError
from csc_warehouse.settings import load_settings
from csc_warehouse.warehouse import log_folder, point_in_time, sealed_copies, sealing, server, sockets


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ('FATAL:  could not write lock file "postmaster.pid": No space left on device', "Free disk space"),
        ('PANIC:  could not extend file "base/5/1249": wrote only 4096 of 8192 bytes', "Free disk space"),
        ("FATAL:  could not map anonymous shared memory: Cannot allocate memory", "Free memory"),
        ("FATAL:  out of memory", "Free memory"),
        ('FATAL:  data directory "/x" has invalid permissions', "Let pgserver own /h/postgres"),
        ('FATAL:  could not open file "base/1/2": Permission denied', "Let pgserver own /h/postgres"),
        ("FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use", "Another server still uses"),
        ('FATAL:  lock file "/tmp/.s.PGSQL.5432.lock" already exists', "Another server still uses"),
        ("FATAL:  database files are incompatible with server", "another version of PostgreSQL"),
        ('FATAL:  configuration file "/x/postgresql.conf" contains errors', "Correct the setting"),
        ('FATAL:  unrecognized configuration parameter "x"', "Correct the setting"),
        ("FATAL:  could not create any Unix-domain sockets", "See that /tmp can be written"),
        ("PANIC:  could not locate a valid checkpoint record at 0/1", "csc-warehouse recover --from DIR, if"),
        ("postgres: could not find the database system", "csc-warehouse recover --from DIR, if"),
        ('FATAL:  could not open file "base/1/2": No such file or directory', "csc-warehouse recover --from DIR, if"),
        (
            "FATAL:  recovery ended before configured recovery target was reached",
            "(csc-warehouse recover --from DIR, without --until)",
        ),
        ('FATAL:  could not restore file "00000001" from archive: child process exited', "that pgserver may read it"),
        ('FATAL:  could not read blocks 0..0 in file "base/1/2": Input/output error', "restore the last backup"),
        ("FATAL:  something that nobody has met", "/h/postgres/log tells more"),
    ],
)
def test_a_server_that_does_not_start_is_told_with_what_helps(words: str, advice: str) -> None:
    sentence = server.refusal(Path("/h/postgres"), server.Account("pgserver", 1, 1), [words])
    assert words in sentence
    assert advice in sentence
    assert ("Free disk space" in sentence) is (advice == "Free disk space")
    assert sentence.endswith("then run the command again.")


@pytest.mark.parametrize("is_sealed", [False, True])
def test_a_damaged_server_that_is_protected_is_sent_to_what_loses_least_first(tmp_path: Path, is_sealed: bool) -> None:
    kept = tmp_path / "kept 100% 'safe'"
    log, data = kept / "log", tmp_path / "postgres"
    command = point_in_time.archive_command(log)
    if is_sealed:
        keys = sealing.Keys(tmp_path / "key", [b"k" * sealing.KEY_BYTES])
        ourselves = server.Account("this account", os.geteuid(), os.getegid())
        command = sealed_copies.archive_command(load_settings(home=tmp_path), ourselves, keys, log)
    assert log_folder.of_command(command) == kept
    assert log_folder.of_command("cp %p /elsewhere/%f") is None
    data.mkdir()
    quoted = command.replace("\\", "\\\\").replace("'", "''")
    (data / "postgresql.auto.conf").write_text(f"archive_command = 'cp'\narchive_command = '{quoted}'\n")
    words = ["postgres: could not find the database system", 'could not open file "/x/global/pg_control"']
    sentence = server.refusal(data, server.Account("pgserver", 1, 1), words)
    way = f"csc-warehouse recover --from {shlex.quote(str(kept))}"
    assert 0 < sentence.index(way) < sentence.index("backup")


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "o'o \"ŵ" / ("d" * 200) / "postgres"
    path.mkdir(parents=True)
    yield path
    for left in Path("/tmp").glob(f"{sockets.name_of(path)}*"):  # noqa: S108
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def test_the_socket_folder_is_short_plain_private_and_the_same_each_time(data: Path) -> None:
    folder = sockets.make(data, os.geteuid(), os.getegid())
    assert sockets.make(data, os.geteuid(), os.getegid()) == folder
    assert len(str(folder / sockets.SOCKET)) < 107
    assert str(folder).isascii()
    assert not set(str(folder)) & set(" '\",%")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    sockets.remove(folder, os.geteuid())
    assert not folder.exists()


@pytest.mark.parametrize("planted", ["link", "open", "file"])
def test_what_somebody_planted_in_the_sockets_place_is_never_used(data: Path, tmp_path: Path, planted: str) -> None:
    place = Path("/tmp") / sockets.name_of(data)  # noqa: S108
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    if planted == "link":
        place.symlink_to(theirs)
    elif planted == "open":
        place.mkdir()
        place.chmod(0o777)
        if os.geteuid() == 0:
            os.chown(place, 65534, 65534)
    else:
        place.write_text("")
    folder = sockets.make(data, os.geteuid(), os.getegid())
    assert folder != place
    assert sockets.is_trusted(folder, os.geteuid())
    assert list(theirs.iterdir()) == []
    assert place.is_symlink() is (planted == "link")


def test_a_folder_is_trusted_only_where_it_is_the_owners_and_closed(tmp_path: Path) -> None:
    assert not sockets.is_trusted(tmp_path / "none", os.geteuid())
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o700)
    assert sockets.is_trusted(folder, os.geteuid())
    assert not sockets.is_trusted(folder, os.geteuid() + 1)
    folder.chmod(0o750)
    assert not sockets.is_trusted(folder, os.geteuid())


@pytest.mark.skipif(os.geteuid() != 0, reason="left out: only root hands the server to another account")
def test_root_hands_the_server_to_whoever_owns_the_data_and_never_to_itself(tmp_path: Path) -> None:
    assert server.account_of(tmp_path / "none").name == server.ACCOUNT
    assert server.account_of(tmp_path).uid == pwd.getpwnam(server.ACCOUNT).pw_uid
    owned = tmp_path / "owned"
    owned.mkdir()
    os.chown(owned, 65534, 65534)
    assert (server.account_of(owned).uid, server.account_of(owned).is_another) == (65534, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="left out: only root hands the server to another account")
def test_programs_that_the_servers_account_cannot_reach_are_copied_to_where_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = server.binaries()
    wheels = tmp_path / "o'o \"$x" / "site-packages"
    for name in (server.WHEEL, server.LIBRARIES):
        shutil.copytree(own.parents[2] / name, wheels / name, symlinks=True, ignore=shutil.ignore_patterns("pginstall"))
    tmp_path.chmod(0o700)
    monkeypatch.setattr(server, "binaries", lambda: wheels / own.relative_to(own.parents[2]))
    account = server.account_of(tmp_path / "none")
    before = os.umask(0o077)
    try:
        with tempfile.TemporaryDirectory(prefix="csc") as folder:
            Path(folder).chmod(0o755)
            monkeypatch.setattr(server, "SHARED_PROGRAMS", Path(folder) / "shared")
            with server._programs(account, is_quoted_by_a_shell=True) as programs:
                assert programs.is_relative_to(folder)
                assert server._can_run(programs / "postgres", account)
            Path(folder).chmod(0o700)
            with (
                pytest.raises(WarehouseUnavailableError, match=r"cannot run the copy of its programs"),
                server._programs(account, is_quoted_by_a_shell=False),
            ):
                pass
    finally:
        os.umask(before)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
