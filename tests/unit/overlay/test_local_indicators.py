"""Indicators of a council's own: composed as the shipped ones, each breach of their walls told before a build."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from csc_warehouse import overlay
from csc_warehouse.errors import UsageError
from csc_warehouse.overlay import reach, walls
from csc_warehouse.privacy.grants import SCHEMAS
from csc_warehouse.register import SEEDS, load_register
from csc_warehouse.register.scaffold import listed_models
from csc_warehouse.settings import Settings, load_settings
from expectations.catalogue import RegisteredIndicators, load_catalogue
from tests.support import local_indicator
from tests.support.local_indicator import CODE, MODEL, MODELS, SQL, UNIT_TESTS, row, write_rows

PROJECT = SEEDS.parent


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "home").mkdir()
    local_indicator.write_indicator(tmp_path / "overlay")
    return load_settings(home=tmp_path / "home").model_copy(update={"overlay": tmp_path / "overlay"})


def folder_of(settings: Settings) -> Path:
    assert settings.overlay is not None
    return settings.overlay / "indicators"


def laid_over(settings: Settings) -> overlay.Overlay:
    laid = overlay.in_force(settings)
    assert laid is not None
    return laid


def refused(settings: Settings) -> str:
    with pytest.raises(UsageError) as error:
        overlay.lay(settings)
    return str(error.value)


def test_indicator_when_composed_then_stands_in_register_models_and_list_as_any_other(settings: Settings) -> None:
    made = overlay.compose(settings, laid_over(settings))
    register = load_register(made / "seeds").indicators
    assert list(register) == [*load_register().indicators, CODE]
    assert register[CODE].title == "Contacts from schools"
    (model,) = made.rglob(f"{MODEL}.sql")
    assert model.read_text(encoding="utf-8") == SQL
    assert model.parent.parent == made / "models" / "marts" / "indicators"
    shipped = listed_models(PROJECT / "macros" / "indicator_models.sql")
    assert listed_models(made / "macros" / "indicator_models.sql") == sorted([*shipped, MODEL])
    # the columns of every indicator are filled in, each with its words
    (described,) = yaml.safe_load((model.parent / "_local__models.yml").read_text(encoding="utf-8"))["models"]
    assert [column["name"] for column in described["columns"]] == [
        column["name"] for column in walls.House.of(PROJECT).columns
    ]
    assert all(column["description"] for column in described["columns"])
    assert described["description"].startswith("One row per contact")
    assert described["config"] == {"meta": {"indicator_code": CODE}}


def test_indicator_when_laid_then_targets_breaks_and_texts_may_name_it(settings: Settings) -> None:
    assert settings.overlay is not None
    (settings.overlay / "targets.csv").write_text(
        "indicator_code,authority_code,comparison,target_value,valid_from_date,valid_to_date,source\n"
        f"{CODE},W06000006,at_least,20,2017-04-01,,Committee\n"
    )
    (settings.overlay / "indicator_texts.csv").write_text(
        "code,local_code,title,title_cy,counted,numerator_text,denominator_text,owner\n"
        f"{CODE},,,,,,,Head of the front door\n"
    )
    made = overlay.compose(settings, laid_over(settings))
    register = load_register(made / "seeds")
    assert register.indicators[CODE].owner == "Head of the front door"
    assert CODE in {target.indicator_code for target in register.targets}


def test_overlay_when_only_a_model_is_changed_then_it_is_another_one(settings: Settings) -> None:
    first = laid_over(settings)
    assert {file.name for file in first.said} == {
        f"indicators/{name}"
        for name in (
            "figure_relations.csv",
            "indicators.csv",
            f"{MODEL}.sql",
            "_local__models.yml",
            "_local__unit_tests.yml",
        )
    }
    (folder_of(settings) / f"{MODEL}.sql").write_text(SQL.replace("', from '", "', by '"), encoding="utf-8")
    assert laid_over(settings).digest != first.digest


@pytest.mark.parametrize("name", ["README.md", ".~lock.indicators.csv#"])
def test_folder_when_only_that_lies_there_then_nothing_is_laid(settings: Settings, name: str) -> None:
    folder = folder_of(settings)
    for path in folder.iterdir():
        path.unlink()
    (folder / name).write_text("", encoding="utf-8")
    assert overlay.in_force(settings) is None
    write_rows(folder)
    assert overlay.in_force(settings) is None


def test_caveats_when_it_counts_contacts_then_are_those_of_the_shipped_ones_on_contacts(settings: Settings) -> None:
    laid = laid_over(settings)
    shared = laid.shared_caveats[CODE]
    assert shared == ("CH001", "CH003", *(f"CON0{number}" for number in range(1, 9)), "SGB02")
    rows = list(csv.DictReader(io.StringIO(laid.seeds["caveats_shared"])))
    assert {(each["local_code"], each["shipped_code"]) for each in rows} == {(CODE, code) for code in shared}
    # whatever concerns a shipped indicator on contacts by any check, or by an entity, concerns it; and nothing else
    register = RegisteredIndicators((*load_register().indicators, CODE), laid.shared_caveats)
    catalogue = load_catalogue()
    asked = [check.affected(register) for check in catalogue]
    asked += [load_patterns(patterns, register) for patterns in catalogue.entity_indicators.values()]
    assert {CODE in codes for codes in asked} == {True, False}
    assert [codes for codes in asked if (CODE in codes) != bool(set(shared) & set(codes))] == []


def load_patterns(patterns: tuple[str, ...], register: RegisteredIndicators) -> tuple[str, ...]:
    from expectations.catalogue import matching

    return matching(patterns, register)


@pytest.mark.parametrize(
    ("reads", "shared", "not_shared"),
    [
        ("fct_contacts", "CON01", "PM24"),
        ("int_assessments_judged", "PM24", "CON01"),
        # no shipped indicator reads it by name, but all that are made of care episodes count the same
        ("fct_placements", "LAC01", "CON01"),
        ("fct_posts", "WRK01", "LAC01"),
    ],
)
def test_caveats_when_derived_then_follow_what_a_model_is_made_of(reads: str, shared: str, not_shared: str) -> None:
    texts = reach.model_texts(PROJECT) | {MODEL: SQL.replace("int_contacts_counted", reads)}
    codes = {
        name.removeprefix("ind_").partition("__")[0].upper() for name in reach.shared_caveats([MODEL], texts)[MODEL]
    }
    assert shared in codes
    assert not_shared not in codes


@pytest.mark.parametrize("reads", ["dim_children", "fct_of_nobody"])
def test_caveats_when_no_shipped_indicator_counts_the_same_then_are_those_of_all(reads: str) -> None:
    texts = reach.model_texts(PROJECT) | {
        MODEL: SQL.replace("int_contacts_counted", reads),
        "fct_of_nobody": "select 1",
    }
    assert len(reach.shared_caveats([MODEL], texts)[MODEL]) == len(load_register().indicators)


def test_words_of_a_model_when_compared_with_the_shipped_ones_then_are_theirs() -> None:
    """What shipped indicators call, a local one may: except the copy of another, which has no rule of its own."""
    called: set[str] = set()
    for path in (PROJECT / "models" / "marts" / "indicators").glob("*/*.sql"):
        if path.parent.name != "machine":
            called |= set(re.findall(r"\{\{\s*(\w+)\(", path.read_text(encoding="utf-8")))
    assert called - {"ref", "successor_records"} == set(walls.WORDS)
    assert set(SCHEMAS) <= set(walls.SCHEMAS)


@pytest.mark.parametrize(
    "path", sorted((PROJECT / "models" / "marts" / "indicators").glob("*/ind_*.sql")), ids=lambda p: p.stem
)
def test_shipped_model_when_held_to_the_walls_then_stands_within(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if "successor_records" in text:
        return
    code = path.stem.removeprefix("ind_").partition("__")[0].upper()
    row = load_register().indicators[code]
    assert list(walls.faults_of_model(text, code, row.parameters, walls.House.of(PROJECT))) == []


Spoil = Callable[[Path], object]


def sql(old: str, new: str) -> Spoil:
    assert old in SQL
    return lambda folder: (folder / f"{MODEL}.sql").write_text(SQL.replace(old, new), encoding="utf-8")


def models(old: str, new: str) -> Spoil:
    assert old in MODELS
    return lambda folder: (folder / "_local__models.yml").write_text(MODELS.replace(old, new), encoding="utf-8")


def in_tests(old: str, new: str) -> Spoil:
    assert old in UNIT_TESTS
    return lambda folder: (folder / "_local__unit_tests.yml").write_text(UNIT_TESTS.replace(old, new), encoding="utf-8")


def registered(**changes: str) -> Spoil:
    return lambda folder: write_rows(folder, row(**changes))


READ = "{{ ref('int_contacts_counted') }}"
FAULTS: dict[str, tuple[Spoil, str]] = {
    "a code that is shipped": (
        registered(code="CON01"),
        "indicators/indicators.csv, line 2: CON01 is the code of Contacts received; take another",
    ),
    "a council's code that is shipped": (registered(code="PMC024"), "PMC024 is the code of"),
    "a council's code of its own that is an indicator": (
        registered(local_code="con/01"),
        "CON01 is the code of Contacts",
    ),
    "a code that is none": (registered(code="schools"), "indicators.csv, line 2: code: String should match"),
    "words that are not written": (registered(owner="(to be written)"), "line 2: still to be written: owner; correct"),
    "a row that contradicts itself": (registered(unit="contacts"), "line 2: the unit of a percentage is %; correct"),
    "a measure of the nation": (
        registered(framework="PIF", in_force_from_date="2018-04-01"),
        "line 2, column framework: PIF is the nation's; write local",
    ),
    "a copy": (registered(copies_code="CON02"), "line 2, column copies_code: a local indicator follows no other"),
    "a header that lacks a column": (
        lambda folder: (folder / "indicators.csv").write_text("code,title\nXCO01,Contacts\n"),
        "indicators/indicators.csv, line 1: the header lacks local_code",
    ),
    "a row twice": (lambda folder: write_rows(folder, row(), row()), "line 3: XCO01 stands on line 2 already"),
    "a row without a model": (
        lambda folder: write_rows(folder, row(), row(code="XCO02")),
        "indicators.csv: XCO02 has no model; write indicators/ind_xco02__<title>.sql, or take the row out",
    ),
    "a model without a row": (write_rows, f"{MODEL}.sql: XCO01 has no row in indicators/indicators.csv; give it one"),
    "two models of one code": (
        lambda folder: (folder / "ind_xco01__second.sql").write_text(SQL),
        "XCO01 has two models; keep one",
    ),
    "a model under another name": (
        lambda folder: (folder / "schools.sql").write_text(SQL),
        "indicators/schools.sql: it is not named as a model; name it ind_<code>__<title>.sql",
    ),
    "another file": (
        lambda folder: (folder / "targets.csv").write_text(""),
        "indicators/targets.csv: no such thing belongs there; it holds indicators.csv, figure_relations.csv",
    ),
    "a folder": (lambda folder: (folder / "macros").mkdir(), "indicators/macros: no such thing belongs there"),
    "a model without YAML": (
        lambda folder: (folder / "_local__models.yml").unlink(),
        f"indicators/{MODEL}.sql: no YAML describes it; write an entry of models that begins One row per",
    ),
    "a model without a unit test": (
        lambda folder: (folder / "_local__unit_tests.yml").unlink(),
        f"indicators/{MODEL}.sql: it has no unit test; write an entry of unit_tests with model: {MODEL}",
    ),
    "what is landed": (
        sql(READ, "landing.raise_contact"),
        "it names the schema landing; read core and what the areas share, by {{ ref('...') }} alone",
    ),
    "what is restricted": (
        sql("from contacts", 'from contacts, "restricted" . children'),
        "names the schema restricted",
    ),
    "the night before": (sql(READ, "marts.fct_contacts"), "it names the schema marts"),
    "a relation in a text": (sql(READ, "x('select 1 from landing.client')"), "it names the schema landing"),
    "a function that reads": (
        sql(READ, "query_to_xml('x', true, true, '')"),
        "query_to_xml reads what dbt does not know of",
    ),
    "a model before core": (
        sql("int_contacts_counted", "int_contacts_conformed"),
        "it reads int_contacts_conformed, and an indicator reads core (fct_, dim_), what areas share and the register",
    ),
    "another indicator": (
        sql("int_contacts_counted", "ind_con01__contacts_received"),
        "it reads ind_con01__contacts_received",
    ),
    "the machine": (sql("int_contacts_counted", "indicator_values"), "it reads indicator_values"),
    "a fact that is misspelt": (sql("int_contacts_counted", "fct_contact"), "did you mean fct_contacts?"),
    "a ref that is made up": (sql("'int_contacts_counted'", "'int_' ~ 'x'"), "it holds more than words filled in"),
    "a source": (
        sql(READ, "{{ source('landing', 'x') }}"),
        "source belongs into no indicator; it may call ref, add_months",
    ),
    "a query of dbt's own": (sql(READ, "{{ run_query('x') }}"), "run_query belongs into no indicator"),
    "a macro that reads": (
        sql(READ, "{{ successor_records('XCO01') }}"),
        "successor_records belongs into no indicator",
    ),
    "a statement of dbt": (sql(READ, "{% set x = 1 %}"), "it holds more than words filled in"),
    "a variable": (sql(READ, "{{ target }}"), "{{ target }} is nothing that a model knows"),
    "braces that do not close": (sql(READ, "{{ ref("), "dbt could not read it (line"),
    "a clock": (
        sql("counting_date as counting_from_date", "current_date as counting_from_date"),
        "current_date differs",
    ),
    "a clock in a function": (
        sql("null::date as numerator_date", "now()::date as numerator_date"),
        "now differs from night",
    ),
    "two statements": (sql("from contacts\n", "from contacts; drop table x\n"), "it holds more than one statement"),
    "records of another indicator": (sql("'XCO01' as", "'XCO02' as"), "it yields no records of XCO01"),
    "a column that is lacking": (
        sql("    null::date as due_date\n", "    null::date as due\n"),
        "its last select lacks due_date",
    ),
    "a parameter of another": (
        sql("parameter('XCO01', 'source'", "parameter('CON02', 'source'"),
        "reads another indicator's rule",
    ),
    "a parameter that is none": (
        sql("'source', 'text'", "'origin', 'text'"),
        "has no parameter origin; put it into parameters",
    ),
    "what a person must write": (sql("education", "(to be written)"), "it still holds (to be written)"),
    "YAML that is none": (models("models:", "models: ["), "indicators/_local__models.yml: it is no YAML (line"),
    "YAML of something else": (
        models("models:", "sources:"),
        "_local__models.yml: it must hold version: 2, and below models",
    ),
    "a description that does not say what a row is": (
        models("One row per contact, by", "Contacts, by"),
        f"_local__models.yml, {MODEL}: its description does not say what one row is; begin it with One row per",
    ),
    "a description that is run": (
        models("those from", "{{ env_var('HOME') }} from"),
        "holds braces that dbt would run",
    ),
    "a description of another code": (
        models("indicator_code: XCO01", "indicator_code: CON01"),
        "its config is another one",
    ),
    "a hook": (models("      meta:", "      pre_hook: drop table x\n      meta:"), "its config is another one"),
    "other columns": (
        models("    config:", "    columns: [{name: code}]\n    config:"),
        "its columns are not those of every",
    ),
    "other keys": (
        models("    config:", "    access: public\n    config:"),
        "it holds access; a local indicator's has name",
    ),
    "a description of what is not there": (
        models(f"name: {MODEL}", "name: ind_xco02__x"),
        "ind_xco02__x is no model of the folder",
    ),
    "a test of what is not there": (
        in_tests(f"model: {MODEL}", "model: dim_children"),
        "dim_children, which is no model of the folder",
    ),
    "a test that expects nothing": (
        in_tests("    expect:\n", "    overrides:\n"),
        "xco01_counts_schools: it lacks expect; give it records",
    ),
    "a test that is not written": (
        in_tests("A contact of a school", "(to be written)"),
        "it still holds (to be written)",
    ),
}


@pytest.mark.parametrize(("spoil", "sentence"), FAULTS.values(), ids=FAULTS)
def test_fault_when_laid_then_one_sentence_says_where_and_what_to_do(
    settings: Settings, spoil: Spoil, sentence: str
) -> None:
    spoil(folder_of(settings))
    told = refused(settings)
    assert sentence in told, told
    assert told.startswith(f"The overlay {settings.overlay} cannot be used, and nothing was built: indicators/")
    assert told[-1] in ".?"
    assert not list(settings.home.iterdir())
