"""What a command says by the code that it ends with: the one place for all of them."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The codes that csc-warehouse and make run end with; dbt and psql, called through it, end with their own."""

    DONE = 0
    ERROR = 1
    WRONG_USE = 2
    HELD = 3
    REFUSED = 4

    @property
    def meaning(self) -> str:
        """Return what the code says, to be read behind its number."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.ERROR: "error",
    ExitCode.WRONG_USE: "wrong use",
    ExitCode.HELD: "held at the exit",
    ExitCode.REFUSED: "a delivery was newly refused",
}
BY_GRAVITY = (ExitCode.ERROR, ExitCode.HELD, ExitCode.REFUSED, ExitCode.DONE)
"""Which one a night of several outcomes ends with: the first of these."""


def explained() -> str:
    """Return all codes and their meanings in one sentence, for the help."""
    return "Exit codes: " + ", ".join(f"{code.value} {code.meaning}" for code in ExitCode) + "."


def gravest(*codes: int) -> ExitCode:
    """Return the code that says most of several: a fault before a held authority before a refused delivery.

    A process that was killed, or ended with any other code, counts as a fault.
    """
    known = {code.value: code for code in BY_GRAVITY}
    return min((known.get(code, ExitCode.ERROR) for code in codes), key=BY_GRAVITY.index, default=ExitCode.DONE)
