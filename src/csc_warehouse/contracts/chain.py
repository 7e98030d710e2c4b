"""What a contract says of the systems before its own, and of rows that are taken back; deliveries.md 4, 7 and 8."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from csc_warehouse.contracts.protocols import ContractModel

FORMER_MARK = ":"
"""Between a system's name and the key of its row, where a row names both."""


class Former(ContractModel):
    """How a row names the row of an earlier system, or of its own, that it stands for."""

    column: str
    form: Literal["key", "named"]
    """`key`: the key alone, of the one system that is listed; `named`: a listed system's name, a colon and the key."""
    sources: tuple[str, ...] = Field(min_length=1)
    """Systems whose rows may be named; its own among them where its rows are split or joined."""

    @model_validator(mode="after")
    def _check_form(self) -> Former:
        if self.form == "key" and len(self.sources) > 1:
            raise ValueError(f"the column {self.column} holds a key alone, and so can only name one system's rows")
        if len(set(self.sources)) < len(self.sources):
            raise ValueError(f"the column {self.column} lists a system twice")
        return self

    def text(self, source: str, named: str) -> str:
        """Return the canonical text that names a row of a listed system by its canonical key."""
        return named if self.form == "key" else f"{source}{FORMER_MARK}{named}"

    def parts(self, text: str) -> tuple[str, str] | None:
        """Return the system and the key that a canonical text names; None where it names no listed system's row."""
        if self.form == "key":
            return (self.sources[0], text) if text else None
        source, mark, named = text.partition(FORMER_MARK)
        return (source, named) if mark and named and source in self.sources else None


class Changes(ContractModel):
    """The column in which a row says whether it stands or was taken back, and the two words for that."""

    column: str
    upsert: str
    delete: str

    @model_validator(mode="after")
    def _check_words(self) -> Changes:
        if self.upsert.strip().upper() == self.delete.strip().upper():
            raise ValueError(f"the column {self.column} has one word for both changes")
        return self


class Held(ContractModel):
    """What one entity of a case system holds of the model, and which of its columns checks look at."""

    entity: str
    shown: str | None = None
    """The entity as its users know it; none: as it is called here."""
    begins: str | None = None
    """Column with the day or time on which what it records began, and the one on which it ended or was decided."""
    ends: str | None = None
    withdrawn: tuple[str, str] | None = None
    """Column and value by which a row says of itself that it was withdrawn."""
    worker: str | None = None
    """Column that names who is responsible."""


class Nights(ContractModel):
    """What whoever looks after the nightly run is told of a source, a clause or sentence each."""

    arrives: str
    """What comes, and how often ("a full on Sundays, a delta on every other night")."""
    quiet: str
    """What a night without a delivery means."""
    refused: str = "Ask the supplier for the delivery again."
