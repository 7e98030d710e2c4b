"""Files that name a child: by its ids as words of their own, also in packed ones; never by a short number."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from csc_warehouse.privacy.held_files import files_naming
from csc_warehouse.settings import load_settings

GUID = "{AAAA0000-1111-2222-3333-444455556666}"


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("child 7654321, again 7654321.", 2),
        ("aaaa0000-1111-2222-3333-444455556666", 1),
        ("AAAA0000-1111-2222-3333-444455556666", 1),
        ("17654321 76543210 a7654321", 0),
        ("nothing", 0),
    ],
)
@pytest.mark.parametrize("name", ["restricted/worklists/list.html", "logs/night.log", "restricted/worklists/list.xlsx"])
def test_a_file_is_found_by_the_ids_in_it(tmp_path: Path, name: str, text: str, mentions: int) -> None:
    settings = load_settings(home=tmp_path)
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("xl/worksheets/sheet1.xml", text)
    else:
        path.write_text(text)
    assert files_naming(settings, ["7654321", GUID, "42"]) == ({name: mentions} if mentions else {})


@pytest.mark.parametrize(
    "name", ["archive/objects/ab/x.zst", "postgres/data/1", "exports/raise/c.csv", "secrets/pseudonym.key"]
)
def test_what_the_database_and_the_deliveries_answer_for_is_left_out(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("7654321")
    assert files_naming(load_settings(home=tmp_path), ["7654321"]) == {}


def test_a_short_number_is_looked_for_in_no_file(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("42 figures")
    assert files_naming(load_settings(home=tmp_path), ["42", "0042"]) == {}
