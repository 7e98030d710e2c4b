"""What is known of a delivery once its files can be trusted; their rows are still unread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from csc_warehouse.contracts.model import Entity
from csc_warehouse.contracts.protocols import Encoding
from csc_warehouse.errors import MOST_SHOWN, shown, shown_few

Kind = Literal["full", "delta", "return"]


@dataclass(frozen=True)
class EntityFile:
    """One entity's file, hashed and of a readable encoding; its rows are still unread."""

    entity: Entity
    file_name: str
    sha256: str
    size: int
    open: Callable[[], BinaryIO]
    declared_rows: int | None = None
    """Rows that it has according to the control file or manifest."""
    encoding: Encoding | None = None
    """Encoding that the control file states; None where it is the contract's."""
    declared_in: str = "control file"
    """The file that says how many rows there are."""


@dataclass(frozen=True)
class ArrivedFile:
    """One file as it arrived, for the archive."""

    name: str
    path: Path
    sha256: str
    size: int


@dataclass
class Verified:
    """A delivery whose files can be trusted."""

    kind: Kind
    entity_files: list[EntityFile]
    arrived: list[ArrivedFile]
    notices: list[str] = field(default_factory=list)


def ignored_files_notices(names: list[str], clause: str) -> list[str]:
    """Return the notices about files that were ignored: a sentence each for a few, else their number and ten names."""
    if len(names) <= MOST_SHOWN:
        return [f"{shown(name)} is {clause}: it was ignored." for name in names]
    return [f"{len(names):,} files are {clause}: they were ignored ({shown_few(names)})."]
