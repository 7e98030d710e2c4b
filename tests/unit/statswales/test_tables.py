"""Data tables of StatsWales: what is written can be read, what is hidden has a code, and a fault says where it lies."""

from __future__ import annotations

import csv
import datetime
import io
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from csc_warehouse.statswales import (
    Choices,
    Figure,
    Form,
    Period,
    Provenance,
    load_form,
    period_of,
    read_table,
    written_lookups,
    written_table,
    year_code,
)

PROVENANCE = Provenance("rounded", 12, datetime.date(2019, 3, 31), datetime.date(2019, 5, 1), "Wrexham, made here")
FIGURE = Figure(
    authority_code="W06000006",
    indicator_code="LAC01",
    value_type="count",
    period_type="year",
    period_label="2018/19",
    breakdown="all",
    breakdown_value="all",
    value=Decimal(310),
    numerator=Decimal(310),
    denominator=None,
    status="final",
    is_break=False,
    is_revised=False,
)
PERCENTAGE = replace(
    FIGURE,
    indicator_code="PM24",
    value_type="percent",
    value=Decimal("66.6666666666666667"),
    numerator=Decimal(10),
    denominator=Decimal(15),
)
HEADER = "AreaCode,YearCode,IndicatorCode,Measure,NoteCodes,Data"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def told(tmp_path: Path, *lines: str, choices: Choices | None = None) -> list[str]:
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_table(path, choices or Choices()).faults


def test_table_when_written_then_every_row_names_its_profile_release_and_day() -> None:
    rows = rows_of(written_table([FIGURE, PERCENTAGE], PROVENANCE))
    assert len(rows) == 4
    for row in rows:
        assert (row["Profile"], row["Release"], row["AsAtDate"]) == ("rounded", "12", "2019-03-31")
        assert (row["ReleasedOn"], row["Source"]) == ("2019-05-01", "Wrexham, made here")


def test_percentage_when_written_then_to_one_decimal_with_its_terms() -> None:
    rows = rows_of(written_table([PERCENTAGE], PROVENANCE))
    assert [(row["Measure"], row["Data"], row["NoteCodes"]) for row in rows] == [
        ("percentage", "66.7", ""),
        ("numerator", "10", ""),
        ("denominator", "15", ""),
    ]
    # half up: what lies in the middle goes up
    assert "68.8" in written_table([replace(PERCENTAGE, value=Decimal("68.75"))], PROVENANCE)


@pytest.mark.parametrize(
    ("figure", "codes", "data"),
    [
        (replace(FIGURE, value=None, numerator=None, status="suppressed"), "c", ""),
        (replace(FIGURE, value=None, numerator=None, status="suppressed", is_break=True, is_revised=True), "c", ""),
        (replace(FIGURE, value=None, status="insufficient_history"), "x", ""),
        (replace(FIGURE, value=None, status="no_denominator"), "z", ""),
        (replace(FIGURE, status="provisional"), "p", "310"),
        (replace(FIGURE, is_break=True), "b", "310"),
        (replace(FIGURE, is_revised=True), "r", "310"),
        (replace(FIGURE, is_break=True, status="provisional"), "b,p", "310"),
        (replace(FIGURE, value=Decimal(0)), "", "0"),
    ],
)
def test_note_code_when_written_then_says_what_the_status_says(figure: Figure, codes: str, data: str) -> None:
    (row,) = rows_of(written_table([figure], PROVENANCE))
    assert (row["NoteCodes"], row["Data"]) == (codes, data)


def test_term_when_hidden_beside_a_shown_percentage_then_has_its_code_and_no_number() -> None:
    rows = rows_of(written_table([replace(PERCENTAGE, numerator=None)], PROVENANCE))
    assert [(row["Measure"], row["NoteCodes"], row["Data"]) for row in rows][1] == ("numerator", "c", "")


def test_period_when_the_service_has_no_code_for_it_then_is_not_written() -> None:
    others = [
        replace(FIGURE, period_type=kind, period_label=label)
        for kind, label in (("half_year", "2018/19 H1"), ("year_to_date", "2018/19 YTD Q2"), ("month", "2018-04"))
    ]
    assert rows_of(written_table(others, PROVENANCE)) == []


@pytest.mark.parametrize("code", ["201819", "2018-19", "2018/19", "20182019", "2018-2019", "2018/2019"])
def test_code_of_a_year_when_read_then_in_every_published_form(code: str) -> None:
    assert period_of(code) == Period("year", "2018/19")
    for quarter in ("Q2", "_Q2", "-Q2", "q2"):
        assert period_of(f"{code}{quarter}") == Period("quarter", "2018/19 Q2")


@pytest.mark.parametrize("code", ["2018", "201820", "201819H1", "201819Q5", "2018-04", "", "2018-19 to 2019-20"])
def test_code_when_it_is_no_year_or_quarter_then_none(code: str) -> None:
    assert period_of(code) is None


def test_code_of_a_period_when_written_then_reads_as_the_same_one() -> None:
    assert period_of(year_code("year", "1999/00") or "") == Period("year", "1999/00")
    assert period_of(year_code("quarter", "2011/12 Q4") or "") == Period("quarter", "2011/12 Q4")


def test_table_when_written_then_reads_as_the_same_values(tmp_path: Path) -> None:
    figures = [
        FIGURE,
        replace(PERCENTAGE, is_revised=True),
        replace(FIGURE, indicator_code="CON05", value=None, numerator=None, status="suppressed"),
        replace(FIGURE, breakdown="sex", breakdown_value="F", value=Decimal(150)),
    ]
    path = tmp_path / "table.csv"
    path.write_text(written_table(figures, PROVENANCE), encoding="utf-8")
    table = read_table(path, Choices())
    assert table.faults == []
    assert (table.rows, table.groups, len(table.cells)) == (6, 1, 5)
    assert [(cell.indicator, cell.measure, cell.value, cell.codes) for cell in table.cells] == [
        ("LAC01", "count", "310", ()),
        ("PM24", "percentage", "66.7", ("r",)),
        ("PM24", "numerator", "10", ("r",)),
        ("PM24", "denominator", "15", ("r",)),
        ("CON05", "count", "", ("c",)),
    ]
    assert {cell.source for cell in table.cells} == {"Wrexham, made here"}


FAULTS = {
    "no number": ("W06000006,201819,LAC01,count,,7k", "line 2, column Data: 7k is no number; write it as 7200"),
    "a comma": ('W06000006,201819,LAC01,count,,"7,200"', "column Data: 7,200 is no number"),
    "no code": ("W06000006,201819,LAC01,count,q,5", "column NoteCodes: q is no note code; there is a, b, c"),
    "a hidden value": (
        "W06000006,201819,LAC01,count,c,5",
        "column NoteCodes: c says that there is no value, and there is",
    ),
    "nothing": ("W06000006,201819,LAC01,count,,", "column Data: it is empty, and no note code says why"),
    "no value though provisional": ("W06000006,201819,LAC01,count,p,", "column Data: it is empty, and no note code"),
    "a calendar year": (
        "W06000006,2018,LAC01,count,,5",
        "column YearCode: 2018 is no financial year or quarter of one",
    ),
    "years that do not follow": ("W06000006,201820,LAC01,count,,5", "column YearCode: 201820 is no financial year"),
    "an unknown measure": (
        "W06000006,201819,LAC01,1,,5",
        'column Measure: 1 is not known; say what it is: --measure "1=',
    ),
    "a misspelt measure": ("W06000006,201819,LAC01,percentge,,5", "percentge is not known; did you mean percentage?"),
    "a value too many": ("W06000006,201819,LAC01,count,,7,200", "line 2: it has 7 values and the header 6"),
}


@pytest.mark.parametrize(("line", "sentence"), FAULTS.values(), ids=FAULTS)
def test_cell_when_wrong_then_one_sentence_says_where_and_what_to_do(tmp_path: Path, line: str, sentence: str) -> None:
    faults = told(tmp_path, HEADER, line)
    assert len(faults) == 1
    assert faults[0].startswith("table.csv, line 2")
    assert sentence in faults[0]
    assert faults[0][-1] in ".?"


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (HEADER.replace(",NoteCodes", ""), "line 1: the header lacks NoteCodes; it is no data table"),
        (
            HEADER.replace(",IndicatorCode", ""),
            "line 1: no column says which indicator it is; say it: --indicator CODE",
        ),
        (
            HEADER + ",Sex",
            'line 1, column Sex: it is no part of a comparator; say which of its values .*--where "Sex=VALUE"',
        ),
        (HEADER + ",Year", "line 1, column Year: YearCode says the same; keep one"),
    ],
)
def test_header_when_wrong_then_says_what_to_do(tmp_path: Path, header: str, sentence: str) -> None:
    (fault,) = told(tmp_path, header, "W06000006,201819,LAC01,count,,5")
    assert re.search(sentence, fault), fault


@pytest.mark.parametrize(("symbol", "code"), [("*", "c"), ("..", "x"), (".", "z")])
def test_symbol_of_older_tables_when_read_then_is_its_note_code(tmp_path: Path, symbol: str, code: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"{HEADER}\nW06000006,201819,LAC01,count,,{symbol}\n", encoding="utf-8")
    table = read_table(path, Choices())
    assert [(cell.value, cell.codes) for cell in table.cells] == [("", (code,))]


def test_table_of_the_service_when_what_it_leaves_open_is_said_then_read(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    lines = [
        "\ufeffYearCode,AreaCode,Data,RowRef,Measure,NoteCodes,Age group",
        "201819,W92000004,88.9,1,2,T,All ages",
        "201819,W92000004,36696,2,1,,All ages",
        "201819,W92000004,90.1,3,2,,0 to 4",
        "",
    ]
    path.write_bytes("\r\n".join(lines).encode())
    table = read_table(path, Choices("PM24", {"2": "percentage", "1": "numerator"}, {"Age group": "All ages"}))
    assert table.faults == []
    assert (table.rows, table.elsewhere) == (3, 1)
    assert [(cell.indicator, cell.measure, cell.value, cell.codes) for cell in table.cells] == [
        ("PM24", "percentage", "88.9", ("t",)),
        ("PM24", "numerator", "36696", ()),
    ]


def test_file_when_it_is_none_empty_or_not_in_utf_8_then_says_so(tmp_path: Path) -> None:
    assert "there is no such file" in read_table(tmp_path / "none.csv", Choices()).faults[0]
    assert told(tmp_path, HEADER) == ["table.csv: it has no rows; read the table that StatsWales gives under download."]
    path = tmp_path / "table.csv"
    path.write_bytes(f"{HEADER}\nW06000006,201819,LAC01,count,,5\n".encode("utf-16"))
    assert "it is not in UTF-8" in read_table(path, Choices()).faults[0]


def test_lookups_when_written_then_in_both_languages() -> None:
    lookups = written_lookups({"LAC01": ("Children looked after", "Plant sy'n derbyn gofal")}, ["count"])
    assert rows_of(lookups["indicators"]) == [
        {
            "refcode": "LAC01",
            "description_en": "Children looked after",
            "description_cy": "Plant sy'n derbyn gofal",
            "sort": "1",
        }
    ]
    (measure,) = rows_of(lookups["measures"])
    assert (measure["refcode"], measure["description_en"], measure["description_cy"]) == ("count", "Number", "Nifer")


def test_form_when_declared_then_holds_the_published_codes_in_both_languages() -> None:
    form = load_form()
    assert {"c", "x", "z", "p", "r", "b", "f"} <= set(form.notes)
    assert {code for code, note in form.notes.items() if note.value == "none"} == {"c", "w", "x", "z"}
    assert {code for code, note in form.notes.items() if note.value == "forecast"} == {"f"}
    for kind in ("count", "percent", "mean", "money"):
        assert kind in form.measures[form.measure_of(kind)].of


def test_form_when_a_heading_stands_for_two_columns_then_refused() -> None:
    declared = load_form().model_dump()
    declared["columns"]["year"]["also"] = ("Area",)
    with pytest.raises(ValidationError, match="a heading stands for two columns"):
        Form.model_validate(declared)
