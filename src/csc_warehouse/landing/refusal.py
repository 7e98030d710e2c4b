"""Why a delivery is refused whole, in one sentence that says what to do."""

from __future__ import annotations

from typing import Literal

from csc_warehouse.sources.delivery import Delivery, NotThereYet

__all__ = ["NotThereYet", "Refusal"]

SEND_AGAIN = "ask the supplier to send the delivery again"
LOOK_AT_CHANGE = (
    "`csc-warehouse contract check` says of its folder what the source changed: ask the supplier to send it as agreed,"
    " or change the contract"
)


RefusalCode = Literal[
    "absent_file",
    "bad_control_file",
    "bad_manifest",
    "binary_file",
    "column_twice",
    "cut_off",
    "disagreement",
    "door",
    "empty_file",
    "file_hash",
    "mass_loss",
    "missing_column",
    "missing_entity",
    "no_permission",
    "partial_replica",
    "quarantined_share",
    "row_count",
    "too_large",
    "unreadable_sheet",
    "unreadable_zip",
    "unsafe_path",
    "wrong_encoding",
]
"""Why a delivery is refused; docs/runbooks/refused-deliveries.md has a section for each."""


class Refusal(Exception):  # noqa: N818  (a finding about a delivery, not a fault of the program)
    """A delivery cannot be trusted. Holds file, reason and next step apart; never a value of a row."""

    def __init__(self, reason: str, *, file_name: str = "", remedy: str = SEND_AGAIN, code: RefusalCode) -> None:
        """Take the reason as a clause ("is a binary file"), the file it is about, and what to do."""
        super().__init__(reason)
        self.reason = reason
        self.file_name = file_name
        self.remedy = remedy
        self.code = code

    def sentence(self, delivery: Delivery) -> str:
        """Return the one sentence that the ledger keeps and an operator reads."""
        subject = self.file_name or "the delivery"
        return f"{delivery.label} is refused: {subject} {self.reason}; {self.remedy}."
