"""What a failed build means: worth trying at once, worth trying later, or somebody's to mend; in one sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from csc_warehouse.errors import CscWarehouseError, NoSpaceError, WarehouseUnavailableError

_RETRIED = re.compile(r"deadlock detected|tuple concurrently updated|could not serialize access", re.IGNORECASE)
_UNAVAILABLE = re.compile(
    r"could not connect|connection refused|no such file or directory\s+is the server running|server closed the"
    r" connection|terminating connection|the database system is (shutting down|starting up|in recovery)",
    re.IGNORECASE,
)
_FULL = re.compile(r"no space left|could not extend file|quota exceeded", re.IGNORECASE)


class FailedNode(Protocol):
    """A model, seed or test that failed; its message holds no value of a record."""

    @property
    def name(self) -> str:
        """Return its name."""

    @property
    def resource_type(self) -> str:
        """Return what it is: model, seed or test."""

    @property
    def message(self) -> str:
        """Return what the database, or dbt, said."""


def is_tried_again(message: str) -> bool:
    """Tell whether a statement that ended so passes when it is tried again at once."""
    return _RETRIED.search(message) is not None


def is_lost(message: str) -> bool:
    """Tell whether a statement ended because the database was lost, or had no space left."""
    return _UNAVAILABLE.search(message) is not None or _FULL.search(message) is not None


def before_any_node(reason: str) -> CscWarehouseError:
    """Return the error of a build of which no node ran; reason: what dbt says, without a value of a record."""
    if _FULL.search(reason):
        return _no_space("before its first model")
    if _UNAVAILABLE.search(reason):
        return WarehouseUnavailableError(
            f"The database was lost during the build: {reason}. Nothing was published; run the command again."
        )
    return CscWarehouseError(f"dbt could not start the build: {reason}.")


def of_nodes(failed: Sequence[FailedNode]) -> CscWarehouseError:
    """Return the error of a build whose nodes failed, which names the first of them."""
    first = failed[0]
    if any(_FULL.search(node.message) for node in failed):
        return _no_space(f"at the {first.resource_type} {first.name}")
    if any(_UNAVAILABLE.search(node.message) for node in failed):
        return WarehouseUnavailableError(
            "The database was lost during the build. Nothing was published; run the command again."
        )
    others = f" ({len(failed) - 1} more failed)" if len(failed) > 1 else ""
    return CscWarehouseError(
        f"The build failed at the {first.resource_type} {first.name}: {first.message}{others}. "
        "The last release stays published; mend the cause and run the build again."
    )


def _no_space(where: str) -> NoSpaceError:
    return NoSpaceError(
        f"The build stopped {where}: the database server has no space left. Nothing was published; free some and run"
        " the command again."
    )
