"""A process that proves parts for another one: `python -m csc_warehouse.disclosure.prover FILE PARENT`.

FILE is the number of the open file by which it is asked and answers, PARENT that of the process that asks. It ends when
that is no more, also in the middle of a proof.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any

from csc_warehouse.disclosure.parts import prove

LOOKS_EVERY = 2.0
"""Seconds between two looks for the parent, where its end was not heard."""


def serve(connection: Connection[Any, Any], parent: int) -> None:
    """Answer every question, a part with its thresholds, with the outcome of its proof; never returns."""
    questions: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, parent, questions), daemon=True).start()
    while True:
        part, width, smallest_shown = questions.get()
        connection.send(prove(part, width=width, smallest_shown=smallest_shown))


def _listen(connection: Connection[Any, Any], parent: int, questions: queue.SimpleQueue[Any]) -> None:
    try:
        while os.getppid() == parent:
            if connection.poll(LOOKS_EVERY):
                questions.put(connection.recv())
    finally:
        # whoever asked has what it wanted, or is no more: nobody would hear the answer
        os._exit(0)


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])), int(sys.argv[2]))
