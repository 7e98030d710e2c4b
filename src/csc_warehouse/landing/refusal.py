"""Why a whole delivery is refused, in one sentence that says what to do."""

from __future__ import annotations

from typing import Literal

from csc_warehouse.errors import printable, shown
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
    "formula_without_value",
    "future_date",
    "mass_loss",
    "missing_column",
    "missing_entity",
    "no_permission",
    "partial_replica",
    "quarantined_share",
    "return_twice",
    "row_count",
    "rows_after_end",
    "too_large",
    "unforeseen",
    "unreadable_file",
    "unreadable_sheet",
    "unreadable_zip",
    "unsafe_path",
    "wrong_encoding",
    "wrong_type",
]
"""Why a delivery is refused; docs/runbooks/refused-deliveries.md has a section for each."""
REMEDIES: dict[RefusalCode, str] = {
    "disagreement": "do not rename anything, ask the supplier which day and council it is of",
    "door": (
        "ask the supplier what happened and for the delivery again; where it is true, the owner of the check changes"
        " its limit in expectations/door"
    ),
    "formula_without_value": (
        "ask whoever keeps it to open it in the spreadsheet program, look at the values and save it, then send it again"
    ),
    "future_date": "ask whoever keeps it for the day that it speaks of, and for the return with that day",
    "missing_column": (
        "`csc-warehouse contract check` says of its folder what the source changed: ask the supplier to send it as"
        " agreed, or change the contract"
    ),
    "quarantined_share": (
        "mostly one change of the export: ask the supplier to undo it, or change the contract as"
        " docs/runbooks/refused-deliveries.md says for that reason"
    ),
    "return_twice": "ask whoever keeps it which of the two is right, and take the other out of the folder",
    "rows_after_end": (
        "ask whoever keeps it to take the empty row out, or to move what is a note out of the columns of the return"
    ),
    "too_large": (
        "do not unpack it, ask the supplier what it is; where it is really so large, raise the limit under `landing` in"
        " the configuration, as docs/runbooks/refused-deliveries.md says for that reason"
    ),
    "unforeseen": (
        "the log of this landing says where for whoever maintains the warehouse, and the supplier can be asked whether"
        " the file is as usual"
    ),
    "unsafe_path": "do not open it, it is an incident: tell information security, then ask the supplier for another",
    "wrong_encoding": "ask the supplier to send it again as the system writes it, not opened and saved by a person",
    "wrong_type": (
        "`csc-warehouse contract check` says of its folder what the source changed: ask the supplier to send it as"
        " agreed, or name that type under `also_sent_as` in the contract where it converts without loss"
    ),
}
"""What to do, where asking for the delivery again is not enough."""


class Refusal(Exception):  # noqa: N818  (a finding about a delivery, not a fault of the program)
    """A delivery cannot be trusted. Holds the file, the reason and what to do; never a value of a row."""

    def __init__(self, reason: str, *, file_name: str = "", remedy: str = "", code: RefusalCode) -> None:
        """Take the reason as a clause ("is a binary file"), the file it is about, and what to do about this one."""
        super().__init__(reason)
        self.reason = reason
        self.file_name = file_name
        self.remedy = remedy or REMEDIES.get(code, SEND_AGAIN)
        self.code = code

    def sentence(self, delivery: Delivery) -> str:
        """Return the one sentence that the ledger keeps and an operator reads."""
        subject = shown(self.file_name) or "the delivery"
        return printable(f"{delivery.label} is refused: {subject} {self.reason}; {self.remedy}.")
