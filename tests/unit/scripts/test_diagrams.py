"""The diagrams of the documents are drawn from the code, and say what it is."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY

sys.path.insert(0, str(PROJECT_DIRECTORY / "scripts"))

import diagrams

HOW = "run: .venv/bin/python scripts/diagrams.py"


def test_diagrams_are_what_the_code_is_now() -> None:
    assert diagrams.stale() == [], HOW


@pytest.mark.parametrize("name", ["rooms.svg", "star_schema.svg"])
def test_diagram_that_says_something_else_or_is_missing_then_stale(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "diagrams"
    shutil.copytree(diagrams.FOLDER, folder)
    (folder / name).write_text((folder / name).read_text(encoding="utf-8").replace("landing", "launching"))
    (folder / name).write_text((folder / name).read_text(encoding="utf-8").replace("fct_contacts", "fct_calls"))
    assert diagrams.stale(folder) == [name]
    (folder / name).unlink()
    assert diagrams.stale(folder) == [name]


def test_arrows_are_those_of_the_imports_wherever_they_stand(tmp_path: Path) -> None:
    for name, text in {
        "low.py": "",
        "high/__init__.py": "def act():\n    from csc_warehouse import low\n",
        "high/part.py": "from csc_warehouse.beside.thing import Thing\nfrom csc_warehouse.errors import UsageError\n",
        "beside/thing.py": "import csc_warehouse.low\n",
        "nightly.py": "from csc_warehouse import high\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    arrows = diagrams.room_arrows(tmp_path)
    assert arrows == {"high": {"beside", "low"}, "beside": {"low"}, "low": set()}
    assert diagrams.ranks(arrows) == [["high"], ["beside"], ["low"]]


def test_rooms_of_a_circle_stand_side_by_side() -> None:
    arrows = {"a": {"b", "c"}, "b": {"a"}, "c": set()}
    assert diagrams.ranks(arrows) == [["a", "b"], ["c"]]
    assert "a imports b, c" in diagrams.draw_rooms(arrows)


def test_facts_join_what_their_foreign_keys_name() -> None:
    joins = diagrams.star(diagrams.core_models())
    assert joins["fct_contacts"] == {
        "dim_authorities",
        "dim_children",
        "dim_contact_outcomes",
        "dim_contact_sources",
        "dim_dates",
        "dim_teams",
        "dim_workers",
    }
    assert "fct_care_periods" in joins["fct_care_episodes"]
    assert "dim_children" not in joins["fct_posts"]
    assert len(joins) > 20


@pytest.mark.parametrize("name", ["rooms.svg", "star_schema.svg"])
def test_pictures_are_whole_files_with_words_for_who_cannot_see_them(name: str) -> None:
    root = ElementTree.fromstring(diagrams.diagrams()[name])  # noqa: S314  (drawn here)
    title, about = (root.findtext(f"{{http://www.w3.org/2000/svg}}{part}") for part in ("title", "desc"))
    assert title
    assert about
    assert about.endswith(".")
    assert "http" not in diagrams.diagrams()[name].replace("http://www.w3.org/2000/svg", "")
