"""What is kept of dbt's and the server's messages: the reason, and no value that one quotes."""

from __future__ import annotations

import re

MOST_LINES_OF_A_DIFFERENCE = 60
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_ABOUT_A_VALUE = re.compile(r"invalid|out of range|malformed|too long|duplicate key", re.IGNORECASE)


def kept(resource_type: str, status: str, message: str) -> str:
    """Return what is kept of a node's message: a failed unit test's difference whole, as its rows are made up."""
    if (resource_type, status) != ("unit_test", "fail"):
        return plain(message)
    lines = [line.rstrip() for line in _ANSI.sub("", message).splitlines()]
    more = len(lines) - MOST_LINES_OF_A_DIFFERENCE
    shown = lines[:MOST_LINES_OF_A_DIFFERENCE] + ([f"... and {more} more lines."] if more > 0 else [])
    return "\n".join(shown).strip()


def plain(message: str) -> str:
    """Reduce a message to its first telling line, without any value that it quotes."""
    lines = [line.strip() for line in _ANSI.sub("", message).splitlines() if line.strip()]
    telling = [line for line in lines if not re.match(r"(Database|Runtime|Compilation) Error", line)] or lines
    line = telling[0] if telling else "no reason given"
    if _ABOUT_A_VALUE.search(line):
        line = _QUOTED.sub("(a value)", line)
    return line.rstrip(".")[:300]
