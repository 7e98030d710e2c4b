"""What a way in hands over: deliveries that are complete, and those that are not there yet."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from csc_warehouse.errors import SourceUnavailableError


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a delivery as it was last looked at; size in bytes, times in nanoseconds."""

    name: str
    path: str
    size: int
    modified_ns: int
    changed_ns: int = 0


@dataclass(frozen=True)
class Delivery:
    """What one source hands over for one business date; a corporate file is a delivery of its own."""

    source: str
    authority_code: str
    name: str
    """`all`, or the kind of the corporate file."""
    business_date: datetime.date
    location: str
    """Folder that holds it."""
    files: tuple[DeliveredFile, ...]
    found_as: str = ""
    """Fingerprint that it was found with, where its files were made only when it was fetched."""
    received_at: datetime.datetime | None = None
    """None: when the last of its files was written."""
    notices: tuple[str, ...] = ()
    """What is worth knowing about how it came, a sentence each."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return the files' paths."""
        return tuple(Path(file.path) for file in self.files)

    @property
    def fingerprint(self) -> str:
        """Return a digest of names, sizes and times: cheap, and different once anybody wrote to a file."""
        if self.found_as:
            return self.found_as
        looks = [(file.name, file.size, file.modified_ns, file.changed_ns) for file in self.files]
        return hashlib.sha256(repr((self.location, sorted(looks))).encode()).hexdigest()

    @property
    def label(self) -> str:
        """Return the words by which an operator knows it: source, authority, kind and date."""
        kind = "" if self.name == "all" else f" {self.name}"
        return f"{self.source}{kind} {self.authority_code} {self.business_date}"

    def ticket(self) -> dict[str, Any]:
        """Return it as plain values, for a scheduler to carry: names, sizes, times or a digest, never content."""
        return {
            "source": self.source,
            "authority_code": self.authority_code,
            "name": self.name,
            "business_date": self.business_date.isoformat(),
            "location": self.location,
            "files": [[f.name, f.path, f.size, f.modified_ns, f.changed_ns] for f in self.files],
            "found_as": self.found_as,
        }

    @classmethod
    def from_ticket(cls, ticket: Mapping[str, Any]) -> Delivery:
        """Build it again from a ticket."""
        return cls(
            source=str(ticket["source"]),
            authority_code=str(ticket["authority_code"]),
            name=str(ticket["name"]),
            business_date=datetime.date.fromisoformat(str(ticket["business_date"])),
            location=str(ticket["location"]),
            files=tuple(DeliveredFile(str(n), str(p), int(s), int(m), int(c)) for n, p, s, m, c in ticket["files"]),
            # one that waited while the program was renewed says none
            found_as=str(ticket.get("found_as", "")),
        )


@dataclass
class Found:
    """What a look at a source gave."""

    deliveries: list[Delivery] = field(default_factory=list)
    not_there_yet: list[str] = field(default_factory=list)
    """One sentence per delivery that has begun to arrive."""
    ignored: list[str] = field(default_factory=list)
    """One sentence per file or folder that is no part of any delivery."""


class NotThereYet(Exception):  # noqa: N818  (a finding about a delivery, not a fault of the program)
    """The delivery's files changed while they were read: it is left for the next run."""


class UnreadableFolderError(SourceUnavailableError):
    """Raised when a folder is there and cannot be listed; holds the sentence as a clause too."""

    def __init__(self, clause: str) -> None:
        """Take the clause ("the folder /share/raise cannot be read: ...")."""
        super().__init__(f"{clause[0].upper()}{clause[1:]}.")
        self.clause = clause


class Untrusted(Exception):  # noqa: N818  (a finding about a delivery, not a fault of the program)
    """What a source hands over is not what it holds; the delivery is to be refused. Holds reason and next step."""

    def __init__(self, reason: str, *, remedy: str) -> None:
        """Take the reason as a clause ("shows 5 of 100 rows") and what to do."""
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class Source(Protocol):
    """A way in. A folder is one; whatever fetches files or reads a database presents the same face."""

    @property
    def is_on_this_machine(self) -> bool:
        """Tell whether what is found can be read without fetching it."""

    def find(self, *, stable_seconds: float) -> Found:
        """Look once and return what is complete; never opens more than it must to know that."""
        ...

    def look_again(self, delivery: Delivery) -> Delivery:
        """Return the delivery with sizes and times of now; a file that has gone is left out."""
        ...

    def fetch(self, delivery: Delivery) -> AbstractContextManager[Delivery]:
        """Yield the delivery with its files on this machine, for the length of the context.

        It keeps the fingerprint that it was found with. Raises NotThereYet, Untrusted.
        """
        ...
