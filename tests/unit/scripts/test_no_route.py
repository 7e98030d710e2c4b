"""Where this machine refuses a network namespace, the test that needs one is left out by name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY
from tests.support import no_route

sys.path.insert(0, str(PROJECT_DIRECTORY / "scripts"))

import checks


@pytest.fixture
def asked_anew() -> Iterator[None]:
    no_route.prefix.cache_clear()
    yield
    no_route.prefix.cache_clear()


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.parametrize("is_installed", [True, False])
def test_namespace_when_refused_then_the_test_is_left_out_in_the_words_that_are_reported(
    monkeypatch: pytest.MonkeyPatch, *, is_installed: bool
) -> None:
    def refuse(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        if not is_installed:
            raise FileNotFoundError
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(subprocess, "run", refuse)
    with pytest.raises(pytest.skip.Exception) as left_out:
        no_route.leave_out_without_namespace()
    assert checks.LEFT_OUT.search(f"SKIPPED [1] tests/some.py:1: {left_out.value}")


@pytest.mark.usefixtures("asked_anew")
def test_namespace_when_given_then_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    given: subprocess.CompletedProcess[bytes] = subprocess.CompletedProcess(["unshare"], 0)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: given)
    no_route.leave_out_without_namespace()
