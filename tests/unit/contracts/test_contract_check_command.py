"""`contract check` says what landing would say, and ends as landing would."""

from __future__ import annotations

import datetime
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from csc_warehouse.commands import engineer
from tests.support.deliveries import write_raise, write_wccis

DAY = datetime.date(2018, 9, 30)
CONTACTS = [{"contactid": f"a-{n}", "contactreceiveddatetime": "2018-09-30T10:00:00Z"} for n in range(40)]


def checked(path: Path) -> tuple[int, str]:
    """Return exit code and output of the command."""
    app = typer.Typer()
    engineer.register(app)
    shown = CliRunner().invoke(app, ["contract", "check", str(path)])
    assert not isinstance(shown.exception, Exception) or isinstance(shown.exception, SystemExit), shown.exception
    return shown.exit_code, " ".join(shown.output.split())


def repacked(path: Path, change: Callable[[dict[str, bytes], dict[str, Any]], Any]) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (members | {"manifest.json": json.dumps(manifest).encode()}).items():
            archive.writestr(name, content)
    return path


def halved(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    members["contact.csv"] = members["contact.csv"][: len(members["contact.csv"]) // 2]


def counted(rows: object) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        next(entry for entry in manifest["files"] if entry["name"] == "contact.csv")["rows"] = rows

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (halved, "contact.csv has another sha256 than the manifest states"),
        (counted(41), "contact.csv holds 40 rows where 41 were stated in the manifest"),
        (
            counted(40.0),
            "states the rows of contact.csv as 40.0, where a whole number in digits, such as 3, was",
        ),
        (counted("40"), 'states the rows of contact.csv as "40", a text, where a whole number'),
        (counted(None), "states the rows of contact.csv as null, where a whole number"),
        (counted(-1), "states the rows of contact.csv as -1, where a whole number"),
    ],
)
@pytest.mark.parametrize("is_folder", [True, False])
def test_a_zip_that_landing_refuses_is_told_as_landing_tells_it(
    tmp_path: Path, change: Callable[..., Any], said: str, is_folder: bool
) -> None:
    path = repacked(write_wccis(tmp_path, DAY, {"contact": CONTACTS}), change)
    code, output = checked(path.parent if is_folder else path)
    assert code == 4
    assert said in output


def test_a_zip_that_lies_anywhere_is_of_the_authority_that_it_states(tmp_path: Path) -> None:
    path = write_wccis(tmp_path, DAY, {"contact": CONTACTS}, authority="W06000005")
    moved = path.rename(tmp_path / path.name)
    code, output = checked(moved)
    assert (code, output) == (0, "The delivery is as its contract says.")


def test_rows_that_would_go_to_quarantine_are_counted_with_their_reason(tmp_path: Path) -> None:
    contacts = [*CONTACTS, {"contactid": ""}]
    code, output = checked(write_wccis(tmp_path, DAY, {"contact": contacts}).parent)
    assert code == 0
    assert "contact.csv: 1 of 41 rows would go to quarantine as missing_key (the first is record 42" in output


def test_a_raise_folder_whose_count_is_wrong_is_refused_as_landing_would(tmp_path: Path) -> None:
    folder = write_raise(tmp_path, DAY, {})
    control = next(folder.glob("*CONTROL*"))
    control.write_bytes(control.read_bytes().replace(b"PLAN_20180930.csv,0", b"PLAN_20180930.csv,3.0"))
    code, output = checked(folder)
    assert code == 4
    assert "states the rows of RAISE_PLAN_20180930.csv as 3.0, where a whole number" in output


def test_a_delivery_as_agreed_ends_well(tmp_path: Path) -> None:
    assert checked(write_raise(tmp_path, DAY, {}))[0] == 0
