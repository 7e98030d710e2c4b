"""A short run of the fuzzer; `python -m tests.support.fuzzing 600` is a long one."""

from __future__ import annotations

import warnings

import pytest

from tests.support.fuzzing import Fuzzer


@pytest.mark.parametrize("seed", [11, 12])
def test_damaged_files_end_as_rows_quarantine_or_a_refusal(seed: int) -> None:
    fuzzer = Fuzzer(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(250):
            fuzzer.throw()
    assert min(fuzzer.seen[kind] for kind in ("read file", "refused file", "read return", "refused delivery")) > 3
    assert fuzzer.seen["accepted rows"] > 50
    assert fuzzer.seen["quarantined rows"] > 50
