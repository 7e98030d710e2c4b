"""Why a delivery is refused whole, in one sentence that says what to do."""

from __future__ import annotations

from typing import Literal

from csc_warehouse.sources.delivery import Delivery, NotThereYet

__all__ = ["NotThereYet", "Refusal"]

SEND_AGAIN = "ask the supplier to send the delivery again"


RefusalCode = Literal[
    "absent_file",
    "bad_control_file",
    "bad_manifest",
    "binary_file",
    "business_date",
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
REMEDIES: dict[RefusalCode, str] = {
    "disagreement": "do not rename anything, ask the supplier which day and council it is of",
    "door": (
        "ask the supplier what happened and for the delivery again; where it is true, the owner of the check changes"
        " its limit in expectations/door"
    ),
    "missing_column": (
        "`csc-warehouse contract check` says of its folder what the source changed: ask the supplier to send it as"
        " agreed, or change the contract"
    ),
    "quarantined_share": (
        "mostly one change of the export: ask the supplier to undo it, or change the contract as"
        " docs/runbooks/refused-deliveries.md says for that reason"
    ),
    "too_large": (
        "do not unpack it, ask the supplier what it is; where a member of a zip is as large as that, raise"
        " `landing.maximum_member_bytes` or `landing.maximum_compression_ratio`"
    ),
    "unsafe_path": "do not open it, it is an incident: tell information security, then ask the supplier for another",
    "wrong_encoding": "ask the supplier to send it again as the system writes it, not opened and saved by a person",
}
"""What to do where it is not simply to ask for the delivery again."""


class Refusal(Exception):  # noqa: N818  (a finding about a delivery, not a fault of the program)
    """A delivery cannot be trusted. Holds file, reason and next step apart; never a value of a row."""

    def __init__(self, reason: str, *, file_name: str = "", remedy: str = "", code: RefusalCode) -> None:
        """Take the reason as a clause ("is a binary file"), the file it is about, and what to do about this one."""
        super().__init__(reason)
        self.reason = reason
        self.file_name = file_name
        self.remedy = remedy or REMEDIES.get(code, SEND_AGAIN)
        self.code = code

    def sentence(self, delivery: Delivery) -> str:
        """Return the one sentence that the ledger keeps and an operator reads."""
        subject = self.file_name or "the delivery"
        return f"{delivery.label} is refused: {subject} {self.reason}; {self.remedy}."
