"""What a council lays over the shipped defaults: each fault in one sentence, and what is laid over what."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from csc_warehouse import layouts, overlay
from csc_warehouse.errors import UsageError
from csc_warehouse.overlay.kinds import Kind
from csc_warehouse.register import SEEDS, load_register
from csc_warehouse.settings import PROJECT_DIRECTORY, Settings, load_settings

FORECASTS = "indicator_code,method,level_percent,earlier_years,minimum_events,minimum_trials,reason"
TARGETS = "indicator_code,authority_code,comparison,target_value,valid_from_date,valid_to_date,source"
COMPARATORS = (
    "indicator_code,scope,scope_code,period_type,period_label,value,numerator,denominator,lower_quartile,"
    "upper_quartile,status,source,published_on_date,note"
)
POPULATIONS = "authority_code,population_group,population_date,population,source,is_made_up"
RATES = "indicator_code,population_group,per_population"
BREAKS = "indicator_code,authority_code,break_date,reason,reason_cy"
SPELLINGS = "list_name,spelling,canonical"
TEXTS = "code,local_code,title,title_cy,counted,numerator_text,denominator_text,owner"
SHIPPED = "ASM01,W06000006,at_most,60,2017-04-01"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "overlay").mkdir()
    (tmp_path / "home").mkdir()
    return load_settings(home=tmp_path / "home").model_copy(update={"overlay": tmp_path / "overlay"})


def write(settings: Settings, name: str, *lines: str) -> None:
    assert settings.overlay is not None
    (settings.overlay / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def rows_of(laid: overlay.Overlay | None, seed: str) -> list[dict[str, str]]:
    assert laid is not None
    return list(csv.DictReader(io.StringIO(laid.seeds[seed])))


def refused(settings: Settings) -> str:
    with pytest.raises(UsageError) as error:
        overlay.lay(settings)
    return str(error.value)


@pytest.mark.parametrize(("name", "kind"), overlay.load_kinds().items())
def test_kind_when_declared_then_names_the_columns_of_its_seed(name: str, kind: Kind) -> None:
    with (SEEDS / f"{kind.seed}.csv").open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert name.endswith(".csv")
    if kind.lays == "rows":
        assert list(kind.header) == header
    else:
        assert set(kind.header) < set(header)


@pytest.mark.parametrize("name", overlay.load_kinds())
def test_example_when_written_then_it_is_valid_and_lays_nothing(settings: Settings, name: str) -> None:
    assert settings.overlay is not None
    written = overlay.write_example(settings.overlay)
    assert {path.name for path in written} == {"README.md", layouts.FILE, *overlay.load_kinds()}
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


FAULTS = {
    "a forecast of what is no count": (
        "forecast_rules.csv",
        [FORECASTS, "PM24,seasonal_shares,80,3,10,3,Why"],
        "PM24 is no count whose months sum to the year",
    ),
    "a forecast from half a year": (
        "forecast_rules.csv",
        [FORECASTS, "CON01,seasonal_shares,80,0.5,10,3,Why"],
        "earlier_years: Input should be a valid integer",
    ),
    "an unknown file": ("target.csv", [TARGETS], "target.csv: no file of that name .* did you mean targets.csv?"),
    "a shipped seed that is the nation's": (
        "bank_holidays.csv",
        ["holiday_date,title"],
        "bank_holidays.csv: it is no file that a council lays over; there is targets.csv",
    ),
    "an empty file": ("targets.csv", [""], "targets.csv, line 1: the header is missing; begin with indicator_code,"),
    "semicolons": ("targets.csv", [TARGETS.replace(",", ";")], "line 1: its values are not separated by commas"),
    "a column that is not known": (
        "targets.csv",
        [TARGETS.replace("target_value", "targetvalue")],
        "line 1, column targetvalue: there is no such column; did you mean target_value?",
    ),
    "a column that is lacking": (
        "targets.csv",
        [TARGETS.removesuffix(",source")],
        "line 1: the header lacks source; it must hold indicator_code,",
    ),
    "a column twice": ("targets.csv", [f"{TARGETS},source"], "line 1, column source: it stands twice"),
    "a removal where values are laid over": (
        "indicator_texts.csv",
        [f"{TEXTS},is_removed"],
        "indicator_texts.csv, line 1, column is_removed: there is no such column",
    ),
    "a comma in a text": (
        "targets.csv",
        [TARGETS, f"{SHIPPED},,Committee, June"],
        "line 2: it has 8 values and the header 7; put a text that holds a comma into double quotes",
    ),
    "an open quote": ("targets.csv", [TARGETS, f'{SHIPPED},,"Committee'], "it cannot be read as CSV"),
    "a number with its unit": (
        "targets.csv",
        [TARGETS, f"{SHIPPED.replace(',60,', ',60%,')},,Committee"],
        "line 2, column target_value: 60% is no number; write it as 60 or 60.5",
    ),
    "no number": ("targets.csv", [TARGETS, f"{SHIPPED.replace(',60,', ',NaN,')},,Committee"], "NaN is no number"),
    "a British date": (
        "targets.csv",
        [TARGETS, f"{SHIPPED.replace('2017-04-01', '01/04/2017')},,Committee"],
        "line 2, column valid_from_date: 01/04/2017 is no date; write it as 2018-04-01",
    ),
    "a day that is none": ("targets.csv", [TARGETS, f"{SHIPPED},2018-02-30,Committee"], "2018-02-30 is no date"),
    "an indicator that is none": (
        "targets.csv",
        [TARGETS, f"{SHIPPED.replace('ASM01', 'ASM1')},,Committee"],
        "line 2, column indicator_code: ASM1 is no indicator of the register; did you mean ASM01?",
    ),
    "an authority by its name": (
        "targets.csv",
        [TARGETS, f"{SHIPPED.replace('W06000006', 'Wrexham')},,Committee"],
        "line 2, column authority_code: Wrexham is no ONS code: W06000006 is Wrexham",
    ),
    "a word that is none": (
        "targets.csv",
        [TARGETS, f"{SHIPPED.replace('at_most', 'atmost')},,Committee"],
        "line 2, column comparison: atmost is none of the words for it; did you mean at_most?",
    ),
    "a needed value": ("targets.csv", [TARGETS, f"{SHIPPED},,"], "line 2, column source: it is empty; write a value"),
    "a word for nothing": ("targets.csv", [TARGETS, f"{SHIPPED},,NULL"], "column source: NULL is no value"),
    "a line break in a text": (
        "targets.csv",
        [TARGETS, f'{SHIPPED},,"Committee\nJune"'],
        "line 2, column source: it holds a line break or an invisible character",
    ),
    "a row twice": (
        "targets.csv",
        [TARGETS, f"{SHIPPED},,Committee", f"{SHIPPED},,Committee"],
        "line 3: ASM01 W06000006 2017-04-01 stands on line 2 already; keep one of them",
    ),
    "a removal that is neither": (
        "targets.csv",
        [f"{TARGETS},is_removed", f"{SHIPPED},,Committee,perhaps"],
        "line 2, column is_removed: perhaps is neither true nor false",
    ),
    "a removal of what is not shipped": (
        "targets.csv",
        [f"{TARGETS},is_removed", f"{SHIPPED.replace('2017', '2016')},,,true"],
        "line 2: there is no shipped row ASM01 W06000006 2016-04-01; did you mean ASM01 W06000006 2017-04-01?",
    ),
    "two targets on one day": (
        "targets.csv",
        [TARGETS, f"{SHIPPED.replace('2017', '2018')},,Committee"],
        "laid over the shipped rows the register does not hold together: .*two targets on 2018-04-01",
    ),
    "a target that holds on no day": (
        "targets.csv",
        [TARGETS, f"{SHIPPED},2017-04-01,Committee"],
        "valid_to_date, from which it no longer holds, is not after valid_from_date",
    ),
    "a period of another kind": (
        "comparators.csv",
        [COMPARATORS, "PM24,Wales,W92000004,quarter,2018/19,88,,,,,published,StatsWales,2019-10-31,"],
        "line 2, column period_label: 2018/19 is no quarter; write it as 2018/19 Q2",
    ),
    "a year that is none": (
        "comparators.csv",
        [COMPARATORS, "PM24,Wales,W92000004,year,2018/20,88,,,,,published,StatsWales,2019-10-31,"],
        "2018/20 is no year; write it as 2018/19",
    ),
    "a place that is none": (
        "comparators.csv",
        [COMPARATORS, "PM24,Wales,W06000099,year,2018/19,88,,,,,published,StatsWales,2019-10-31,"],
        "column scope_code: W06000099 is none of the authorities in use",
    ),
    "a published figure without a value": (
        "comparators.csv",
        [COMPARATORS, "PM24,Wales,W92000004,year,2018/19,,,,,,published,StatsWales,2019-10-31,"],
        "a published comparator, and no other, has a value",
    ),
    "a population with a comma": (
        "populations.csv",
        [POPULATIONS, 'W06000006,0-17,2018-06-30,"31,234",Mid-year estimates,false'],
        "line 2, column population: 31,234 is no whole number above nought; write it as 31234, without commas",
    ),
    "a population of nobody": (
        "populations.csv",
        [POPULATIONS, "W06000006,0-17,2018-06-30,0,Mid-year estimates,false"],
        "line 2, column population: 0 is no whole number above nought",
    ),
    "a population without a source": (
        "populations.csv",
        [POPULATIONS, "W06000006,0-17,2018-06-30,31234,,false"],
        "line 2, column source: it is empty; write a value",
    ),
    "a population by its year alone": (
        "populations.csv",
        [POPULATIONS, "W06000006,0-17,2018,31234,Mid-year estimates,false"],
        "line 2, column population_date: 2018 is no date; write it as 2018-04-01",
    ),
    "a population that may be made up": (
        "populations.csv",
        [POPULATIONS, "W06000006,0-17,2018-06-30,31234,Mid-year estimates,"],
        "line 2, column is_made_up: it is empty; write a value",
    ),
    "a population of whom no rate is": (
        "populations.csv",
        [POPULATIONS, "W06000006,0-18,2018-06-30,31234,Mid-year estimates,false"],
        "W06000006 2018-06-30: no rate is of the group 0-18; there is 0-17",
    ),
    "a rate of a percentage": ("rates.csv", [RATES, "PM24,0-17,10000"], "PM24 is no count about children"),
    "a rate of posts": ("rates.csv", [RATES, "WRK01,0-17,10000"], "WRK01 is no count about children"),
    "a break for an authority that is none": (
        "series_breaks.csv",
        [BREAKS, "CON01,every,2018-04-01,Why,Pam"],
        "line 2, column authority_code: every is no ONS code",
    ),
    "a name that is another one's spelling": (
        "spellings.csv",
        [SPELLINGS, "team,Intake,Assessment and Intervention Team"],
        "line 2, column canonical: ASSESSMENT AND INTERVENTION TEAM is itself given as a spelling",
    ),
    "a spelling under which others are counted": (
        "spellings.csv",
        [SPELLINGS, "team,AIT,Front door"],
        "line 2, column spelling: AIT is the name under which others are counted",
    ),
    "an ethnicity that is no group of the Census": (
        "spellings.csv",
        [SPELLINGS, "ethnicity_group,Cymro Du,Blak"],
        "line 2, column canonical: Blak is none of the names for it; did you mean BLACK?",
    ),
    "a group of the Census that is led to another": (
        "spellings.csv",
        [SPELLINGS, "ethnicity_group,White,Other"],
        "line 2, column spelling: WHITE is the name under which others are counted",
    ),
    "a text of no indicator": (
        "indicator_texts.csv",
        [TEXTS, "CON1,,Contacts,,,,,"],
        "line 2, column code: CON1 is no indicator of the register; did you mean CON01?",
    ),
    "a code of the council's that is another one's": (
        "indicator_texts.csv",
        [TEXTS, "CON01,PMC024,,,,,,"],
        "line 2, column local_code: PMC024 already stands for PM24; write another, or leave it empty",
    ),
    "a code of the council's that is an indicator": (
        "indicator_texts.csv",
        [TEXTS, "CON01,CON02,,,,,,"],
        "line 2, column local_code: CON02 already stands for CON02",
    ),
    "a denominator of a count": (
        "indicator_texts.csv",
        [TEXTS, "CON01,,,,,,all contacts,"],
        "a percentage or mean, and nothing else, has a denominator_text",
    ),
}


@pytest.mark.parametrize(("name", "lines", "sentence"), FAULTS.values(), ids=FAULTS)
def test_fault_when_laid_then_one_sentence_says_where_and_what_to_do(
    settings: Settings, name: str, lines: list[str], sentence: str
) -> None:
    write(settings, name, *lines)
    told = refused(settings)
    assert re.search(sentence.replace("?", "\\?").replace("(", "\\("), told), told
    assert told.startswith(f"The overlay {settings.overlay} cannot be used, and nothing was built: ")
    assert told[-1] in ".?"
    assert not list(settings.home.iterdir())


def test_file_when_not_in_utf_8_then_says_how_to_save_it(settings: Settings) -> None:
    assert settings.overlay is not None
    (settings.overlay / "spellings.csv").write_bytes(f"{SPELLINGS}\nteam,T\u0177,A\n".encode("utf-16"))
    assert "spellings.csv: it is not in UTF-8; save it as CSV UTF-8" in refused(settings)


def test_folder_when_in_an_overlay_then_refused(settings: Settings) -> None:
    assert settings.overlay is not None
    (settings.overlay / "targets.csv").mkdir()
    (settings.overlay / "models").mkdir()
    (settings.overlay / "indicators").mkdir()
    told = refused(settings)
    assert "targets.csv: it is no file" in told
    assert "models: it is a folder, and an overlay holds files, and indicators alone; there is targets.csv" in told
    assert "indicators:" not in told


def test_faults_when_there_are_several_then_each_is_told(settings: Settings) -> None:
    write(settings, "targets.csv", TARGETS, "ASM1,Wrexham,atmost,60%,01/04/2017,,")
    write(settings, "spellings.csv", SPELLINGS, "teams,A,B")
    told = refused(settings)
    assert told.count("targets.csv, line 2, column") == 6
    assert told.count("spellings.csv, line 2, column list_name") == 1


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
