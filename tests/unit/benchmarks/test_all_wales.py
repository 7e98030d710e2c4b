"""The trial of all Wales: what its table says of each size, and the page that is written from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks import all_wales, all_wales_page, consumption
from benchmarks.measured import NOT_RUN
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.settings import Settings, load_settings

FIRST = "first load"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path / "home", exports=tmp_path / "exports")


def run_of(authorities: int, years: int, *, seconds: float = 100.0, mib: int = 900, **more: Any) -> dict[str, Any]:
    """Return what a run of a size measured: one step of each night."""
    steps = [
        {"what": what, "seconds": seconds, "processor_seconds": 41.4, "peak_mib": mib, "server_mib": 300}
        for what in (all_wales_page.WRITING, FIRST, "night of deltas: build")
    ]
    return {
        "authorities": authorities, "years": years, "machine": "2 processors", "steps": steps, "nodes": [],
        "published": authorities, "held": 0, "counts": {"contacts": 1234567}, "is_whole": True,
        "disk": {"database": 4000, "landing": 1000, "archive": 400}, "questions": {"one": 2.6},
        **more,
    }  # fmt: skip


def told(*runs: dict[str, Any]) -> str:
    return all_wales_page.table({"runs": list(runs)})


def test_page_when_written_from_what_was_measured_then_is_the_one_that_is_kept() -> None:
    kept = all_wales_page.PAGE.read_text(encoding="utf-8")
    assert all_wales_page.page_with_table(kept) == kept


def test_page_when_nothing_was_measured_then_says_so(tmp_path: Path) -> None:
    page = all_wales_page.page_with_table(all_wales_page.PAGE.read_text(encoding="utf-8"), tmp_path / "none.json")
    assert NOT_RUN in page


def test_page_when_it_has_no_place_for_the_table_then_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for the table of all_wales"):
        all_wales_page.page_with_table("# Performance\n")


def test_table_when_all_wales_was_run_then_judges_each_budget_and_says_nothing_is_missing() -> None:
    text = told(run_of(22, 10))
    assert "| first load | 100 s (41), 900 MiB |  |" in text
    # writing the exports is no part of a night
    assert "| **first load, build, check and publication** | 100 s (kept) | 1 800 s |" in text
    assert "| **the night of deltas** | 100 s (kept) | 300 s |" in text
    assert "| contacts | 1 234 567 |  |" in text
    assert "| database and archive for each authority and year | 20 MiB |  |" in text
    assert "not been run" not in text


def test_table_when_budgets_are_passed_then_says_not_met() -> None:
    text = told(run_of(22, 10, seconds=2000.0, mib=9000))
    assert text.count("(not met)") == 3
    assert "(kept)" not in text


def test_table_when_wales_was_not_reached_then_says_so_and_where_the_last_run_broke_off() -> None:
    broken = run_of(5, 10)
    for name in ("is_whole", "published", "held", "counts", "disk", "questions"):
        del broken[name]
    text = told(run_of(2, 2), broken | {"broke_off": "first build: the disk is full."})
    assert "22 authorities with ten years have not been run to their end." in text
    assert "5 authorities, 10 years: 2 processors. It broke off at first build: the disk is full." in text
    assert "| **the night of deltas** | 100 s (kept) | - | 300 s |" in text
    assert "It was stopped before its end." in told(broken)


def test_run_when_a_step_breaks_then_what_was_measured_is_kept_beside_other_sizes(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "all_wales.json"
    path.write_text(json.dumps({"runs": [run_of(22, 10), run_of(2, 2, seconds=1.0)]}), encoding="utf-8")
    run = all_wales.Run(settings, 2, 2, path)
    with run.step(FIRST):
        pass
    with pytest.raises(CscWarehouseError), run.step("first build"):
        raise CscWarehouseError("a model failed.")
    smaller, wales = json.loads(path.read_text(encoding="utf-8"))["runs"]
    assert (wales["authorities"], smaller["authorities"]) == (22, 2)
    assert [step["what"] for step in smaller["steps"]] == [FIRST], "a step that did not end was not measured"
    assert smaller["broke_off"] == "first build: a model failed."
    with pytest.raises(KeyboardInterrupt), run.step("first build"):
        raise KeyboardInterrupt
    assert run.found["broke_off"] == "first build: it was stopped."


def test_consumption_when_a_block_takes_memory_and_works_then_both_are_told(settings: Settings) -> None:
    before = consumption.tree_bytes(psutil.Process()) / consumption.MIB
    consumed = consumption.Consumption(settings.home)
    with consumed:
        held = bytearray(64 * 1024 * 1024)
        held[::4096] = b"x" * len(held[::4096])
        sum(number * number for number in range(500_000))
        consumed.look()
    assert consumed.most >= before + 60
    assert consumed.of_server == 0
    assert consumed.processor_seconds > 0
