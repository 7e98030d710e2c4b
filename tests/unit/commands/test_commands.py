"""Commands as people meet them: signing, times and numbers, the names of faults, a wrong address."""

from __future__ import annotations

from typing import Any

import pytest

from csc_warehouse.commands import night
from csc_warehouse.errors import UsageError

DOUBT = "Readers no longer see release 1 of Wrexham: they see release 2, as at 31 December 2018."


def _terminal(monkeypatch: pytest.MonkeyPatch, *, is_there: bool, says: bool = False) -> list[str]:
    asked: list[str] = []

    def confirm(question: str) -> bool:
        asked.append(question)
        return says

    monkeypatch.setattr("sys.stdin.isatty", lambda: is_there, raising=False)
    monkeypatch.setattr("typer.confirm", confirm)
    return asked


@pytest.mark.parametrize("note", ["x", "-", "   ok   ", "s e e n"])
def test_note_when_it_says_nothing_then_nothing_is_signed(note: str) -> None:
    for doubts in ([], [DOUBT]):
        with pytest.raises(UsageError, match="says too little"):
            night._ask(doubts, note, is_sure=True)


@pytest.mark.parametrize("is_there", [True, False])
def test_release_when_readers_see_it_then_nobody_is_asked(monkeypatch: pytest.MonkeyPatch, *, is_there: bool) -> None:
    asked = _terminal(monkeypatch, is_there=is_there)
    night._ask([], "Quality summary seen", is_sure=False)
    assert asked == []


def test_release_when_readers_no_longer_see_it_then_a_person_is_asked_and_may_refuse(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = _terminal(monkeypatch, is_there=True, says=True)
    night._ask([DOUBT], "Quality summary seen", is_sure=False)
    assert asked == ["Sign it all the same?"]
    _terminal(monkeypatch, is_there=True, says=False)
    with pytest.raises(UsageError, match=r"Nothing was signed\."):
        night._ask([DOUBT], "Quality summary seen", is_sure=False)
    assert DOUBT in " ".join(capsys.readouterr().err.split())


def test_release_when_readers_no_longer_see_it_then_a_script_needs_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _terminal(monkeypatch, is_there=False)
    with pytest.raises(UsageError, match=r"they see release 2.*--yes signs it all the same"):
        night._ask([DOUBT], "Quality summary seen", is_sure=False)
    night._ask([DOUBT], "Quality summary seen", is_sure=True)
    assert asked == []


def test_times_and_numbers_when_told_then_as_people_and_programs_read_them() -> None:
    import datetime
    import json
    from decimal import Decimal

    from csc_warehouse.commands import reading
    from csc_warehouse.commands.console import local_time

    summer = datetime.datetime(2018, 7, 3, 5, 4, 59, 123456, tzinfo=datetime.UTC)
    winter = datetime.datetime(2018, 12, 13, 5, 4, tzinfo=datetime.UTC)
    assert local_time(summer) == "3 July 2018, 06:04"
    assert reading._shown(winter) == "13 December 2018, 05:04"
    assert [reading._shown(value) for value in (Decimal(1601630), 12, None, "PM24")] == ["1,601,630", "12", "", "PM24"]
    plain: Any = json.loads(json.dumps({"a": Decimal(12), "b": Decimal("0.5"), "c": winter}, default=reading._plain))
    assert plain == {"a": 12, "b": 0.5, "c": "2018-12-13T05:04:00+00:00"}


def test_sample_when_asked_for_help_then_names_every_fault() -> None:
    from typer.testing import CliRunner

    from csc_warehouse.cli import APP, _assemble
    from csc_warehouse.sample.faults import known_faults

    _assemble()
    told = CliRunner().invoke(APP, ["sample", "--help"], env={"COLUMNS": "200"}).output
    assert len(known_faults()) > 40
    assert [name for name in known_faults() if name not in told] == []


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("nonsense", "is no address of a database"),
        ("postgresql://h:abc/db", "is no address of a database"),
        ("mysql://u:hidden@h/db", "names mysql; it must be a PostgreSQL"),
        ("postgresql://u:hidden@h", "names no database"),
    ],
)
def test_address_of_the_database_when_it_is_none_then_says_the_form_and_no_password(
    monkeypatch: pytest.MonkeyPatch, address: str, sentence: str
) -> None:
    from csc_warehouse.settings import load_settings
    from csc_warehouse.warehouse.engine import warehouse_url

    monkeypatch.setenv("CSC_WAREHOUSE_URL", address)
    with pytest.raises(UsageError) as error:
        warehouse_url(load_settings())
    assert sentence in str(error.value)
    assert "postgresql://user:password@host:5432/database" in str(error.value)
    assert "hidden" not in str(error.value)


def _leaves() -> list[str]:
    """Return every command as it is typed, those of groups included."""
    import typer.main

    from csc_warehouse.cli import _assemble

    found: list[str] = []

    def walk(command: Any, words: tuple[str, ...]) -> None:
        for name, below in getattr(command, "commands", {}).items():
            walk(below, (*words, name))
        if not getattr(command, "commands", {}):
            found.append(" ".join(words))

    walk(typer.main.get_command(_assemble()), ())
    return found


def test_commands_when_asked_for_help_then_each_has_an_example_of_itself() -> None:
    from typer.testing import CliRunner

    from csc_warehouse.cli import APP

    leaves = _leaves()
    assert {"run", "psql", "quality explain", "contract check"} <= set(leaves)
    assert len(leaves) > 35
    without = []
    for words in leaves:
        told = CliRunner().invoke(APP, [*words.split(), "--help"], env={"COLUMNS": "300"})
        assert told.exit_code == 0, words
        example = next((line for line in told.output.splitlines() if line.strip().startswith("Example: ")), "")
        # an example may begin with a variable; it ends with this command and not with a second one
        if f"csc-warehouse {words}" not in example or example.count("csc-warehouse ") != 1:
            without.append(words)
    assert without == []


def test_version_when_asked_for_then_is_that_of_releases() -> None:
    from typer.testing import CliRunner

    from csc_warehouse.cli import APP
    from csc_warehouse.version import code_version

    _leaves()
    told = CliRunner().invoke(APP, ["--version"])
    assert (told.exit_code, told.output) == (0, f"csc-warehouse {code_version()}\n")


@pytest.mark.parametrize("below", ["reports", "reports/2018"])
def test_folder_when_it_is_a_file_then_the_sentence_speaks_of_no_owner(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any, below: str
) -> None:
    from csc_warehouse import cli

    (tmp_path / "file").write_text("")
    monkeypatch.setattr(cli, "_assemble", lambda: lambda **_: (tmp_path / "file" / below).mkdir())
    with pytest.raises(SystemExit):
        cli.run()
    said = " ".join(capsys.readouterr().err.split())
    assert "Not a directory. A folder is needed where a file is" in said
    assert "owner" not in said


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        (["2018-12-17", "2035-12-17"], "--as-at 2035-12-17: the latest that has landed of W06000006 is of 2018-12-31"),
        (["2019-01-01", "2018-12-31"], "--as-at 2019-01-01: the latest"),
        (["2018-12-17", "2018-12-31"], None),
    ],
)
def test_comparison_when_a_day_has_not_landed_then_nothing_is_built_for_it(dates: list[str], told: str | None) -> None:
    import datetime
    from contextlib import nullcontext
    from types import SimpleNamespace

    from csc_warehouse.reporting import compare

    connection = SimpleNamespace(scalar=lambda *_: datetime.date(2018, 12, 31))
    warehouse: Any = SimpleNamespace(transaction=lambda: nullcontext(connection))
    days = [datetime.date.fromisoformat(date) for date in dates]
    if told is None:
        compare.check_landed(warehouse, "W06000006", days)
        return
    with pytest.raises(UsageError, match=told):
        compare.check_landed(warehouse, "W06000006", days)
