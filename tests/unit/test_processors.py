"""A container's share of the processors is what counts, where it has one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from csc_warehouse import processors


@pytest.fixture
def cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(processors, "CGROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))
    (tmp_path / "cpu").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("told", "expected"),
    [("200000 100000\n", 2), ("150000 100000\n", 2), ("50000 100000\n", 1), ("max 100000\n", 16), ("", 16)],
)
def test_processors_when_a_container_has_a_quota_then_it_is_rounded_up(cgroup: Path, told: str, expected: int) -> None:
    (cgroup / "cpu.max").write_text(told)
    assert processors.usable_processors() == expected


@pytest.mark.parametrize(("quota", "expected"), [("300000", 3), ("-1", 16)])
def test_processors_when_the_kernel_tells_the_older_way_then_read_too(cgroup: Path, quota: str, expected: int) -> None:
    (cgroup / "cpu/cpu.cfs_quota_us").write_text(quota)
    (cgroup / "cpu/cpu.cfs_period_us").write_text("100000")
    assert processors.usable_processors() == expected


@pytest.mark.usefixtures("cgroup")
@pytest.mark.parametrize(("most", "expected"), [(None, 16), (8, 8), (0, 1)])
def test_processors_when_no_quota_is_told_then_those_of_the_affinity(most: int | None, expected: int) -> None:
    assert processors.usable_processors(most) == expected
