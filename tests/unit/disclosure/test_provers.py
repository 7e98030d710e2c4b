"""Parts proved side by side: the same outcomes whoever proves them, whatever becomes of who did."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from csc_warehouse.disclosure import provers as module
from csc_warehouse.disclosure.parts import Outcome, Question, prove, questions
from csc_warehouse.disclosure.provers import Provers
from csc_warehouse.disclosure.system import State, System
from csc_warehouse.settings import PROJECT_DIRECTORY
from tests.unit.disclosure.made_up import prove_here

TABLES = 8
PATIENCE = 60
PARENT = """
import sys, time
from csc_warehouse.disclosure import provers as module
from tests.unit.disclosure.test_provers import parts
module.WORTH_A_PROCESS = 1
with module.Provers(2) as provers:
    provers.ask(parts(1))
    print(provers.processes[0].pid, flush=True)
    time.sleep(600)
"""


def parts(seed: int, tables: int = TABLES, shuffled: int | None = None) -> list[Question]:
    """Return what is to be proved of made-up tables, a part each: numbers by row and column with their margins.

    shuffled: draws another order of the equations and of the terms in each.
    """
    chance = random.Random(seed)  # noqa: S311
    system = System()
    for _ in range(tables):
        rows, columns = chance.choice([(2, 3), (3, 3), (3, 5), (5, 8)])
        numbers = [
            [int(chance.expovariate(1 / chance.choice([2, 6, 15]))) for _ in range(columns)] for _ in range(rows)
        ]
        margins = [*numbers, [sum(column) for column in zip(*numbers, strict=True)]]
        places = [[_figure(system, value) for value in (*line, sum(line))] for line in margins]
        for line in places:
            system.add_row(line, [*[1.0] * columns, -1.0], relation="by column")
        for column in zip(*places, strict=True):
            system.add_row(column, [*[1.0] * rows, -1.0], relation="by row")
    if shuffled is not None:
        drawn = random.Random(shuffled)  # noqa: S311
        rows_as_they_come = system.rows.copy()
        drawn.shuffle(rows_as_they_come)
        system.rows.clear()
        for row in rows_as_they_come:
            terms = drawn.sample(list(zip(row.terms, row.coefficients, strict=True)), len(row.terms))
            system.add_row([term for term, _ in terms], [number for _, number in terms], relation=row.relation)
    return questions(system, [f"{place:05d}" for place in range(len(system.figures))], width=5, smallest_shown=5)


def _figure(system: System, value: int) -> int:
    place = system.add_figure("count", [float(value)])
    system.figures[place].state = State.HIDDEN if 0 < value < 5 else State.SHOWN
    system.figures[place].may_become = State.HIDDEN if value else State.SHOWN
    return place


def outcomes(asked: list[Question]) -> list[Outcome | None]:
    return [question.outcome for question in asked]


@pytest.mark.parametrize("shuffled", [1, 2, 3])
def test_parts_when_their_equations_come_in_another_order_then_hide_the_same_figures(shuffled: int) -> None:
    asked, again = parts(7), parts(7, shuffled=shuffled)
    assert [question.digest for question in again] == [question.digest for question in asked]
    prove_here(again)
    assert outcomes(again) == alone(7)


def ask_and_answer(provers: Provers, asked: list[Question]) -> None:
    with provers:
        provers.ask(asked)
        provers.answer(asked)


def alone(seed: int) -> list[Outcome | None]:
    asked = parts(seed)
    prove_here(asked)
    assert any(outcome and outcome.reasons for outcome in outcomes(asked)), "nothing would be compared"
    return outcomes(asked)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WORTH_A_PROCESS", 1)


@pytest.mark.parametrize("seed", [1, 2])
def test_parts_when_proved_in_another_order_then_outcomes_are_the_same(seed: int) -> None:
    asked = parts(seed)
    for question in reversed(asked):
        question.outcome = prove(question.part, width=5, smallest_shown=5)
    assert repr(outcomes(asked)) == repr(alone(seed))


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("seed", [1, 2])
def test_parts_when_other_processes_prove_them_then_outcomes_are_the_same(seed: int) -> None:
    asked = parts(seed)
    with Provers(3) as provers:
        provers.ask(asked)
        assert len(provers.processes) == 2
        until = time.monotonic() + PATIENCE
        # nobody answers here: all is left to the others
        while None in outcomes(asked) and time.monotonic() < until:
            time.sleep(0.01)
        provers.answer(asked)
    assert repr(outcomes(asked)) == repr(alone(seed))
    assert all(process.returncode is not None for process in provers.processes)


@pytest.mark.usefixtures("eager")
def test_process_when_killed_then_its_part_is_proved_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    asked = parts(3)
    with Provers(2) as provers:
        provers.ask(asked)
        killed = provers.processes[0]
        killed.kill()
        until = time.monotonic() + PATIENCE
        # its end is noticed before this process begins with what is left
        while killed.returncode is None and time.monotonic() < until:
            time.sleep(0.01)
        provers.answer(asked)
    assert repr(outcomes(asked)) == repr(alone(3))
    assert "ended too early" in caplog.text


@pytest.mark.usefixtures("eager")
def test_process_when_none_can_be_started_then_this_one_proves_all(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    asked = parts(3)
    provers = Provers(2)
    ask_and_answer(provers, asked)
    assert provers.processes == []
    assert repr(outcomes(asked)) == repr(alone(3))
    assert "No further process could be started" in caplog.text


@pytest.mark.usefixtures("eager")
def test_part_when_it_cannot_be_proved_then_who_waits_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = parts(3)
    asked[0].part.system.values.clear()
    provers = Provers(2)
    with pytest.raises(IndexError):
        ask_and_answer(provers, asked)
    assert all(process.returncode is not None for process in provers.processes)


@pytest.mark.usefixtures("eager")
def test_parent_when_killed_then_no_process_stays() -> None:
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=PROJECT_DIRECTORY
    ) as parent:
        assert parent.stdout is not None
        child = Path("/proc") / parent.stdout.readline().strip()
        assert (child / "cmdline").read_bytes().count(b"prover") == 1
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + PATIENCE
    while _is_running(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _is_running(child)


def _is_running(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_parts_when_they_are_few_then_no_process_is_started() -> None:
    asked = parts(4)
    provers = Provers(8)
    ask_and_answer(provers, asked)
    assert provers.processes == []
    assert None not in outcomes(asked)


@pytest.mark.usefixtures("eager")
def test_parts_when_known_or_one_may_prove_then_no_process_is_started() -> None:
    asked = parts(5)
    provers, others = Provers(1), Provers(8)
    ask_and_answer(provers, asked)
    ask_and_answer(others, asked)
    assert provers.processes == others.processes == []
