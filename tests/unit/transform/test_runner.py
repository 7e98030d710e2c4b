"""The runner: what a failed build says, and what it never says."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from csc_warehouse.errors import CscWarehouseError, WarehouseUnavailableError
from csc_warehouse.transform import NodeResult, build_layer, messages, runner


def node(name: str, status: str, message: str = "") -> NodeResult:
    return NodeResult(name, "model", status, 0.1, message)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Replace dbt by a list of results, one per attempt; what was selected is noted in their place."""
    outcomes: list[Any] = []
    calls: list[Any] = []

    def build(
        warehouse: object, selected: tuple[str, ...], excluded: tuple[str, ...], progress: object, project: object
    ) -> tuple[NodeResult, ...]:
        del warehouse, excluded, progress, project
        calls.append(selected)
        result: tuple[NodeResult, ...] = outcomes.pop(0)
        return result

    monkeypatch.setattr(runner, "_build", build)
    monkeypatch.setattr(runner, "_ask_columns", lambda warehouse, done, project: [])
    monkeypatch.setattr(runner, "PAUSE_SECONDS", 0)
    outcomes.append(calls)
    return outcomes


def test_build_layer_tries_what_a_deadlock_stopped_again(builds: list[Any]) -> None:
    calls = builds.pop(0)
    builds += [
        (node("int_a", "success"), node("fct_b", "error", "deadlock detected"), node("fct_c", "skipped")),
        (node("fct_b", "success"), node("fct_c", "success")),
    ]
    result = build_layer(object(), "indicators")  # type: ignore[arg-type]
    assert calls[1] == ("fct_b", "fct_c")
    assert result.attempts == 2
    assert {each.name: each.status for each in result.nodes} == {
        "int_a": "success", "fct_b": "success", "fct_c": "success",
    }  # fmt: skip


def test_build_layer_gives_up_on_the_third_deadlock(builds: list[Any]) -> None:
    calls = builds.pop(0)
    builds += [(node("fct_b", "error", "deadlock detected"),)] * 3
    with pytest.raises(CscWarehouseError, match="The build failed at the model fct_b: deadlock detected"):
        build_layer(object(), "indicators")  # type: ignore[arg-type]
    assert len(calls) == 3


def test_build_layer_does_not_repeat_a_failed_test(builds: list[Any]) -> None:
    calls = builds.pop(0)
    builds += [(node("fct_b", "error", "deadlock detected"), node("unique_fct_c", "fail", "Got 2 results"))]
    with pytest.raises(CscWarehouseError, match="1 more failed"):
        build_layer(object(), "indicators")  # type: ignore[arg-type]
    assert len(calls) == 1


@pytest.mark.parametrize("upon_it", ["success", "error"])
def test_build_layer_names_the_test_of_a_column_before_what_failed_upon_it(
    builds: list[Any], upon_it: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds.pop(0)
    builds += [(node("int_a", "success"), node("fct_b", upon_it, "violates a constraint"))]
    wrong = NodeResult("not_null_int_a_key", "test", "fail", 0.0, "Got 2 results, configured to fail if != 0")
    passed = NodeResult("unique_int_a_key", "test", "pass", 0.0, "")
    monkeypatch.setattr(runner, "_ask_columns", lambda warehouse, done, project: [passed, wrong])
    with pytest.raises(CscWarehouseError, match="failed at the test not_null_int_a_key: Got 2 results, configured"):
        build_layer(object(), "indicators")  # type: ignore[arg-type]


def test_build_layer_tells_a_lost_server_apart(builds: list[Any]) -> None:
    builds.pop(0)
    builds += [(node("fct_b", "error", "server closed the connection unexpectedly"),)]
    with pytest.raises(WarehouseUnavailableError, match="run the command again"):
        build_layer(object(), "indicators")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message", "plain"),
    [
        (
            'Database Error in model fct_b (models/x.sql)\n  invalid input syntax for type date: "Siân"\n  LINE 1: ...',
            "invalid input syntax for type date: (a value)",
        ),
        (
            'Database Error in model fct_b\n  duplicate key value violates unique constraint "pk"\n'
            "  DETAIL:  Key (client_no)=(42) already exists.",
            "duplicate key value violates unique constraint (a value)",
        ),
        ('Database Error in model fct_b\n  column "team" does not exist', 'column "team" does not exist'),
        ("\x1b[31mGot 3 results, configured to fail if != 0\x1b[0m", "Got 3 results, configured to fail if != 0"),
        ("", "no reason given"),
    ],
)
def test_plain_keeps_the_reason_and_no_value(message: str, plain: str) -> None:
    assert messages.plain(message) == plain


def test_indicator_models_lists_every_model_that_stands_in_the_project() -> None:
    names = runner.indicator_models()
    assert "ind_con01__contacts_received" in names
    assert names == sorted(set(names))


def test_layers_cover_every_folder_of_models() -> None:
    selected = {
        pattern for patterns, _ in runner.LAYERS.values() for pattern in patterns if pattern.startswith("path:")
    }
    covered = {pattern.removeprefix("path:") for pattern in selected}
    folders = [runner.DBT_PROJECT / "models" / name for name in ("staging", "intermediate")]
    folders += [path for path in (runner.DBT_PROJECT / "models" / "marts").iterdir() if path.is_dir()]
    assert {str(path.relative_to(runner.DBT_PROJECT)) for path in folders} <= covered


@pytest.mark.parametrize("newer", ["own", "prepared"])
def test_a_parse_begins_from_the_newer_of_the_homes_and_the_installations(
    newer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, state = tmp_path / "prepared.msgpack", tmp_path / "dbt"
    own = state / "target" / "partial_parse.msgpack"
    own.parent.mkdir(parents=True)
    after_the_project = int(runner._changed_at(runner.DBT_PROJECT)) + 1
    for at, path in enumerate([own, prepared] if newer == "prepared" else [prepared, own], start=after_the_project):
        path.touch()
        os.utime(path, (at, at))
    asked: list[tuple[dict[str, str], list[str]]] = []

    def invoke(
        _state: Path, parameters: dict[str, str], _manifest: object, arguments: list[str], **_: object
    ) -> SimpleNamespace:
        asked.append((parameters, arguments))
        return SimpleNamespace(success=True, exception=None, result="the manifest")

    monkeypatch.setattr(runner, "PREPARED_PARSE", prepared)
    monkeypatch.setattr(runner, "_invoke", invoke)

    runner._parse(state, "council")

    [(parameters, arguments)] = asked
    assert arguments == ["parse", "--partial-parse-file-path", str(own if newer == "own" else prepared)]
    # one parse serves all homes of a database name: it names no server
    assert parameters["DBT_HOST"] == "localhost"
    assert parameters["DBT_DATABASE"] == "council"


def test_the_installations_parse_replaces_the_one_before_only_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = tmp_path / "share" / "partial_parse.msgpack"
    prepared.parent.mkdir()
    prepared.write_text("of before")

    def invoke(state: Path, *_: object, **__: object) -> SimpleNamespace:
        (state / "target").mkdir(parents=True)
        (state / "target" / "partial_parse.msgpack").write_text("of now")
        return SimpleNamespace(success=is_whole, exception=ValueError("no such macro"), result="the manifest")

    monkeypatch.setattr(runner, "_invoke", invoke)

    is_whole = False
    with pytest.raises(CscWarehouseError, match="does not parse: no such macro"):
        runner.prepare_parse(prepared)
    assert prepared.read_text() == "of before"
    is_whole = True
    runner.prepare_parse(prepared)
    assert prepared.read_text() == "of now"
    assert [path.name for path in prepared.parent.iterdir()] == ["partial_parse.msgpack"]


def test_progress_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.0, 0.0, 1.9, 2.0, 2.0, 3.0])
    monkeypatch.setattr("csc_warehouse.transform.runner.time.monotonic", lambda: next(seconds))
    told: list[tuple[int, int]] = []
    tell = runner._teller(lambda done, of: told.append((done, of)))
    for index in (1, 2, 3, 4):
        tell(SimpleNamespace(info=SimpleNamespace(name="LogStartLine"), data=SimpleNamespace(index=index, total=4)))
        tell(SimpleNamespace(info=SimpleNamespace(name="NodeFinished"), data=SimpleNamespace()))
    assert told == [(1, 4), (3, 4)]


DIFFERENCE = """

\x1b[31mactual differs from expected:\x1b[0m

@@ ,child_key,is_in_numerator
→  ,c1       ,false→true
   ,c2       ,false
"""


def test_unit_test_when_it_fails_then_its_whole_difference_is_told() -> None:
    kept = messages.kept("unit_test", "fail", DIFFERENCE)
    assert kept.splitlines()[0] == "actual differs from expected:"
    assert "→  ,c1       ,false→true" in kept
    long = messages.kept("unit_test", "fail", DIFFERENCE + "\n   ,cn       ,true" * 200)
    assert len(long.splitlines()) <= messages.MOST_LINES_OF_A_DIFFERENCE + 1
    assert long.splitlines()[-1].endswith("more lines.")


@pytest.mark.parametrize(("kind", "status"), [("model", "error"), ("test", "fail"), ("unit_test", "error")])
def test_node_when_it_may_quote_a_record_then_one_line_is_told(kind: str, status: str) -> None:
    kept = messages.kept(kind, status, 'Database Error\n  invalid input syntax for type integer: "Siân"\n  LINE 1')
    assert "Siân" not in kept
    assert "\n" not in kept
