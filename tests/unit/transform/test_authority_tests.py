"""Which tests of the build stop it, and which hold the authorities that they name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from csc_warehouse.transform import NodeResult, authority_tests


def node(resource_type: str, meta: dict[str, Any] | None) -> SimpleNamespace:
    config = SimpleNamespace(meta=meta)
    return SimpleNamespace(name="assert_it", resource_type=resource_type, config=config, compiled_code="select 1")


@pytest.mark.parametrize("meta", [None, {}, {"holds_its_authority": False}, {"another_mark": True}])
def test_test_without_the_mark_when_it_warns_then_it_stops_the_build(meta: dict[str, Any] | None) -> None:
    found = authority_tests.of_node(node("test", meta), is_failed=True)
    assert found is None
    assert NodeResult("assert_it", "test", "warn", 0.1, "Got 1 result", found).is_failed


def test_marked_test_when_it_warns_then_the_build_goes_on_and_the_gate_is_told() -> None:
    found = authority_tests.of_node(node("test", {"holds_its_authority": True}), is_failed=True)
    assert found == authority_tests.AuthorityTest("assert_it", "select 1", True)
    assert not NodeResult("assert_it", "test", "warn", 0.1, "Got 1 result", found).is_failed


@pytest.mark.parametrize("status", ["error", "fail", "runtime error"])
def test_marked_test_when_it_could_not_run_then_it_stops_the_build(status: str) -> None:
    found = authority_tests.of_node(node("test", {"holds_its_authority": True}), is_failed=False)
    assert NodeResult("assert_it", "test", status, 0.1, "", found).is_failed


def test_mark_on_a_model_then_nothing() -> None:
    assert authority_tests.of_node(node("model", {"holds_its_authority": True}), is_failed=False) is None
