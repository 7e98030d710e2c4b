"""What a run consumes: memory and processor time of this process, of what it started, and of the server."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from csc_warehouse.warehouse import cluster

MIB = 1024 * 1024
SECONDS_BETWEEN_LOOKS = 1.0


def tree_bytes(top: psutil.Process) -> int:
    """Return the sum of the proportional set sizes of a process and of all that it started."""
    total = 0
    for process in (top, *top.children(recursive=True)):
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            # it ended while it was asked
            continue
    return total


def processor_seconds(home: Path) -> float:
    """Return the processor time that this process, what it started and the server of a home have had so far."""
    tops = [psutil.Process(), server_of(home)]
    seconds = 0.0
    for top in tops:
        for process in (top, *top.children(recursive=True)) if top is not None else ():
            try:
                times = process.cpu_times()
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                # it ended while it was asked, and is counted with who started it
                continue
            # of those that ended, too
            seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


def server_of(home: Path) -> psutil.Process | None:
    """Return the embedded server's first process; None where it does not run."""
    try:
        lines = (cluster.data_directory(home) / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return psutil.Process(int(lines[0]))
    except (OSError, IndexError, ValueError, psutil.NoSuchProcess):
        return None


class Looks(threading.Thread, ABC):
    """Looks again and again while its block runs; a context."""

    def __init__(self, name: str, seconds: float) -> None:
        """Take what the thread is called, and how long it waits between two looks."""
        super().__init__(daemon=True, name=name)
        self._seconds = seconds
        self._ended = threading.Event()

    @abstractmethod
    def look(self) -> None:
        """Look once."""

    def run(self) -> None:
        """Look until told to stop."""
        while not self._ended.wait(self._seconds):
            try:
                self.look()
            except psutil.NoSuchProcess:
                # a process ended between two looks
                continue

    def __enter__(self) -> Self:
        """Begin to look."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop looking."""
        self._ended.set()
        self.join()


class Consumption(Looks):
    """Looks each second at what this process and the server of a home hold; a context that measures its block."""

    def __init__(self, home: Path) -> None:
        """Take the home whose server is meant."""
        super().__init__("consumption", SECONDS_BETWEEN_LOOKS)
        self._home = home
        self.most = 0.0
        """MiB at the most."""
        self.of_server = 0.0
        """MiB of the server at the most, at whatever moment."""
        self.processor_seconds = 0.0
        """What the block took of the processors."""

    def look(self) -> None:
        """Look once."""
        here = psutil.Process()
        server = server_of(self._home)
        ours = tree_bytes(here) / MIB
        # a server that this process started is no child of its, but one that a fork started may be
        is_below = server is not None and server.pid in {child.pid for child in here.children(recursive=True)}
        theirs = tree_bytes(server) / MIB if server is not None else 0.0
        self.of_server = max(self.of_server, theirs)
        self.most = max(self.most, ours if is_below else ours + theirs)

    def __enter__(self) -> Self:
        """Begin to look, and to count what is taken of the processors."""
        self.processor_seconds = -processor_seconds(self._home)
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop looking."""
        super().__exit__(kind, error, trace)
        self.processor_seconds += processor_seconds(self._home)
