"""Rows that nobody can read, and other accidents of files: a handful in each of the last deliveries."""

from __future__ import annotations

import datetime as dt
import random

from csc_warehouse.sample.model import DAY, World
from csc_warehouse.sample.tables import Table

_NIGHTS = 3
_UNDEFINED = "\x81"
"""A byte that Windows-1252 does not define."""
_DAMAGED = {"CLIENT", "CONTACT", "ASSESSMENT", "REVIEW"}


class RaiseJunk:
    """Puts unreadable rows into the files of a few business dates; none of them is a row that anybody needs.

    Each has a key of its own (or none), so what the other rows say stays whole.
    """

    def __init__(self, world: World) -> None:
        """Choose the business dates whose files hold junk."""
        self._is_clean = world.is_clean
        self._rng = random.Random(f"junk {world.seed} {world.authority}")  # noqa: S311 - noise, not secrecy
        cut_over = world.cut_over or dt.date.max
        self._dates = {cut_over - DAY * back for back in range(1, _NIGHTS + 1)} if world.cut_over else set()
        self._dates |= {dt.date(2016, 11, 30), dt.date(2017, 8, 31)}
        self._next_key = 9900000

    def add(self, table: Table, header: str, lines: list[bytes], day: dt.date) -> list[bytes]:
        """Return the rows of a file with the junk of its day."""
        if self._is_clean or day not in self._dates or table.raise_name not in _DAMAGED or len(lines) < 50:
            return lines
        rng = self._rng
        body = list(lines)
        columns = header.split(",")
        date_column = next(index for index, name in enumerate(columns) if name.endswith(("DOB", "DATE", "RECEIVED")))

        def fresh(*, cells: dict[int, str]) -> str:
            """Write a row with a key of its own and hardly anything else."""
            self._next_key += 1
            row = [""] * len(columns)
            row[0] = f"{self._next_key:07d}"
            if table.raise_name == "ASSESSMENT":
                row[1] = "1"
            for place, text in cells.items():
                row[place] = text
            return ",".join(row)

        rows = [
            fresh(cells={}).rsplit(",", 2)[0],
            fresh(cells={}) + ",surplus",
            fresh(cells={date_column: "31/02/2018"}),
            fresh(cells={0: ""}),
            fresh(cells={len(columns) - 2: f"W1{_UNDEFINED}7"}),
        ]
        for row in rows:
            # Latin-1 agrees with Windows-1252 on everything here and can also write the undefined byte.
            body.insert(rng.randrange(1, len(body)), row.encode("latin-1"))
        # The second row of a key comes after the first, which stands.
        body.append(next(line for line in lines if b'"' not in line))
        return body
