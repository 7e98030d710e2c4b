"""`contract check` says what landing would say, and ends as landing would."""

from __future__ import annotations

import datetime
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
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


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def without_tables(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "moved to another server")


def of_an_unknown_packing(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.find(b"PK\x01\x02") + 10] = 99
    path.write_bytes(content)


def encrypted(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_in_half, "does not open as a zip: it is cut off or damaged"),
        (emptied, "does not open as a zip: it is cut off or damaged"),
        (without_tables, "holds no manifest.json"),
        (of_an_unknown_packing, "does not unpack"),
        (encrypted, "holds an encrypted member"),
    ],
)
@pytest.mark.parametrize("is_folder", [True, False])
def test_a_zip_of_which_no_table_can_be_read_is_refused_as_landing_refuses_it(
    tmp_path: Path, damage: Callable[[Path], Any], said: str, is_folder: bool
) -> None:
    path = write_wccis(tmp_path, DAY, {"contact": CONTACTS})
    damage(path)
    code, output = checked(path.parent if is_folder else path)
    assert code == 4
    assert f"wccis W06000006 2018-09-30 is refused: {path.name} {said}" in output


def test_what_landing_would_not_take_is_said(tmp_path: Path) -> None:
    folder = write_raise(tmp_path, DAY, {})
    (folder / "RAISE_PLAN_20180930.csv").unlink()
    os.mkfifo(folder / "RAISE_PLAN_20180930.csv")
    (folder / os.fsdecode(b"\xff\x1b[2J.txt")).write_bytes(b"x")
    code, output = checked(folder)
    assert code == 4
    assert "RAISE_PLAN_20180930.csv is ignored: it is a pipe, and no file." in output
    assert "\\xff\\x1b[2J.txt is ignored: its name holds bytes that are no UTF-8" in output
    assert "RAISE_PLAN_20180930.csv is listed in the control file but absent" in output


def test_many_files_that_are_no_entity_are_ten_sentences_and_their_number(tmp_path: Path) -> None:
    folder = write_raise(tmp_path, DAY, {})
    for number in range(30):
        (folder / f"other{number}.csv").write_bytes(b"a,b\n1,2\n")
    _, output = checked(folder)
    assert output.count("is no entity of the contract of raise") == 10
    assert "These are 10 of 30 files that are no entity of the contract." in output


def test_limits_of_a_sheet_are_those_of_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "2018-09-30"
    folder.mkdir()
    header = ["family_no", "authority", "applicant_type", "second_time", "stage", "on_hold", "as_at"]
    book = openpyxl.Workbook()
    rows: list[list[Any]] = [[f"F{n}", "W06000006", "GENERAL", "N", "A", "N", DAY] for n in range(20)]
    for row in [header, *rows]:
        book.worksheets[0].append(row)
    book.save(folder / "nwas_adopters_20180930.xlsx")
    assert checked(folder)[0] == 0
    (tmp_path / "given.toml").write_text("[landing]\nmaximum_sheet_rows = 12\n")
    monkeypatch.setenv("CSC_WAREHOUSE_CONFIG", str(tmp_path / "given.toml"))
    code, output = checked(folder)
    assert code == 4
    assert "has more than 12 rows" in output


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
