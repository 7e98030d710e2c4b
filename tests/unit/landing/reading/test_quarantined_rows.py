"""Rows that cannot be read, when they are too many for memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from csc_warehouse.landing.reading import quarantined_rows
from csc_warehouse.landing.reading.rows import QuarantinedRow, undefined_byte


def rows(first: int, last: int) -> list[QuarantinedRow]:
    return [QuarantinedRow(number, undefined_byte(), f"row {number}", str(number)) for number in range(first, last)]


def test_many_rows_lie_on_disk_and_come_back_in_order_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantined_rows, "FEW", 10)
    found = quarantined_rows.QuarantinedRows(tmp_path)
    assert (list(found), len(found)) == ([], 0)
    for start in range(0, 35, 7):
        found.extend(rows(start, start + 7))
    assert (tmp_path / "quarantined_rows").exists()
    assert len(found) == 35
    assert list(found) == list(found) == rows(0, 35)
    assert rows(3, 4)[0] in found
    assert rows(90, 91)[0] not in found


def test_few_rows_stay_in_memory(tmp_path: Path) -> None:
    found = quarantined_rows.QuarantinedRows(tmp_path)
    found.extend(rows(0, 3))
    assert list(found) == rows(0, 3)
    assert list(tmp_path.iterdir()) == []
