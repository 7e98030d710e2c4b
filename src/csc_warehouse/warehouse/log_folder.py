"""Where a server keeps its log, as its own archive_command says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

LOG = "log"
"""Of the folder that csc-warehouse protect was given, what holds the log."""
_KEPT_AS = re.compile(r"(.+)/%f(?:\.sealed)?;?")
_SETTING = re.compile(r"archive_command = '(.*)'")


def of_command(command: str) -> Path | None:
    """Return the folder that csc-warehouse protect was given, from the command that it gave to the server.

    None: the command is somebody else's.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    named = (Path(found[1].replace("%%", "%")) for word in words if (found := _KEPT_AS.fullmatch(word)))
    log = next(named, None)
    return log.parent if log is not None and log.name == LOG else None


def of_files(data: Path) -> Path | None:
    """Return that folder from the files of a server that does not run; None: it is not protected, or no file tells."""
    try:
        lines = (data / "postgresql.auto.conf").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    # the last one counts; quotes and backslashes stand twice in it
    given = [found[1] for line in lines if (found := _SETTING.fullmatch(line.strip()))][-1:]
    return of_command(re.sub(r"(['\\])\1", r"\1", given[0])) if given else None
