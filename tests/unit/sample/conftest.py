"""One sample that the tests of this folder read, and copies of its last deliveries to damage."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from csc_warehouse.sample import SampleSummary, write_sample


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, SampleSummary]]:
    """Write the calibrated sample once."""
    out = tmp_path_factory.mktemp("sample")
    yield out, write_sample(out)
    shutil.rmtree(out, ignore_errors=True)


@pytest.fixture(scope="session")
def exports(written: tuple[Path, SampleSummary]) -> Path:
    return written[0]
