"""A real OpenSSH server on loopback, for the length of a test."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from csc_warehouse.settings import SftpConfig
from tests.support.debian import program_path

CONFIGURATION = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
"""


@dataclass
class SftpServer:
    """A running server, its keys and the folder that it shows."""

    port: int
    folder: Path
    exports: Path
    process: subprocess.Popen[bytes]

    def config(self, **changes: object) -> SftpConfig:
        """Return how to reach it; changes replace single values."""
        values: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": getpass.getuser(),
            "folder": str(self.exports),
            "key_file": self.folder / "user_key",
            "known_hosts": self.folder / "known_hosts",
            "timeout_seconds": 10,
        }
        return SftpConfig.model_validate(values | changes)

    def drop_connections(self) -> None:
        """End every session that is open, as a network that fails would."""
        for session in psutil.Process(self.process.pid).children(recursive=True):
            session.kill()


def make_key(path: Path) -> str:
    """Make a key pair and return its public half."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)  # noqa: S603, S607
    return " ".join(path.with_suffix(".pub").read_text().split()[:2])


@contextmanager
def running_sftp_server(folder: Path) -> Iterator[SftpServer]:
    """Start sshd on a free port of loopback and stop it afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    exports = folder / "exports"
    exports.mkdir()
    host_key = make_key(folder / "host_key")
    (folder / "authorized_keys").write_text(make_key(folder / "user_key") + "\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}\n")
    (folder / "sshd_config").write_text(CONFIGURATION.format(port=port, folder=folder))
    if os.geteuid() == 0:
        # the server gives up its rights into this folder, which Debian's service makes at its start
        Path("/run/sshd").mkdir(exist_ok=True)
    program = program_path("sshd")
    assert program is not None
    with (folder / "sshd.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            [program, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        _wait_for(port, process, folder / "sshd.log")
        yield SftpServer(port, folder, exports, process)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"sshd did not start: {log.read_text()}")
