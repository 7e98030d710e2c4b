"""Which column of a file is which of the contract: by name, whatever the order (deliveries.md section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from csc_warehouse.contracts.model import Entity
from csc_warehouse.contracts.names import WHITESPACE
from csc_warehouse.errors import shown, shown_few
from csc_warehouse.landing.refusal import Refusal


@dataclass(frozen=True)
class Layout:
    """Where a file's header puts the contract's columns."""

    width: int
    """Fields that every row must have."""
    positions: tuple[int | None, ...]
    """Per column of the contract its place in the file; None: an optional column that is not there."""
    extra: tuple[str, ...]
    """Columns that no contract knows, as sent; they are kept out."""
    names: tuple[str, ...] = ()
    """The contract's columns, in its order."""

    def column_at(self, place: int) -> str:
        """Return the name of the column at a place of the file."""
        if place in self.positions:
            return self.names[self.positions.index(place)]
        extra = [other for other in range(self.width) if other not in self.positions]
        return shown(self.extra[extra.index(place)])

    def pick(self, fields: Sequence[str]) -> list[str]:
        """Return a row's values in the contract's order."""
        return [fields[position] if position is not None else "" for position in self.positions]


def normal_name(text: str) -> str:
    """Return a header's name as contracts write it."""
    return text.strip(WHITESPACE).lower()


def missing_columns(header: Sequence[str], entity: Entity) -> list[str]:
    """Return the required columns that a header lacks."""
    names = {normal_name(text) for text in header}
    return [column.name for column in entity.columns if column.is_required and column.name not in names]


def layout_of(header: Sequence[str], entity: Entity, file_name: str) -> Layout:
    """Return the layout that a header gives.

    Raises Refusal where a required column is missing or a column of the contract is there twice.
    """
    names = [normal_name(text) for text in header]
    missing = missing_columns(header, entity)
    if missing:
        listed = ", ".join(name.upper() if header and header[0].isupper() else name for name in missing)
        word = "column" if len(missing) == 1 else "columns"
        raise Refusal(f"lacks the required {word} {listed}", file_name=file_name, code="missing_column")
    doubled = [name for name in entity.column_names if names.count(name) > 1]
    if doubled:
        raise Refusal(f"has the column {doubled[0]} twice", file_name=file_name, code="column_twice")
    positions = tuple(names.index(name) if name in names else None for name in entity.column_names)
    known = set(entity.column_names)
    extra = tuple(text.strip(WHITESPACE)[:100] for text, name in zip(header, names, strict=True) if name not in known)
    return Layout(width=len(names), positions=positions, extra=extra, names=entity.column_names)


def extra_columns_notice(layout: Layout, file_name: str) -> str | None:
    """Return the one sentence that reports columns kept out, or None."""
    names = [name for name in layout.extra if name]
    if not names:
        return None
    return (
        f"{shown(file_name)} has columns that the contract does not know, and they were kept out: {shown_few(names)}."
    )
