"""What became of each accepted delivery of one place: it stands, another one superseded it, or it was withdrawn.

The same rule serves ledger and journal (deliveries.md sections 1 and 9): of the contents that are not withdrawn the
latest stands, and each earlier one is superseded by the next. A withdrawal is of a content at its place (source,
authority, name, business date), so that the same files, if they are still there or are sent again, stay withdrawn too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

EVENT = "withdrawal"
"""The journal's event of a withdrawal, and of the undoing of one."""
PLACE = ("source", "authority_code", "name", "business_date")


class Landed(Protocol):
    """One delivery that was accepted."""

    @property
    def delivery_id(self) -> int:
        """Return its number."""

    @property
    def content_sha256(self) -> str:
        """Return the identity of its content."""


@dataclass(frozen=True)
class DeliveryStatus:
    """What became of one accepted delivery, as the ledger has it."""

    status: str
    """accepted, superseded or withdrawn."""
    reason: str | None = None
    successor: int | None = None
    """Of a superseded one: the delivery that replaced it."""


STANDS = DeliveryStatus("accepted")


def statuses(landed: Sequence[Landed], withdrawn: Mapping[str, str]) -> list[DeliveryStatus]:
    """Return the status of each delivery of one place, given and returned oldest first; withdrawn: why, by content."""
    found: list[DeliveryStatus] = []
    successor: int | None = None
    for each in reversed(landed):
        if each.content_sha256 in withdrawn:
            found.append(DeliveryStatus("withdrawn", withdrawn[each.content_sha256]))
            continue
        found.append(STANDS if successor is None else superseded_by(successor))
        successor = each.delivery_id
    return found[::-1]


def superseded_by(successor: int) -> DeliveryStatus:
    """Return the status of a delivery that another one replaced."""
    reason = f"replaced by delivery {successor}, sent later for the same business date"
    return DeliveryStatus("superseded", reason, successor)


def withdrawal_reason(decided_by: str, reason: str) -> str:
    """Return the reason that the ledger gives for a withdrawn delivery."""
    return f"withdrawn by {decided_by}: {reason}"


def place_of(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the place that a line of the journal is about."""
    return tuple(record[name] for name in PLACE)


def decisions_in_force(records: Collection[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a journal's decisions to withdraw and to undo, in their order.

    A line that is repeated was written by a run that was killed before its ledger: the last one counts.
    """
    latest: dict[tuple[str, ...], dict[str, Any]] = {}
    made: list[dict[str, Any]] = []
    for line in records:
        if line["event"] != EVENT:
            continue
        record = dict(line)
        key = (*place_of(record), record["content_sha256"])
        before = latest.get(key)
        if before is not None and before["is_undone"] == record["is_undone"]:
            made.remove(before)
        latest[key] = record
        made.append(record)
    return made


def withdrawn_contents(decisions: Collection[Mapping[str, Any]]) -> dict[tuple[str, ...], dict[str, str]]:
    """Return by place the contents that are withdrawn once all these decisions are made, and why."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for record in decisions:
        contents = found.setdefault(place_of(record), {})
        contents.pop(record["content_sha256"], None)
        if not record["is_undone"]:
            contents[record["content_sha256"]] = withdrawal_reason(record["decided_by"], record["reason"])
    return found
