"""Files for StatsWales: of the published release and the profile rounded, and what changed since another release."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from csc_warehouse import overlay, publication
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.publication import PublishedRelation, published_relations
from csc_warehouse.reporting import statswales
from csc_warehouse.statswales import Choices
from csc_warehouse.warehouse import Warehouse
from tests.conftest import Night
from tests.support import candidates
from tests.support.candidates import CHILDREN, FLINTSHIRE, PASSED, WREXHAM, fill, fresh_warehouse

KEY = ("profile", "authority_code", "indicator_code", "period_type", "period_label", "breakdown", "breakdown_value")
SERIES = PublishedRelation(schema="reporting", name="rpt_indicator_series", kind="partition", key_columns=KEY)
SCORECARD = PublishedRelation(schema="reporting", name="rpt_scorecard", kind="partition", key_columns=KEY)
REGISTER = PublishedRelation(schema="marts", name="indicators", kind="partition", is_shared=True, key_columns=("code",))
BREAKS = PublishedRelation(
    schema="marts", name="series_breaks", kind="partition", is_shared=True, key_columns=("indicator_code",)
)
FIGURES = (
    "profile text, authority_code text, indicator_code text, period_type text, period_label text,"
    " period_start_date date, period_end_date date, breakdown text, breakdown_value text, value numeric,"
    " numerator numeric, denominator numeric, status text, as_at_date date"
)
DEFINITIONS = {
    CHILDREN: candidates.DEFINITIONS[CHILDREN],
    SERIES: FIGURES,
    SCORECARD: FIGURES,
    REGISTER: "code text, value_type text, title text, title_cy text",
    BREAKS: "indicator_code text, authority_code text, break_date date",
}
YEAR = ("year", "2017/18", datetime.date(2017, 4, 1), datetime.date(2018, 3, 31))
QUARTER = ("quarter", "2018/19 Q1", datetime.date(2018, 4, 1), datetime.date(2018, 6, 30))
HALF = ("half_year", "2018/19 H1", datetime.date(2018, 4, 1), datetime.date(2018, 9, 30))
DAY = datetime.date(2018, 5, 31)


def figure(code: str, period: tuple[Any, ...], value: int | None, status: str, **other: Any) -> tuple[Any, ...]:
    profile, authority = other.get("profile", "rounded"), other.get("authority", WREXHAM)
    group = other.get("group", ("all", "all"))
    return (profile, authority, code, *period, *group, value, value, None, status, DAY)


def publish(warehouse: Warehouse, number: int, rows: list[tuple[Any, ...]], *, is_held: bool = False) -> None:
    as_at = {WREXHAM: DAY, FLINTSHIRE: DAY}
    release_id = publication.open_release(warehouse, f"run-{number}", as_at=as_at, code_version="1.0.0+abc")
    fill(warehouse, SERIES, rows)
    fill(warehouse, SCORECARD, [row for row in rows if row[7] == "all"])
    fill(warehouse, REGISTER, [("CON01", "count", "Contacts", "Cysylltiadau"), ("LAC01", "count", "Children", "Plant")])
    fill(warehouse, BREAKS, [("CON01", "all", datetime.date(2018, 5, 21)), ("LAC01", FLINTSHIRE, DAY)])
    publication.store(warehouse, release_id)
    held = {"verdict": "held", "reason": "A third of the children are missing."}
    verdicts = {WREXHAM: held if is_held else PASSED, FLINTSHIRE: PASSED}
    publication.publish(warehouse, release_id, verdicts, published_by="test")


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    """Yield a warehouse with two published releases, and a third that is held for Wrexham."""
    with fresh_warehouse() as opened:
        with opened.raw_connection() as connection:
            for relation, columns in DEFINITIONS.items():
                connection.execute(f"create table {relation.schema}_candidate.{relation.name} ({columns})")
        published_relations.register(opened, tuple(DEFINITIONS))
        others = [
            figure("CON01", YEAR, 5001, "final", profile="committee"),
            figure("CON01", YEAR, 700, "final", authority=FLINTSHIRE),
            figure("CON01", HALF, 900, "provisional"),
        ]
        first = [
            figure("CON01", YEAR, 5000, "final"),
            figure("LAC01", YEAR, None, "suppressed"),
            figure("CON01", QUARTER, 400, "provisional"),
        ]
        publish(opened, 1, [*first, *others])
        second = [
            figure("CON01", YEAR, 5005, "final"),
            figure("CON01", YEAR, 20, "final", group=("team", "=1+1")),
            figure("LAC01", YEAR, 260, "final"),
            figure("LAC01", QUARTER, None, "suppressed"),
            figure("CON01", QUARTER, 455, "provisional"),
        ]
        publish(opened, 2, [*second, *others])
        publish(opened, 3, [figure("CON01", YEAR, 1, "final"), *others], is_held=True)
        yield opened


def exported(warehouse: Warehouse, out: Path, **asked: Any) -> dict[tuple[str, ...], tuple[str, str]]:
    """Export, and return number and note codes of the table by indicator, period and group."""
    found = statswales.export(
        warehouse,
        authority_code=asked.get("authority", WREXHAM),
        period=asked.get("period"),
        out=out,
        revised_since=asked.get("revised_since"),
    )
    with found.paths[0].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == found.rows
    assert {row["Profile"] for row in rows} == {"rounded"}
    return {(row["IndicatorCode"], row["YearCode"], row["Group"]): (row["Data"], row["NoteCodes"]) for row in rows}


def test_figures_of_the_published_release_and_the_one_profile_are_written(warehouse: Warehouse, tmp_path: Path) -> None:
    assert exported(warehouse, tmp_path) == {
        ("CON01", "201718", "all"): ("5005", ""),
        ("CON01", "201718", "'=1+1"): ("20", ""),
        ("CON01", "201819Q1", "all"): ("455", "b,p"),
        ("LAC01", "201718", "all"): ("260", ""),
        ("LAC01", "201819Q1", "all"): ("", "c"),
    }
    about = next(tmp_path.glob("*-about.txt")).read_text(encoding="utf-8")
    assert "Profile: rounded. Release 2, as at 2018-05-31" in about
    assert "Proffil: rounded. Rhyddhad 2, fel ar 2018-05-31" in about
    assert "1.0.0+abc" in about
    assert "Children,Plant" in next(tmp_path.glob("*-indicators.csv")).read_text(encoding="utf-8")


def test_figure_that_was_final_and_shown_and_changed_is_revised(warehouse: Warehouse, tmp_path: Path) -> None:
    found = exported(warehouse, tmp_path, revised_since=1)
    assert found["CON01", "201718", "all"] == ("5005", "r")
    # provisional before, and hidden before
    assert found["CON01", "201819Q1", "all"] == ("455", "b,p")
    assert found["LAC01", "201718", "all"] == ("260", "")
    with pytest.raises(CscWarehouseError, match="There is no release 9 of Wrexham"):
        exported(warehouse, tmp_path, revised_since=9)


def test_period_and_authority_when_named_then_theirs_alone(warehouse: Warehouse, tmp_path: Path) -> None:
    assert exported(warehouse, tmp_path, period="2018/19 q1").keys() == {
        ("CON01", "201819Q1", "all"),
        ("LAC01", "201819Q1", "all"),
    }
    assert exported(warehouse, tmp_path, authority=FLINTSHIRE) == {("CON01", "201718", "all"): ("700", "")}
    with pytest.raises(UsageError, match="StatsWales has no code for 2018/19 H1: name a year"):
        exported(warehouse, tmp_path, period="2018/19 H1")
    with pytest.raises(CscWarehouseError, match="Nothing is published for W06000001"):
        exported(warehouse, tmp_path, authority="W06000001")


def test_sample_when_exported_and_read_as_comparators_then_the_same_values(sample_night: Night, tmp_path: Path) -> None:
    found = statswales.export(
        sample_night.warehouse, authority_code=WREXHAM, period=None, out=tmp_path, revised_since=None
    )
    settings = sample_night.settings.model_copy(update={"overlay": tmp_path / "overlay"})
    (tmp_path / "overlay").mkdir()
    into = tmp_path / "overlay" / overlay.COMPARATORS
    merged = overlay.read_comparators(
        found.paths[0],
        settings,
        published_on=datetime.date(2019, 5, 1),
        choices=Choices(),
        source=None,
        into=into,
    )
    into.write_text(merged.text, encoding="utf-8")
    laid = overlay.lay(settings)
    assert laid is not None
    (file,) = laid.files
    assert file.count("added") + file.count("replaced") == merged.added
    with into.open(encoding="utf-8", newline="") as rows:
        read = {
            (row["indicator_code"], row["period_label"]): (row["value"], row["numerator"], row["denominator"])
            for row in csv.DictReader(rows)
        }
    with sample_night.warehouse.transaction() as connection:
        shown = connection.execute(
            text(
                "select s.indicator_code, s.period_label, s.value, s.numerator, s.denominator, r.value_type"
                " from reporting.rpt_scorecard as s inner join marts.indicators as r on s.indicator_code = r.code"
                " where s.profile = 'rounded' and s.period_type in ('year', 'quarter')"
            )
        ).all()
    assert len(read) == len(shown) == merged.added > 100
    hidden = 0
    for row in shown:
        value, numerator, denominator = read[row.indicator_code, row.period_label]
        if row.value is None:
            hidden += 1
            assert (value, numerator, denominator) == ("", "", "")
            continue
        places = 1 if row.value_type in ("percent", "mean") else 0
        assert abs(float(value) - float(row.value)) <= 0.5 * 10**-places + 1e-9
        if places:
            assert (float(numerator), float(denominator)) == (float(row.numerator), float(row.denominator))
    assert hidden == merged.not_published > 10
