"""What StatsWales publishes, read into the overlay's comparators: checked cell by cell, laid beside what is there."""

from __future__ import annotations

import csv
import datetime
import io
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from csc_warehouse import cli, overlay
from csc_warehouse.errors import UsageError
from csc_warehouse.overlay.comparators import Merged
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.statswales import Choices
from tests.support import local_indicator

HEADER = "AreaCode,YearCode,IndicatorCode,Measure,NoteCodes,Data,Source"
OWN = "indicator_code,scope,scope_code,period_type,period_label,value,numerator,denominator,lower_quartile,"
OWN += "upper_quartile,status,source,published_on_date,note"
DAY = datetime.date(2019, 10, 31)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "overlay").mkdir()
    (tmp_path / "home").mkdir()
    return load_settings(home=tmp_path / "home").model_copy(update={"overlay": tmp_path / "overlay"})


def read(settings: Settings, *lines: str, header: str = HEADER, source: str | None = None) -> Merged:
    assert settings.overlay is not None
    table = settings.home / "table.csv"
    table.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return overlay.read_comparators(
        table,
        settings,
        published_on=DAY,
        choices=Choices(),
        source=source,
        into=settings.overlay / overlay.COMPARATORS,
    )


def keep(settings: Settings, merged: Merged) -> list[dict[str, str]]:
    """Put what was read into the overlay, and return the comparators that a night would have."""
    assert settings.overlay is not None
    (settings.overlay / overlay.COMPARATORS).write_text(merged.text, encoding="utf-8")
    laid = overlay.lay(settings)
    assert laid is not None
    return list(csv.DictReader(io.StringIO(laid.seeds["comparators"])))


def test_table_when_read_then_a_night_takes_it(settings: Settings) -> None:
    merged = read(
        settings,
        "W92000004,201819,PM24,percentage,t,88.9,StatsWales",
        "W92000004,201819,PM24,numerator,,36696,StatsWales",
        "W92000004,201819,PM24,denominator,,41267,StatsWales",
        "W92000004,201819,PM24,lower_quartile,,79.7,StatsWales",
        "W92000004,201819,PM24,upper_quartile,,94.9,StatsWales",
        "W06000005,201819,LAC01,count,c,,StatsWales",
    )
    assert (merged.added, merged.replaced, merged.not_published, merged.rows) == (2, 0, 1, 6)
    welsh, flintshire = keep(settings, merged)[-2:]
    assert welsh == {
        "indicator_code": "PM24",
        "scope": "Wales",
        "scope_code": "W92000004",
        "period_type": "year",
        "period_label": "2018/19",
        "value": "88.9",
        "numerator": "36696",
        "denominator": "41267",
        "lower_quartile": "79.7",
        "upper_quartile": "94.9",
        "status": "published",
        "source": "StatsWales",
        "published_on_date": "2019-10-31",
        "note": "t: total",
    }
    assert (flintshire["scope"], flintshire["value"], flintshire["status"]) == ("Flintshire", "", "not_published")
    assert (flintshire["published_on_date"], flintshire["note"]) == ("", "c: confidential")


@pytest.mark.parametrize(
    ("codes", "data", "expected"),
    [
        ("c", "", ("not_published", "", "c: confidential")),
        ("x", "", ("not_published", "", "x: not available")),
        ("z", "", ("not_published", "", "z: not applicable")),
        ("p", "310", ("published", "310", "p: provisional")),
        ("r", "310", ("published", "310", "r: revised")),
        ("b", "310", ("published", "310", "b: break in time series")),
        ("P,R", "310", ("published", "310", "p: provisional; r: revised")),
        ("f", "310", ("not_published", "", "f: forecast; a forecast of 310 is shown beside no figure")),
    ],
)
def test_note_code_when_read_then_is_kept_and_a_forecast_is_no_figure(
    settings: Settings, codes: str, data: str, expected: tuple[str, str, str]
) -> None:
    row = keep(settings, read(settings, f'W92000004,201819,LAC01,count,"{codes}",{data},StatsWales'))[-1]
    assert (row["status"], row["value"], row["note"]) == expected


FAULTS = {
    "an old code of a place": ("512,201819,LAC01,count,,5,S", "line 2, column AreaCode: 512 is no ONS code"),
    "a place without a name": ("W11000023,201819,LAC01,count,,5,S", "column AreaCode: no name is known of this place"),
    "an unknown indicator": (
        "W92000004,201819,LAC1,count,,5,S",
        "line 2, column IndicatorCode: LAC1 is no indicator of the register; did you mean LAC01?",
    ),
    "a count of a percentage": (
        "W92000004,201819,PM24,count,,5,S",
        "line 2, column Measure: count is no measure of PM24, whose value is a percent",
    ),
    "no source": ("W92000004,201819,LAC01,count,,5,", "the table does not say where it is from; say it: --source TEXT"),
    "a term alone": (
        "W92000004,201819,PM24,numerator,,5,S",
        "line 2, column Measure: of PM24, W92000004, 2018/19 no row is the figure itself",
    ),
}


@pytest.mark.parametrize(("line", "sentence"), FAULTS.values(), ids=FAULTS)
def test_fault_when_read_then_says_where_and_nothing_is_read(settings: Settings, line: str, sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        read(settings, line)
    assert str(error.value).startswith("table.csv was not read, and nothing was written: ")
    assert sentence in str(error.value)


def test_figure_when_it_stands_twice_then_says_on_which_lines(settings: Settings) -> None:
    with pytest.raises(
        UsageError, match=r"line 3, column Measure: the value of LAC01, W92000004, 2018/19 stands on line 2"
    ):
        read(settings, "W92000004,201819,LAC01,count,,5,S", "W92000004,2018-19,LAC01,count,,5,S")


def test_rows_when_they_stand_already_then_stay_beside_what_is_read(settings: Settings) -> None:
    assert settings.overlay is not None
    own = "PM24,Wales,W92000004,year,2015/16,89.1,,,,,published,Our own note,2017-01-31,"
    gone = "PM24,,W92000004,year,2016/17,,,,,,,,,,true"
    old = "LAC01,Wales,W92000004,year,2018/19,6840,,,,,published,Old,2019-06-30,,"
    (settings.overlay / overlay.COMPARATORS).write_text(
        "\n".join((OWN + ",is_removed", own + ",", gone, old)) + "\n", encoding="utf-8"
    )
    merged = read(settings, "W92000004,201819,LAC01,count,,6845,StatsWales")
    assert (merged.added, merged.replaced, merged.same) == (0, 1, 0)
    rows = {(row["indicator_code"], row["period_label"], row["scope"]): row for row in keep(settings, merged)}
    assert rows["PM24", "2015/16", "Wales"]["source"] == "Our own note"
    assert rows["LAC01", "2018/19", "Wales"]["value"] == "6845"
    assert ("PM24", "2016/17", "Wales") not in rows
    again = read(settings, "W92000004,201819,LAC01,count,,6845,StatsWales")
    assert (again.added, again.replaced, again.same) == (0, 0, 1)
    assert again.text == merged.text


def test_indicator_of_the_council_s_own_when_read_then_is_known_by_its_kind_of_value(settings: Settings) -> None:
    assert settings.overlay is not None
    local_indicator.write_indicator(settings.overlay)
    merged = read(settings, f"W06000005,201819,{local_indicator.CODE},percentage,,12.5,Flintshire")
    assert keep(settings, merged)[-1]["indicator_code"] == local_indicator.CODE
    with pytest.raises(UsageError, match=f"count is no measure of {local_indicator.CODE}"):
        read(settings, f"W06000005,201819,{local_indicator.CODE},count,,12,Flintshire")


def test_file_when_it_has_a_fault_already_then_nothing_is_read_into_it(settings: Settings) -> None:
    assert settings.overlay is not None
    (settings.overlay / overlay.COMPARATORS).write_text(OWN + "\nPM24,Wales\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"comparators\.csv, line 2: it has 2 values"):
        read(settings, "W92000004,201819,LAC01,count,,6845,StatsWales")


def test_file_when_it_is_one_of_comparators_already_then_says_where_it_belongs(settings: Settings) -> None:
    with pytest.raises(UsageError, match=r"is a file of comparators already.*overlay as comparators\.csv"):
        read(settings, "PM24,Wales,W92000004,year,2018/19,88.9,,,,,published,StatsWales,2019-10-31,", header=OWN)


def test_command_when_it_cannot_read_then_writes_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSC_WAREHOUSE_HOME", str(settings.home))
    table = tmp_path / "table.csv"
    into = tmp_path / "comparators.csv"
    table.write_text(f"{HEADER}\nW92000004,201819,LAC01,count,,6845,S\n", encoding="utf-8")
    arguments = ["comparators", "read", str(table), "--into", str(into)]
    # no figure is read whose day of publication nobody says
    result = CliRunner().invoke(cli._assemble(), arguments)
    assert result.exit_code == 2
    assert not into.exists()
    result = CliRunner().invoke(cli._assemble(), [*arguments, "--published-on", "2019-10-31", "--measure", "count"])
    assert isinstance(result.exception, UsageError)
    assert re.search(r"--measure count: write it as NAME=VALUE", str(result.exception))
    assert not into.exists()
    assert CliRunner().invoke(cli._assemble(), [*arguments, "--published-on", "2019-10-31"]).exit_code == 0
    assert "LAC01,Wales,W92000004,year,2018/19,6845" in into.read_text(encoding="utf-8")
