"""How commands tell: sentences for people, or one JSON object a line for what collects logs."""

from __future__ import annotations

import datetime
import io
import json
import logging
import sys
import traceback
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.text import Text

from csc_warehouse.errors import printable

PACKAGE = "csc_warehouse"


class SafeConsole(Console):
    """A console on which no text that came from outside steers the terminal, or cannot be written."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as the library does, control characters and what no encoding knows written out."""
        # an encoding of the terminal's own may know fewer letters than a name has
        if isinstance(self.file, io.TextIOWrapper):
            self.file.reconfigure(errors="backslashreplace")
        super().print(*(printable(o, kept="\n\t") if isinstance(o, str) else o for o in objects), **options)


class Teller(SafeConsole):
    """A console for what is told beside a command's result; it may be had as JSON."""

    is_json = False
    """Whether each sentence is an object on a line of its own."""

    def print(self, *objects: Any, level: str = "info", **options: Any) -> None:
        """Print sentences, or write each call as one object. level: how grave it is, which JSON alone says."""
        if not self.is_json:
            super().print(*objects, **options)
            return
        has_markup = options.get("markup", True)
        said = (Text.from_markup(o).plain if has_markup and isinstance(o, str) else str(o) for o in objects)
        self.file.write(line_of(" ".join(said), level=level, logger=PACKAGE) + "\n")
        self.file.flush()


def line_of(message: str, *, level: str, logger: str, **further: str) -> str:
    """Return one JSON object: at (UTC), level, logger, message, and what else is known; ASCII alone, on one line."""
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    return json.dumps({"at": at, "level": level, "logger": logger, "message": message, **further})


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object, with the frames of its error as text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        further = {"traceback": self.formatException(record.exc_info)} if record.exc_info else {}
        return line_of(record.getMessage(), level=record.levelname.lower(), logger=record.name, **further)


def tell_as_json(teller: Teller) -> None:
    """Have this process tell everything on its standard error as JSON lines: sentences, logs and unforeseen errors."""
    teller.is_json = True
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(PACKAGE).setLevel(logging.INFO)
    sys.excepthook = _tell_unforeseen


def _tell_unforeseen(kind: type[BaseException], error: BaseException, frames: TracebackType | None) -> None:
    told = "".join(traceback.format_exception(kind, error, frames))
    message = f"An unforeseen error ended the command: {kind.__name__}."
    sys.stderr.write(line_of(message, level="critical", logger=PACKAGE, traceback=told) + "\n")
