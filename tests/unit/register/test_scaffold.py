"""A new indicator is begun whole, or not at all; and what is merely begun cannot pass for done."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from csc_warehouse import overlay
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.register import SEEDS, load_register
from csc_warehouse.register.scaffold import (
    NewIndicator,
    listed_models,
    suggest,
    write_local_scaffold,
    write_scaffold,
)
from csc_warehouse.settings import PROJECT_DIRECTORY, load_settings
from tests.unit.register.test_register import spoil

SCHOOLS = NewIndicator("CON09", "Contacts from schools", "fct_contacts", "received_date", "front_door")
WORDS = {
    "title_cy": "Cysylltiadau gan ysgolion",
    "counted": "contacts",
    "statutory_source": "Local indicator of the council",
    "numerator_text": "contacts whose source is education",
    "denominator_text": "contacts received",
    "owner": "Single Point of Access team manager",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of the dbt project that a test may add to."""
    return Path(shutil.copytree(SEEDS.parent, tmp_path / "dbt_project"))


def files_of(project: Path) -> dict[str, bytes]:
    return {str(path.relative_to(project)): path.read_bytes() for path in project.rglob("*") if path.is_file()}


def test_scaffold_writes_a_row_a_model_its_yaml_and_a_unit_test(project: Path) -> None:
    before = files_of(project)
    register, sql, described, tested, models = write_scaffold(SCHOOLS, project)

    assert register.read_text(encoding="utf-8").splitlines()[-1].startswith("CON09,,Contacts from schools,")
    assert sql.name == "ind_con09__contacts_from_schools.sql"
    assert {path.parent.name for path in (sql, described, tested)} == {"front_door"}
    # what stands in the area's files stays as it was
    for path in (described, tested):
        assert path.read_bytes().startswith(before[str(path.relative_to(project))])
    model: dict[str, Any] = yaml.safe_load(described.read_text(encoding="utf-8"))["models"][-1]
    assert model["description"].startswith("One row per ")
    promised = re.findall(r"^    (?:.* as )?(\w+),?$", final_select(sql), re.MULTILINE)
    assert [column["name"] for column in model["columns"]] == promised
    test: dict[str, Any] = yaml.safe_load(tested.read_text(encoding="utf-8"))["unit_tests"][-1]
    assert test["model"] == model["name"] == sql.stem
    assert sql.stem in listed_models(models)
    assert len(listed_models(models)) == len(listed_models(SEEDS.parent / "macros" / models.name)) + 1


def final_select(path: Path) -> str:
    return path.read_text(encoding="utf-8").rpartition("\nselect\n")[2]


@pytest.mark.parametrize(
    ("fact", "day", "folder", "is_joined"),
    [
        ("int_assessments_judged", "authorised_date", "assessments", False),
        ("fct_contacts", "received_date", "front_door", False),
        ("fct_plans", "start_date", "looked_after", True),
        ("fct_school_moves", "move_date", "education", True),
    ],
)
def test_scaffold_leaves_out_other_authorities_children_unless_counted_where_recorded(
    project: Path, fact: str, day: str, folder: str, is_joined: bool
) -> None:
    _, sql, *_ = write_scaffold(NewIndicator("XYZ01", "Something new", fact, day, folder), project)
    text = sql.read_text(encoding="utf-8")
    assert ("children.exclusion_reason" in text) is is_joined
    assert ("left join children" in text) is is_joined


def test_scaffold_cannot_be_built_until_its_words_are_written(project: Path) -> None:
    write_scaffold(SCHOOLS, project)
    with pytest.raises(CscWarehouseError, match=r"row CON09 .* still to be written: title_cy, counted"):
        load_register(project / "seeds")

    spoil(project / "seeds" / "indicators.csv", "CON09", **WORDS)
    assert load_register(project / "seeds").indicators["CON09"].title_cy == "Cysylltiadau gan ysgolion"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"code": "PM24"},
            "PM24 is taken: Assessments completed within 42 working days. The next free code of its area is PM36.",
        ),
        ({"code": "CON01"}, "The next free code of its area is CON09."),
        ({"code": "PMC024"}, "PMC024 is taken"),
        ({"code": "CON9"}, "CON9 is no code"),
        ({"code": "con09"}, "con09 is no code"),
        ({"folder": "machine"}, "--folder is one of assessments, child_protection"),
        ({"fact": "fct_posts"}, "begin from a copy of ind_wrk01__vacant_posts"),
        ({"fact": "fct_nothing"}, "fct_nothing is no fact"),
        ({"day": "received_at"}, "--day is one of received_date, decided_date"),
        ({"title": "!"}, "has no letter"),
    ],
)
def test_scaffold_when_asked_for_what_cannot_be_says_why_and_writes_nothing(
    project: Path, changed: dict[str, str], sentence: str
) -> None:
    before = files_of(project)
    asked = NewIndicator(**{**vars(SCHOOLS), **changed})
    with pytest.raises(UsageError, match=re.escape(sentence)):
        write_scaffold(asked, project)
    assert files_of(project) == before


def test_scaffold_is_not_written_twice(project: Path) -> None:
    write_scaffold(SCHOOLS, project)
    before = files_of(project)
    with pytest.raises(UsageError, match="CON09 is taken: Contacts from schools"):
        write_scaffold(SCHOOLS, project)
    assert files_of(project) == before


@pytest.mark.parametrize(
    ("code", "folder", "fact", "expected"),
    [
        ("MIS05", None, None, ("missing", "fct_missing_episodes", "missing_from_date")),
        ("CPR05", None, "fct_plans", ("child_protection", "fct_plans", "registered_date")),
        ("CPR05", None, "fct_contacts", ("child_protection", "fct_contacts", "received_date")),
        ("XYZ01", None, None, ("front_door", "int_contacts_counted", "counting_date")),
        ("XYZ01", "prevention", None, ("prevention", "int_prevention_services_judged", "start_date")),
    ],
)
def test_scaffold_takes_what_was_not_said_from_the_area(
    code: str, folder: str | None, fact: str | None, expected: tuple[str, str, str]
) -> None:
    assert suggest(code, folder, fact) == expected


def test_the_walk_quotes_files_as_they_are() -> None:
    """Every quotation of the walk names its file in the line before, and stands in it word for word."""
    page = (PROJECT_DIRECTORY / "docs" / "adding_an_indicator.md").read_text(encoding="utf-8")
    quoted = re.findall(r"^From `([^`]+)`.*?\n\n```\w+\n(.*?)```", page, re.MULTILINE | re.DOTALL)
    assert len(quoted) >= 4
    for name, excerpt in quoted:
        assert excerpt in (PROJECT_DIRECTORY / name).read_text(encoding="utf-8"), f"{name} does not say so"


def test_the_walk_uses_commands_that_there_are() -> None:
    from csc_warehouse.cli import _assemble

    page = (PROJECT_DIRECTORY / "docs" / "adding_an_indicator.md").read_text(encoding="utf-8")
    used = set(re.findall(r"^csc-warehouse ([a-z-]+)", page, re.MULTILINE))
    there = {
        command.name or command.callback.__name__ for command in _assemble().registered_commands if command.callback
    }
    assert {"new-indicator", "test-indicator", "explain"} <= used
    assert used <= there


def test_scaffold_in_an_overlay_when_its_words_are_written_then_the_overlay_is_valid(
    tmp_path: Path, project: Path
) -> None:
    before = files_of(project)
    settings = load_settings(home=tmp_path).model_copy(update={"overlay": tmp_path / "overlay"})
    folder = tmp_path / "overlay" / overlay.INDICATORS
    schools = NewIndicator("XCO01", "Contacts from schools", "int_contacts_counted", "counting_date", "front_door")
    register, sql, *_, relations = write_local_scaffold(schools, folder, project)
    assert files_of(project) == before
    with pytest.raises(UsageError, match="still to be written: title_cy"):
        overlay.lay(settings)

    # a spreadsheet leaves a mark at the beginning, and no line break at the end
    register.write_bytes(b"\xef\xbb\xbf" + register.read_bytes().rstrip(b"\n"))
    with pytest.raises(UsageError, match=r"XCO01 is taken: Contacts from schools. The next free code .* is XCO02"):
        write_local_scaffold(schools, folder, project)
    with pytest.raises(UsageError, match="CON01 is taken: Contacts received"):
        write_local_scaffold(replace(schools, code="CON01"), folder, project)
    write_local_scaffold(replace(schools, code="XCO02", title="Plans", fact="fct_plans", day="start_date"), folder)

    for path in set(folder.iterdir()) - {relations}:
        path.write_text(path.read_text(encoding="utf-8").replace("(to be written)", "words"), encoding="utf-8")
    # what is begun says nothing: that an indicator is alone, a person says
    with pytest.raises(UsageError, match=r"line 2, column comparison: \(to be written\) is none .* line 3, column"):
        overlay.lay(settings)
    begun = relations.read_text(encoding="utf-8")
    assert "alone" not in begun
    for line, code in enumerate(("XCO01", "XCO02"), 1):
        filled = begun.splitlines()[line].replace("(to be written),(to be written)", f"{code} by itself,alone")
        begun = begun.replace(begun.splitlines()[line], filled)
    relations.write_text(begun, encoding="utf-8")
    laid = overlay.lay(settings)
    assert laid is not None
    assert {Path(name).stem for name in laid.models if name.endswith(".sql")} == {sql.stem, "ind_xco02__plans"}
    assert set(laid.shared_caveats) == {"XCO01", "XCO02"}
