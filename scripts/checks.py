"""Every check and test of the project, two at a time; fails when any fails, and says what was left out."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from csc_warehouse.commands.console import OUT, speak_utf8
from csc_warehouse.settings import PROJECT_DIRECTORY

BIN = Path(sys.executable).parent
AT_ONCE = 2
PORTIONS = 4
"""Of the integration tests: several processes share the kept night, and the two hands end at about the same time."""
KEPT_BELOW = "CSC_WAREHOUSE_TESTS_NIGHT"
"""Tells the tests where they keep the night that they make once (tests/support/finished_night.py)."""
LEFT_OUT = re.compile(r"^SKIPPED .*(left out: .*)$", re.MULTILINE)
LAST_MIGRATION_BEFORE_LINTING = 90
SKIPPED = re.compile(r"^SKIPPED .*$", re.MULTILINE)

MIGRATIONS_LEAVE_OUT = "ST06,AM03,AM04,LT02,LT05"
"""Those of the whole project, and those that the text of a comment breaks, long or on a line of its own."""
NEW_MIGRATIONS = [
    str(path.relative_to(PROJECT_DIRECTORY))
    for path in sorted((PROJECT_DIRECTORY / "src/csc_warehouse/warehouse/migrations").glob("*.sql"))
    if int(path.name[:3]) > LAST_MIGRATION_BEFORE_LINTING
]


@dataclass(frozen=True)
class Check:
    """A command that must exit 0."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What a check said, and how long it took."""

    check: Check
    code: int
    seconds: float
    output: str


def _lint() -> list[Check]:
    python = str(BIN / "python")

    def sqlfluff(name: str, *arguments: str) -> Check:
        return Check(f"sqlfluff: {name}", (python, "scripts/lint_sql.py", "lint", "--processes", "1", *arguments))

    return [
        sqlfluff(
            "dbt",
            "dbt_project/models",
            "dbt_project/tests",
            "dbt_project/macros",
            "dbt_project/macros_dev",
            "dbt_project/semantic_dev",
        ),
        sqlfluff("checks and the warehouse's own", "expectations", "src/csc_warehouse"),
        # style of what is new; the migrations released before keep the rules that they kept then
        sqlfluff("new migrations", *NEW_MIGRATIONS, "--exclude-rules", MIGRATIONS_LEAVE_OUT),
        Check("mypy", (python, "-m", "mypy")),
        Check("ruff", (str(BIN / "ruff"), "check", ".")),
        Check("ruff format", (str(BIN / "ruff"), "format", "--check", ".")),
    ]


def _tests() -> list[Check]:
    """Group the tests, the longest first; Airflow has a process of its own, as it changes the whole of it.

    The first makes the finished night, the second needs none: what reads it comes when it is there.
    """

    def pytest(name: str, paths: Sequence[Path]) -> Check:
        named = [str(path.relative_to(PROJECT_DIRECTORY)) for path in paths]
        return Check(name, (str(BIN / "python"), "-m", "pytest", "-rs", "--timeout", "900", "--durations", "5", *named))

    tests = PROJECT_DIRECTORY / "tests"
    # it reads the night of another day, which the golden tests make
    of_another_day = tests / "integration" / "test_weekly_pack.py"
    integration = sorted({*(tests / "integration").glob("test_*.py")} - {of_another_day})
    first, *portions = (
        pytest(f"tests: integration, {number + 1} of {PORTIONS}", integration[number::PORTIONS])
        for number in range(PORTIONS)
    )
    return [
        first,
        pytest("tests: unit, architecture", [tests / "unit", tests / "architecture"]),
        *portions,
        pytest("tests: faults", [tests / "faults"]),
        pytest("tests: golden, the weekly pack", [tests / "golden", of_another_day]),
        pytest("tests: dbt", [tests / "dbt"]),
        pytest("tests: dags", [tests / "dags"]),
    ]


def _run(check: Check, kept: str) -> Outcome:
    started = time.monotonic()
    # colours and bars belong on a terminal, and each check writes to a pipe
    variables = {**os.environ, "NO_COLOR": "1", "PYTHONWARNINGS": "ignore::DeprecationWarning", KEPT_BELOW: kept}
    done = subprocess.run(  # noqa: S603  (our own programs and arguments)
        check.command,
        cwd=PROJECT_DIRECTORY,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return Outcome(check, done.returncode, time.monotonic() - started, done.stdout)


def _outcomes(checks: list[Check]) -> Iterator[Outcome]:
    """Yield each outcome as soon as it is there; the night that tests keep goes with the last of them."""
    with tempfile.TemporaryDirectory(prefix="csc-night-") as kept, ThreadPoolExecutor(AT_ONCE) as pool:
        for done in as_completed([pool.submit(_run, check, kept) for check in checks]):
            yield done.result()


def main() -> int:
    """Run the checks; return 0 when all passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["lint", "tests"], help="half of them")
    parser.add_argument("--nothing-left-out", action="store_true", help="fail when a test lacks a program of Debian's")
    chosen = parser.parse_args()
    tests = _tests() if chosen.only != "lint" else []
    lint = _lint() if chosen.only != "tests" else []
    # the longest first, so that the two hands end at about the same time: linting dbt's models outlasts the DAGs' tests
    checks = [*tests[:-1], *lint[:1], *tests[-1:], *lint[1:]]
    started = time.monotonic()
    failed: list[str] = []
    left_out: set[str] = set()
    for outcome in _outcomes(checks):
        summary = outcome.output.strip().splitlines()[-1:] if "pytest" in outcome.check.command else []
        word = "[green]passed[/green]" if outcome.code == 0 else "[red]FAILED[/red]"
        OUT.print(f"{word} {outcome.check.name} ({outcome.seconds:.0f} s) {' '.join(summary)}")
        left_out |= set(LEFT_OUT.findall(outcome.output))
        unexplained = [line for line in SKIPPED.findall(outcome.output) if not LEFT_OUT.search(line)]
        if outcome.code or unexplained:
            failed.append(outcome.check.name)
            OUT.print(outcome.output, markup=False)
        for line in unexplained:
            OUT.print(f"[red]skipped without a program that lacks:[/red] {line}")
    for line in sorted(left_out):
        OUT.print(f"[yellow]{line}[/yellow]")
    if left_out and chosen.nothing_left_out:
        failed.append("what was left out")
    OUT.print(f"{len(checks)} checks in {time.monotonic() - started:.0f} s; failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    speak_utf8()
    sys.exit(main())
