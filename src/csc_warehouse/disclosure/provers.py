"""Parts proved side by side: by this process, and by others of its own where there is enough to prove."""

from __future__ import annotations

import heapq
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from types import TracebackType
from typing import Any, Self

from csc_warehouse.disclosure import prover
from csc_warehouse.disclosure.parts import Outcome, Question, prove
from csc_warehouse.processors import usable_processors

LOGGER = logging.getLogger(__name__)
MOST_PROCESSES = 8
WORTH_A_PROCESS = 500
"""So many figures that others could prove meanwhile are worth the start of a process: a quarter of a second."""


class Provers:
    """What is to be proved, and who proves it: the thread that waits for it, and further processes, each by a thread.

    The largest part goes first. A process that ends in the middle of a part leaves it to the others, and to this one
    at the last: a part is proved, or whoever waits for it is told why not. They are plain processes, which may be
    started from within any other: one of a pool, with threads, or with connections to the database.
    """

    def __init__(self, most: int | None = None) -> None:
        """Begin with nobody but this process; most: how many processes prove at once, this one among them."""
        self._most = usable_processors(MOST_PROCESSES) if most is None else most
        self._waiting: list[tuple[int, int, int, Question]] = []
        self._asked = 0
        self._rounds = 0
        self._changed = threading.Condition()
        self._is_over = False
        self._others: list[tuple[subprocess.Popen[bytes], Connection[Any, Any], threading.Thread]] = []

    def __enter__(self) -> Self:
        """Return itself; its processes are started when they are worth it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every process; where an error is raised, in the middle of what it proves."""
        with self._changed:
            self._is_over = True
            self._waiting.clear()
            self._changed.notify_all()
        for process, _, _ in self._others:
            process.kill()
        for process, connection, thread in self._others:
            process.wait()
            thread.join()
            connection.close()

    @property
    def processes(self) -> list[subprocess.Popen[bytes]]:
        """Return the further processes that were started."""
        return [process for process, _, _ in self._others]

    def ask(self, questions: Sequence[Question]) -> None:
        """Have parts proved that were not proved before; they are begun at once where others are there to do it."""
        with self._changed:
            for question in questions:
                if question.outcome is None:
                    self._asked += 1
                    size = len(question.part.places)
                    heapq.heappush(self._waiting, (self._rounds, -size, self._asked, question))
            self._rounds += 1
            self._changed.notify_all()
            sizes = [-size for _, size, _, _ in self._waiting]
        left_to_others = sum(sizes) - max(sizes, default=0)
        wanted = min(self._most - 1, len(sizes) - 1, left_to_others // WORTH_A_PROCESS)
        for _ in range(wanted - len(self._others)):
            self._start()

    def answer(self, questions: Sequence[Question]) -> None:
        """Return when all of them are proved, and prove here what nobody else has begun."""
        while True:
            with self._changed:
                if all(question.outcome is not None for question in questions):
                    return
                if not self._waiting:
                    self._changed.wait()
                    continue
                question = heapq.heappop(self._waiting)[-1]
            question.outcome = prove(question.part, width=question.width, smallest_shown=question.smallest_shown)

    def _start(self) -> None:
        own, other = Pipe()
        with other:
            try:
                process = subprocess.Popen(  # noqa: S603  (a module of ours)
                    [sys.executable, "-P", "-m", prover.__name__, str(other.fileno()), str(os.getpid())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(other.fileno(),),
                )
            except OSError as error:
                LOGGER.warning("No further process could be started to prove what is hidden (%s): one does it.", error)
                own.close()
                return
        thread = threading.Thread(target=self._have_proved, args=(process, own), daemon=True)
        self._others.append((process, own, thread))
        thread.start()

    def _have_proved(self, process: subprocess.Popen[bytes], connection: Connection[Any, Any]) -> None:
        """Hand one part after the other to a process, until all is over or the process is gone."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_over)
                if self._is_over:
                    return
                taken = heapq.heappop(self._waiting)
            question, outcome = taken[-1], None
            try:
                with suppress(EOFError, OSError):
                    connection.send((question.part, question.width, question.smallest_shown))
                    outcome = connection.recv()
            finally:
                self._take_back(taken, outcome, process)
            if outcome is None:
                return

    def _take_back(
        self, taken: tuple[int, int, int, Question], outcome: Outcome | None, process: subprocess.Popen[bytes]
    ) -> None:
        """Note what came of a part; where nothing did, the process is ended and the part waits again."""
        if outcome is None:
            process.kill()
            process.wait()
        with self._changed:
            taken[-1].outcome = outcome
            if outcome is None and not self._is_over:
                heapq.heappush(self._waiting, taken)
                LOGGER.warning(
                    "A process that proved a part of what is hidden ended too early (%s): the others prove that part.",
                    process.returncode,
                )
            self._changed.notify_all()
