"""Which of many rows are meant, one bit for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Marks:
    """Rows by their place, marked or not; at first none is."""

    def __init__(self, rows: int) -> None:
        """Take how many rows there are."""
        import numpy as np

        self._bits: npt.NDArray[np.uint8] = np.zeros(rows // 8 + 1, dtype=np.uint8)

    def add(self, places: npt.NDArray[Any]) -> None:
        """Mark the rows at these places."""
        import numpy as np

        np.bitwise_or.at(self._bits, places >> 3, (1 << (places & 7)).astype(np.uint8))

    def turn(self) -> Marks:
        """Mark those that are not, and no longer those that are; return itself."""
        self._bits ^= 0xFF
        return self

    def between(self, start: int, stop: int) -> npt.NDArray[np.bool_]:
        """Return which of the rows from one place up to another are marked."""
        import numpy as np

        first = start // 8
        bits = np.unpackbits(self._bits[first : stop // 8 + 1], bitorder="little")
        return bits[start - first * 8 : stop - first * 8].astype(bool)
