"""What a council lays over the shipped defaults: each fault is told in one sentence."""

from __future__ import annotations

import re

import pytest

from csc_warehouse.settings import Settings
from tests.support.overlays import (
    BREAKS,
    COMPARATORS,
    FORECASTS,
    POPULATIONS,
    RATES,
    SHIPPED,
    SPELLINGS,
    TARGETS,
    TEXTS,
    refused,
    write,
)

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
