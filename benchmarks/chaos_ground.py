"""The machine that a trial strikes: Airflow's services under a supervisor, and the database behind a network."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import psutil

from csc_warehouse.errors import WarehouseUnavailableError
from csc_warehouse.settings import PROJECT_DIRECTORY
from csc_warehouse.warehouse import cluster, server

AIRFLOW = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
SERVER = "PostgreSQL"
SECONDS_UNTIL_RESTART = 2.0
"""As long as a supervisor waits before it starts anew what ended."""
_CHUNK = 65536
_SOCKET = ".s.PGSQL.5432"


class Network:
    """The way from Airflow and its tasks to the database: a port of this machine that leads to the server's socket.

    While it is cut, nothing passes in either direction and nobody is told; what waited then is broken off.
    """

    def __init__(self, folder: Callable[[], Path | None]) -> None:
        """Keep how the folder of the server's socket is found: it may be another after a restart."""
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._open.set()
        self._joined: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="network")
        self._thread.start()
        self._call(self._listen())

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self) -> None:
        listener = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.port = int(listener.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """Let nothing pass from now on."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def mend(self) -> None:
        """Let new connections pass; those of before the cut are broken off, as both ends would find out in the end."""
        self._call(self._mend())

    async def _mend(self) -> None:
        for writer in list(self._joined):
            writer.transport.abort()
        self._open.set()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._joined.add(writer)
        beyond: asyncio.StreamWriter | None = None
        try:
            await self._open.wait()
            folder = self._folder()
            if folder is None:
                return
            answers, beyond = await asyncio.open_unix_connection(str(folder / _SOCKET))
            self._joined.add(beyond)
            ways = {
                asyncio.ensure_future(self._pass(reader, beyond)),
                asyncio.ensure_future(self._pass(answers, writer)),
            }
            _, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in left:
                way.cancel()
        except OSError:
            # the server is not there: whoever asked finds the connection closed
            return
        finally:
            for end in (writer, beyond):
                if end is not None:
                    self._joined.discard(end)
                    end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._open.wait()
                writer.write(data)
                await writer.drain()


class Supervisor:
    """Starts the services and the server, and starts anew whichever ended, and does nothing else."""

    def __init__(
        self, home: Path, of_the_server: Mapping[str, str], logs: Path, services: Mapping[str, list[str]] = AIRFLOW
    ) -> None:
        """Keep the home, what is added to the server's environment, and Airflow's arguments for each service.

        logs: where what the services say goes, which is not on the disk that is filled: what a container or a unit of
        systemd says goes into a pipe.
        """
        self.home = home
        self._logs = logs
        self._services = dict(services)
        self._variables: dict[str, str] = {}
        self._of_the_server = dict(of_the_server)
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._keep_server, daemon=True, name=SERVER)]
        self._threads += [
            threading.Thread(target=self._keep, args=(name,), daemon=True, name=name) for name in services
        ]
        self.restarts: dict[str, int] = dict.fromkeys([SERVER, *services], -1)

    def start(self, variables: Mapping[str, str]) -> None:
        """Start everything, Airflow's services with an environment."""
        self._variables = dict(variables)
        for thread in self._threads:
            thread.start()

    def _keep(self, name: str) -> None:
        self._logs.mkdir(parents=True, exist_ok=True)
        while not self._stopping.is_set():
            with (self._logs / f"{name}.log").open("ab") as log:
                child = subprocess.Popen(  # noqa: S603  (our own program and arguments)
                    [sys.executable, "-m", "airflow", *self._services[name]],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self._variables,
                    cwd=PROJECT_DIRECTORY,
                    start_new_session=True,
                )
            self._children[name] = child
            self.restarts[name] += 1
            child.wait()
            self._stopping.wait(SECONDS_UNTIL_RESTART)

    def _keep_server(self) -> None:
        while not self._stopping.is_set():
            if not cluster.is_running(self.home):
                self.start_server()
            self._stopping.wait(SECONDS_UNTIL_RESTART)

    def start_server(self) -> None:
        """Start the server, under its own environment; one that cannot start (a full disk) is tried again later."""
        with mock.patch.dict(server._ENVIRONMENT, self._of_the_server), suppress(WarehouseUnavailableError, OSError):
            cluster.start(self.home, database="airflow")
            self.restarts[SERVER] += 1

    def processes(self, name: str) -> list[psutil.Process]:
        """Return a service's process and all that it started, itself first; none where it does not run."""
        pid = self._server_pid() if name == SERVER else self._pid(name)
        try:
            process = psutil.Process(pid) if pid else None
            return [process, *process.children(recursive=True)] if process else []
        except psutil.NoSuchProcess:
            return []

    def _pid(self, name: str) -> int | None:
        child = self._children.get(name)
        return child.pid if child is not None and child.poll() is None else None

    def _server_pid(self) -> int | None:
        try:
            lines = (cluster.data_directory(self.home) / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return None
        return int(lines[0]) if lines else None

    def stop(self) -> None:
        """End everything that was started."""
        self._stopping.set()
        for name in (*self._services, SERVER):
            kill(self.processes(name))
        for thread in self._threads:
            thread.join(60)


def kill(processes: Sequence[psutil.Process]) -> None:
    """End processes at once, without a word to them."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


@contextmanager
def disk_of_its_own(home: Path, size: str) -> Iterator[None]:
    """Give a home a disk of its own, which can be filled without harm to anybody; only root can."""
    if os.geteuid() != 0:
        raise SystemExit("make chaos fills a disk of its own, which only root may mount: run it as root.")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(home)], check=True)  # noqa: S603, S607
    try:
        yield
    finally:
        cluster.stop(home)
        subprocess.run(["umount", "--lazy", str(home)], check=True)  # noqa: S603, S607
