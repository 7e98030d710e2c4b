"""Corporate returns: each file a delivery of its own; returns accumulate by business date."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
import typer
from typer.testing import CliRunner

from csc_warehouse import landing
from csc_warehouse.commands import maintenance
from csc_warehouse.errors import UsageError
from csc_warehouse.landing.recording.journal import Journal
from csc_warehouse.reporting import status
from csc_warehouse.settings import Config, LandingConfig
from csc_warehouse.warehouse import Warehouse
from tests.support.landings import Place, day

HEADER = "family_no,authority,applicant_type,second_time,stage,on_hold,as_at\n"


@pytest.fixture(scope="module")
def shared(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(module_warehouse, tmp_path_factory.mktemp("corporate"))


@pytest.fixture
def place(shared: Place) -> Place:
    shared.start_again()
    return shared


def deliver(place: Place, number: int, *families: str, as_at: str = "2018-04-30") -> Path:
    folder = place.exports / "corporate" / str(day(number))
    folder.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{family},W06000006,GENERAL,N,ASSESSMENT,N,{as_at}\n" for family in families)
    path = folder / f"nwas_adopters_{day(number):%Y%m%d}.csv"
    path.write_text("Adopters\n\n" + HEADER + rows + "\nNote: provisional\n")
    return path


def write_sheet(path: Path, family: str) -> None:
    book = openpyxl.Workbook()
    for line in (HEADER.strip().split(","), [family, "W06000006", "GENERAL", "N", "ASSESSMENT", "N", "2018-04-30"]):
        book.worksheets[0].append(line)
    book.save(path)


def rows(place: Place) -> list[tuple[object, ...]]:
    return place.query(
        "select family_no, valid_from_date, valid_to_date, record_number"
        " from landing.corporate_nwas_adopters order by 2, 1"
    )


def test_returns_accumulate_and_none_ends_another(place: Place) -> None:
    deliver(place, 10, "F1", "F2")
    deliver(place, 20, "F1")
    summary = place.land()
    assert (len(summary.landed), summary.rows_new, summary.rows_vanished) == (2, 3, 0)
    assert rows(place) == [("F1", day(10), None, 4), ("F2", day(10), None, 5), ("F1", day(20), None, 4)]
    assert place.query("select distinct name, kind, authority_code from landing.deliveries") == [
        ("nwas_adopters", "return", "W06000006")
    ]


def test_a_re_sent_return_replaces_its_business_date_alone(place: Place) -> None:
    deliver(place, 10, "F1", "F2")
    deliver(place, 20, "F1")
    place.land()
    deliver(place, 10, "F3")
    place.land()
    assert rows(place) == [("F3", day(10), None, 4), ("F1", day(20), None, 4)]
    digest = place.history_digest(with_ids=True)
    place.empty()
    landing.rebuild(place.warehouse)
    assert place.history_digest(with_ids=True) == digest


def test_a_return_named_for_another_day_is_refused(place: Place) -> None:
    path = deliver(place, 10, "F1")
    path.rename(path.with_name("nwas_adopters_20180511.csv"))
    assert "is not of 2018-05-10, the date of its folder" in place.land().refused[0]


STRAY = (
    "corporate nwas_adopters W06000006 2018-05-10 is refused: nwas_adopters_20171231.csv is not of 2018-05-10, the date"
    " of its folder; do not rename anything, ask the supplier which day and council it is of."
)


@pytest.mark.parametrize("is_later", [False, True])
def test_a_stray_return_beside_the_good_one_is_refused_alone(place: Place, is_later: bool) -> None:
    path = deliver(place, 10, "F1", "F2")
    if is_later:
        assert len(place.land().landed) == 1
    path.with_name("nwas_adopters_20171231.csv").write_text(path.read_text().replace("F1", "F9"))
    summary = place.land()
    assert (len(summary.landed), summary.refused) == (0 if is_later else 1, [STRAY])
    assert rows(place) == [("F1", day(10), None, 4), ("F2", day(10), None, 5)]
    assert_nothing_more(place)


def test_a_good_return_that_comes_after_the_stray_one_lands(place: Place) -> None:
    path = deliver(place, 10, "F1")
    good = path.read_text()
    path.rename(path.with_name("nwas_adopters_20171231.csv"))
    assert place.land().refused == [STRAY]
    path.write_text(good)
    summary = place.land()
    assert (len(summary.landed), summary.refused) == (1, [])
    assert status.read(place.warehouse)["refused"] == []
    assert_nothing_more(place)


def assert_nothing_more(place: Place) -> None:
    """Check that another night tries nothing, and that a rebuild gives the same rows."""
    assert place.waiting().deliveries == []
    digest = place.history_digest(with_ids=True)
    place.empty()
    landing.rebuild(place.warehouse)
    assert place.history_digest(with_ids=True) == digest
    assert place.land().landed == []
    assert place.accounts_balance()


def test_a_return_that_is_there_twice_lands_in_the_agreed_form_and_the_other_is_refused(place: Place) -> None:
    path = deliver(place, 10, "F1")
    write_sheet(path.with_suffix(".xlsx"), "F2")
    summary = place.land()
    assert len(summary.landed) == 1
    assert summary.refused == [
        "corporate nwas_adopters W06000006 2018-05-10 is refused: nwas_adopters_20180510.xlsx is the same return as"
        " nwas_adopters_20180510.csv, which counts: none of its rows is taken; ask whoever keeps it which of the two is"
        " right, and take the other out of the folder."
    ]
    assert rows(place) == [("F1", day(10), None, 4)]
    assert_nothing_more(place)

    # a person took the CSV out: what is left is the return
    path.unlink()
    summary = place.land()
    assert (len(summary.landed), summary.refused) == (1, [])
    assert [row[0] for row in rows(place)] == ["F2"]
    assert_nothing_more(place)


def test_a_return_in_another_form_that_the_agreed_form_follows_is_replaced_once(place: Place) -> None:
    path = deliver(place, 10, "F1")
    agreed = path.read_text()
    write_sheet(path.with_suffix(".xlsx"), "F2")
    path.unlink()
    assert len(place.land().landed) == 1
    path.write_text(agreed)
    summary = place.land()
    assert (len(summary.landed), len(summary.refused)) == (1, 1)
    assert [row[0] for row in rows(place)] == ["F1"]
    assert_nothing_more(place)


def test_one_refused_return_does_not_hold_up_the_others(place: Place) -> None:
    path = deliver(place, 10, "F1")
    path.with_name("hr_establishment_20180510.xlsx").write_text("no workbook")
    summary = place.land()
    assert len(summary.landed) == 1
    assert summary.refused == [
        "corporate hr_establishment W06000006 2018-05-10 is refused: hr_establishment_20180510.xlsx does not open as a "
        "workbook; ask the supplier to send the delivery again."
    ]


def test_a_total_is_set_apart_with_a_notice_and_refuses_nothing(place: Place) -> None:
    path = deliver(place, 10, "F1", "F2", "Total")
    path.write_text(path.read_text().replace("\nNote", "CYFANSWM:,,,,,,\nGrand total,,,,,,\n\nNote"))
    summary = place.land()
    assert (summary.refused, summary.rows_accepted, summary.rows_quarantined) == ([], 2, 3)
    assert place.query("select record_number, reason_code from landing.quarantine order by 1") == [
        (6, "total_row"),
        (7, "total_row"),
        (8, "total_row"),
    ]
    assert place.accounts_balance()
    assert (
        "corporate nwas_adopters W06000006 2018-05-10: nwas_adopters_20180510.csv: 3 rows state totals (lines 6, 7, 8)"
        " and are set apart: they are in no figure."
    ) in summary.notices
    (found,) = status.read(place.warehouse)["sources"]
    assert (found["rows_quarantined"], found["rows_of_totals"]) == (3, 3)


def test_a_return_of_days_that_have_not_come_is_refused_and_one_without_rows_is_not(place: Place) -> None:
    deliver(place, 10, "F1", "F2", as_at="2108-04-30")
    deliver(place, 20)
    summary = place.land()
    assert "states a later day than its own business date 2018-05-10 in every row" in summary.refused[0]
    assert place.query("select business_date, status, rows_accepted from landing.deliveries order by 1") == [
        (day(10), "refused", 0),
        (day(20), "accepted", 0),
    ]
    assert place.query("select reason_code from landing.refusals") == [("future_date",)]


def test_a_refused_return_leaves_what_stood_and_the_mended_one_heals_it(place: Place) -> None:
    deliver(place, 10, "F1")
    place.land()
    path = deliver(place, 20, "F1", "F2")
    whole = path.read_text()
    path.write_text(whole.replace("F2,", ",,,,,,\nF2,"))
    refused = place.land().refused
    assert "nwas_adopters_20180520.csv goes on in line 6 after the wholly empty row" in refused[0]
    assert rows(place) == [("F1", day(10), None, 4)]
    path.write_text(whole)
    assert place.land().refused == []
    assert [row[:2] for row in rows(place)] == [("F1", day(10)), ("F1", day(20)), ("F2", day(20))]


def test_the_limits_of_sheets_are_the_configurations(place: Place) -> None:
    narrow = Config(landing=LandingConfig(maximum_sheet_rows=6))
    beside = Place(place.warehouse, place.exports.parent / "narrow", narrow)
    deliver(beside, 10, "F1", "F2", "F3")
    deliver(beside, 11, "F1")
    summary = beside.land()
    assert "has more than 6 rows, more than a return can have" in summary.refused[0]
    assert len(summary.landed) == 1


def test_a_short_return_is_accepted_by_name_kind_and_date_and_a_rebuild_remembers(place: Place) -> None:
    deliver(place, 10, "F1", "F2", "F3", "F4")
    deliver(place, 20, "F1")
    place.land()
    decision = {"source": "corporate", "by": "A. Jones", "reason": "the region was split"}
    landing.accept_loss(place.warehouse, business_date=day(20), name="nwas_adopters", **decision)
    (line,) = [record for record in Journal(place.warehouse.settings.archive).read() if record["event"] == "override"]
    assert (line["name"], line["business_date"], line["decided_by"]) == ("nwas_adopters", "2018-05-20", "A. Jones")
    kept = place.query("select source, name, business_date, decided_by, reason from landing.overrides")
    assert kept == [("corporate", "nwas_adopters", day(20), "A. Jones", "the region was split")]
    ids = place.query("select delivery_id from landing.deliveries where business_date = %s", day(20))
    assert any("Loss accepted by A. Jones" in said for said in landing.story(place.warehouse, ids[0][0]))
    place.empty()
    landing.rebuild(place.warehouse)
    assert place.query("select source, name, business_date, decided_by, reason from landing.overrides") == kept
    assert place.land().unchanged == []


@pytest.mark.parametrize(
    ("source", "name", "said"),
    [
        ("corporate", None, "give --return, one of hr_establishment"),
        ("corporate", "adopters", "give --return, one of hr_establishment"),
        ("raise", "client", "leave --return out"),
    ],
)
def test_what_is_accepted_must_be_one_return_or_a_whole_full(
    place: Place, source: str, name: str | None, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        landing.accept_loss(
            place.warehouse, source=source, business_date=day(20), by="A. Jones", reason="so", name=name
        )


def test_the_command_says_that_it_takes_returns_too() -> None:
    app = typer.Typer()
    maintenance.register(app)
    shown = CliRunner().invoke(app, ["accept-loss", "--help"], env={"COLUMNS": "200"}).output
    assert "--return" in shown
    assert "nwas_adopters" in shown
