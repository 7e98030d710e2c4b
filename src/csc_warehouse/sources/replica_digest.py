"""A digest of all that a reporting replica hands over, which tells whether it shows something else than before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

_BYTES = 16


class ReplicaDigest:
    """Digests rows as they pass by, table by table, in whatever order the database gives them."""

    def __init__(self, location: str) -> None:
        """Take where the replica is."""
        self._location = location
        self._tables: list[tuple[str, tuple[str, ...], int, int, int]] = []

    def passing(
        self, table: str, columns: Sequence[str], visible: int, rows: Iterable[Sequence[str]]
    ) -> Iterator[Sequence[str]]:
        """Yield the rows of a table, as texts, and digest each; visible: how many rows the account sees in all."""
        # a sum knows no order, so that none need be asked of the database, and counts a row as often as it is there
        total = count = 0
        for row in rows:
            digest = hashlib.blake2b(repr(tuple(row)).encode(), digest_size=_BYTES).digest()
            total += int.from_bytes(digest)
            count += 1
            yield row
        self._tables.append((table, tuple(columns), visible, count, total))

    def fingerprint(self) -> str:
        """Return the digest of all tables whose rows have passed."""
        return hashlib.sha256(repr((self._location, sorted(self._tables))).encode()).hexdigest()
