"""What readable rows say of themselves that is worth knowing: that they were taken back, whom they follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.errors import shown
from csc_warehouse.landing.reading.rows import Block

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass
class RowNotices:
    """Gathers it, block by block; record numbers tell the rows, never their values."""

    contract: SourceContract
    taken_back: dict[str, int] = field(default_factory=dict)
    """Record numbers by key: rows that were taken back and name no earlier row; what they take back must be known."""
    unnamed: int = 0
    """Rows that name an earlier row in a form that no system has."""
    first_unnamed: int = 0

    def add(self, block: Block) -> None:
        """Look at a block's rows."""
        import pyarrow as pa
        import pyarrow.compute as pc

        former, changes = self.contract.former, self.contract.changes
        if block.rows.num_rows == 0 or former is None:
            return
        named = _flat(block.canonical[former.column])
        if changes is not None:
            said = pc.equal(block.canonical[changes.column], canonical_name(changes.delete))
            gone = block.rows.filter(pc.and_(said, pc.equal(named, "")))
            self.taken_back |= zip(
                gone.column("row_key").to_pylist(), gone.column("record_number").to_pylist(), strict=True
            )
        unknown = [text for text in pc.unique(named).to_pylist() if text and former.parts(text) is None]
        if unknown:
            odd = block.rows.filter(pc.is_in(named, value_set=pa.array(unknown, pa.string())))
            self.unnamed += odd.num_rows
            first = pc.min(odd.column("record_number")).as_py()
            self.first_unnamed = min(self.first_unnamed or first, first)

    def sentences(self, file_name: str) -> list[str]:
        """Return a sentence about the rows whose earlier row cannot be told."""
        if not self.unnamed or self.contract.former is None:
            return []
        return [
            f"{shown(file_name)}: the {self.contract.former.column} of {_rows(self.unnamed)} names no row of a known"
            f" system (the first is record {self.first_unnamed}), and each stands alone."
        ]


def unknown_notice(file_name: str, numbers: list[int]) -> str:
    """Return the sentence about rows that were taken back and had never come."""
    return (
        f"{shown(file_name)} takes back {_rows(len(numbers))} that nobody had delivered (the first is record"
        f" {min(numbers)}): no fact changes."
    )


def _rows(count: int) -> str:
    return "one row" if count == 1 else f"{count:,} rows"


def _flat(values: Any) -> pa.Array:
    import pyarrow as pa

    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
