"""What a council lays over the shipped defaults: each fault in one sentence, and what is laid over what."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from csc_warehouse import layouts, overlay, texts
from csc_warehouse.commands import overlay as command
from csc_warehouse.errors import UsageError
from csc_warehouse.overlay.kinds import Kind
from csc_warehouse.register import SEEDS, load_register
from csc_warehouse.settings import PROJECT_DIRECTORY, Settings, load_settings
from tests.support.overlays import POPULATIONS, RATES, SHIPPED, SPELLINGS, TARGETS, TEXTS, rows_of, write


@pytest.mark.parametrize(("name", "kind"), overlay.load_kinds().items())
def test_kind_when_declared_then_names_the_columns_of_its_seed(name: str, kind: Kind) -> None:
    with (SEEDS / f"{kind.seed}.csv").open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert name.endswith(".csv")
    if kind.lays == "rows":
        assert list(kind.header) == header
    else:
        assert set(kind.header) < set(header)


def test_examples_when_checked_then_each_says_what_it_is_laid_over_and_that_it_lays_nothing(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settings.overlay is not None
    overlay.write_example(settings.overlay)
    (settings.overlay / layouts.BOARD).write_text("order: [conferences, chain]\n", encoding="utf-8")
    laid = overlay.lay(settings)
    assert laid is not None
    for file in laid.files:
        command._tell(file)
    said = " ".join(capsys.readouterr().out.split())
    assert "board_layout.yml: over the layout of the board's quarterly: order." in said
    assert "report_layout.yml: over the layout of the report: nothing." in said
    assert "texts.yml: over the texts of pages: nothing." in said


@pytest.mark.parametrize("name", overlay.load_kinds())
def test_example_when_written_then_it_is_valid_and_lays_nothing(settings: Settings, name: str) -> None:
    assert settings.overlay is not None
    written = overlay.write_example(settings.overlay)
    assert {path.name for path in written} == {"README.md", *layouts.FILES, texts.FILE, *overlay.load_kinds()}
    laid = overlay.lay(settings)
    assert laid is not None
    assert laid.is_empty
    assert overlay.in_force(settings) is None
    # the row that the page shows is one that the warehouse takes
    kind = overlay.load_kinds()[name]
    text = (settings.overlay / "README.md").read_text(encoding="utf-8")
    example = text.partition(f"## {name}\n")[2].partition("```\n")[2].partition("```")[0]
    assert example.splitlines()[0] == ",".join(kind.header)
    (settings.overlay / name).write_text(example, encoding="utf-8")
    if name == "targets.csv":
        # it follows the shipped one, which must then end
        write(settings, name, example.strip(), f"{SHIPPED},2018-04-01,Committee")
    assert overlay.in_force(settings) is not None
    assert overlay.write_example(settings.overlay) == []


def test_layout_of_the_report_when_laid_over_then_is_named_and_its_faults_stop_a_night(settings: Settings) -> None:
    assert settings.overlay is not None
    path = settings.overlay / layouts.FILE
    path.write_text("sections:\n  reviews:\n    holds: []\norder: [reviews]\n", encoding="utf-8")
    laid = overlay.lay(settings)
    assert laid is not None
    (file,) = laid.said
    assert (file.name, file.seed, [change.key for change in file.changes]) == (
        layouts.FILE,
        "",
        ["sections.reviews", "order"],
    )
    assert laid.seeds == {}
    path.write_text("items:\n  table_9:\n    indicators: [REV9]\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"report_layout\.yml, line 3, items\.table_9\.indicators\.0: REV9 is no"):
        overlay.lay(settings)
    path.write_bytes(b"order: [\xff]\n")
    with pytest.raises(UsageError, match=r"report_layout\.yml: it is not in UTF-8"):
        overlay.lay(settings)


def test_wording_of_pages_when_laid_over_then_is_named_and_its_faults_stop_a_night(settings: Settings) -> None:
    assert settings.overlay is not None
    path = settings.overlay / texts.FILE
    page = (PROJECT_DIRECTORY / "docs" / "overlay.md").read_text(encoding="utf-8")
    chapter = page.partition("## The wording of pages, and their Welsh\n")[2].partition("\n## ")[0]
    path.write_text(chapter.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    laid = overlay.lay(settings)
    assert laid is not None
    (file,) = laid.said
    assert (file.name, file.seed, [change.key for change in file.changes]) == (
        texts.FILE,
        "",
        ["report.answer.trust.about", "common.grade.D", "sentences.form_changed", "welsh_is_checked_by"],
    )
    path.write_text("report:\n  answer:\n    trust:\n      abuot: {cy: x}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"texts\.yml, line 4, report\.answer\.trust\.abuot: there is no text .*about"):
        overlay.lay(settings)
    path.write_bytes(b"report: [\xff]\n")
    with pytest.raises(UsageError, match=r"texts\.yml: it is not in UTF-8"):
        overlay.lay(settings)


def test_kinds_when_documented_then_each_has_its_row() -> None:
    page = (PROJECT_DIRECTORY / "docs" / "overlay.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+\.csv)` \|", page, re.MULTILINE) == list(overlay.load_kinds())


def test_examples_of_the_document_when_laid_over_together_then_valid(settings: Settings) -> None:
    page = (PROJECT_DIRECTORY / "docs" / "overlay.md").read_text(encoding="utf-8")
    chapter = page.partition("## An example of each\n")[2].partition("\n## ")[0]
    examples = dict(re.findall(r"^`(\w+\.csv)`:[^`]*```\n(.*?)```", chapter, re.MULTILINE | re.DOTALL))
    assert list(examples) == list(overlay.load_kinds())
    for name, text in examples.items():
        assert settings.overlay is not None
        (settings.overlay / name).write_text(text, encoding="utf-8")
    laid = overlay.lay(settings)
    assert laid is not None
    assert {file.name for file in laid.said} == set(examples)
    teams = {row["team_code"]: row["team_name"] for row in rows_of(laid, "teams")}
    assert (teams["SPOA"], teams["YOUTH JUSTICE"], "PASS" in teams) == ("Front Door", "Youth Justice", False)
    words = {(row["list_name"], row["code"]): row["title"] for row in rows_of(laid, "code_labels")}
    assert words["contact_source", "PRO"] == "Probation service"
    assert words["contact_source", "POL"] == "Police"


def test_no_folder_then_the_shipped_project_is_used(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    assert overlay.lay(settings) is None
    assert overlay.present(settings) == SEEDS.parent


def test_rows_when_laid_over_then_replaced_added_and_removed_by_key(settings: Settings) -> None:
    write(
        settings,
        "targets.csv",
        TARGETS + ",is_removed",
        f'{SHIPPED.replace(",60,", ",55,")},,"Committee, 2018",',
        "PM24,W06000006,at_least,90.5,2017-04-01,2019-04-01,Committee,false",
    )
    laid = overlay.lay(settings)
    assert [(row["indicator_code"], row["target_value"]) for row in rows_of(laid, "targets")] == [
        ("ASM01", "55"),
        ("PM24", "90.5"),
    ]
    assert laid is not None
    (file,) = laid.files
    assert [(change.what, change.key) for change in file.changes] == [
        ("replaced", "ASM01 W06000006 2017-04-01"),
        ("added", "PM24 W06000006 2017-04-01"),
    ]
    assert ("target_value", "60", "55") in file.changes[0].values
    write(settings, "targets.csv", TARGETS + ",is_removed", "ASM01,W06000006,,,2017-04-01,,,true")
    assert rows_of(overlay.lay(settings), "targets") == []


def test_populations_when_a_council_fills_them_in_then_stand_beside_the_shipped_ones(settings: Settings) -> None:
    write(settings, "populations.csv", POPULATIONS, "W06000006,0-17,2018-06-30,31234,Mid-year estimates,false")
    write(settings, "rates.csv", RATES, "MIS01,0-17,10000")
    laid = overlay.lay(settings)
    own = [row for row in rows_of(laid, "populations") if row["authority_code"] == "W06000006"]
    assert [row["population"] for row in own if row["is_made_up"] == "false"] == ["31234"]
    # the shipped row of that day is replaced, those of other years are not: the rates leave them out
    assert [row["population_date"] for row in own].count("2018-06-30") == 1
    assert len(own) > 1
    assert rows_of(laid, "rates")[-1] == {
        "indicator_code": "MIS01",
        "population_group": "0-17",
        "per_population": "10000",
    }


def test_texts_when_laid_over_then_only_what_is_filled_in_is_replaced(settings: Settings) -> None:
    write(settings, "indicator_texts.csv", TEXTS, "CON01,,Contacts at the door,,,,,Head of the front door")
    rows = {row["code"]: row for row in rows_of(overlay.lay(settings), "indicators")}
    shipped = load_register().indicators
    assert (rows["CON01"]["title"], rows["CON01"]["owner"]) == ("Contacts at the door", "Head of the front door")
    assert rows["CON01"]["title_cy"] == shipped["CON01"].title_cy
    assert list(rows) == list(shipped)
    assert rows["CON02"]["title"] == shipped["CON02"].title


def test_spelling_of_an_ethnicity_when_added_then_leads_to_its_group(settings: Settings) -> None:
    write(settings, "spellings.csv", SPELLINGS, "ethnicity_group,Cymraes Ddu,black", "ethnicity_group,W1,White")
    laid = rows_of(overlay.lay(settings), "spellings")
    rows = {(row["list_name"], row["spelling"]): row["canonical"] for row in laid}
    assert rows["ethnicity_group", "CYMRAES DDU"] == "BLACK"
    assert rows["ethnicity_group", "W1"] == "WHITE"
    assert rows["team", "SINGLE POINT OF ACCESS"] == "SPOA"


def test_spelling_when_typed_in_any_way_then_compared_as_names_are(settings: Settings) -> None:
    write(settings, "spellings.csv", SPELLINGS, "team,  Intake\u00a0 team ,Spoa", "team,Single point of access,AIT")
    rows = {row["spelling"]: row["canonical"] for row in rows_of(overlay.lay(settings), "spellings")}
    assert rows["INTAKE TEAM"] == "SPOA"
    assert rows["SINGLE POINT OF ACCESS"] == "AIT"


def test_file_of_a_spreadsheet_when_saved_then_read(settings: Settings) -> None:
    assert settings.overlay is not None
    line = f"{SHIPPED.replace(',60,', ',55,')},,Committee"
    content = f"\ufeff{TARGETS}\r\n{line}\r\n,,,,,,\r\n"
    (settings.overlay / "targets.csv").write_bytes(content.encode())
    for name in ("~$targets.csv", ".~lock.targets.csv#", "README.md"):
        (settings.overlay / name).write_text("")
    assert rows_of(overlay.lay(settings), "targets")[0]["target_value"] == "55"


def test_another_kind_when_declared_then_needs_no_code(settings: Settings, tmp_path: Path) -> None:
    project = tmp_path / "dbt_project"
    (project / "seeds").mkdir(parents=True)
    for path in SEEDS.glob("*.csv"):
        (project / "seeds" / path.name).write_bytes(path.read_bytes())
    (project / "seeds" / "caseloads.csv").write_text("authority_code,year,children\nW06000006,2017,19\n")
    columns = {
        "authority_code": {"holds": "authority", "example": "W06000006"},
        "year": {"holds": "number", "example": "2018"},
        "children": {"holds": "number", "example": "19"},
    }
    meaning = "Children whom a worker of an authority has in a year."
    kind = Kind.model_validate(
        {"seed": "caseloads", "meaning": meaning, "key": ["authority_code", "year"], "columns": columns}
    )
    write(settings, "caseloads.csv", "authority_code,year,children", "W06000006,2017,18", "W06000005,2017,21")
    laid = overlay.lay(settings, kinds={"caseloads.csv": kind}, project=project)
    assert [row["children"] for row in rows_of(laid, "caseloads")] == ["18", "21"]


def test_digest_when_a_file_says_something_else_then_another_one(settings: Settings) -> None:
    assert settings.overlay is not None
    write(settings, "targets.csv", TARGETS, f"{SHIPPED},,Committee")
    first = overlay.lay(settings)
    overlay.write_example(settings.overlay)
    second = overlay.lay(settings)
    write(settings, "targets.csv", TARGETS, f"{SHIPPED},,The committee")
    third = overlay.lay(settings)
    assert first is not None
    assert second is not None
    assert third is not None
    # headers alone say nothing
    assert first.digest == second.digest != third.digest
