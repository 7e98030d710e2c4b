"""What is said of an embedded server while it starts, without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from csc_warehouse.warehouse import cluster, sockets


@pytest.mark.parametrize("written", ["", "4711\n", "4711\n/proc/self/cwd\n1796037969\n5432\n", "4711\nx\n1\n5432\n\n"])
def test_socket_when_its_server_has_not_named_it_yet_then_is_the_usual_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    data = cluster.data_directory(tmp_path)
    data.mkdir()
    (data / "PG_VERSION").touch()
    (data / "postmaster.pid").write_text(written)
    monkeypatch.setattr(cluster, "is_running", lambda home: home == tmp_path)
    assert cluster.socket_folder(tmp_path) == sockets.expected(data)
