"""Which column of a file is which column of the contract: by its name, in any order (deliveries.md section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from csc_warehouse.contracts.model import Entity
from csc_warehouse.contracts.names import WHITESPACE
from csc_warehouse.errors import shown, shown_few
from csc_warehouse.landing.delivered_text import normal_name
from csc_warehouse.landing.refusal import Refusal


@dataclass(frozen=True)
class Layout:
    """Where a file's header puts the contract's columns."""

    width: int
    """Fields that every row must have."""
    positions: tuple[int | None, ...]
    """The place in the file of each column of the contract; None: an optional column that the file lacks."""
    extra: tuple[str, ...]
    """Names of columns that the contract does not know, as sent; their values are not taken in."""
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


def no_header(file_name: str) -> Refusal:
    """Return why a file without a single record is refused."""
    return Refusal("is empty: not even a header is there", file_name=file_name, code="empty_file")


def extra_columns_notice(layout: Layout, file_name: str) -> str | None:
    """Return the notice about columns that were not taken in, or None where there are none."""
    names = [name for name in layout.extra if name]
    if not names:
        return None
    return (
        f"{shown(file_name)} has columns that the contract does not know, and they were kept out: {shown_few(names)}."
    )
