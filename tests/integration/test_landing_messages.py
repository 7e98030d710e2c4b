"""What a person reads who lands deliveries at night: what came, what did not, where it lies and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner

from csc_warehouse import nightly
from csc_warehouse.commands import night
from csc_warehouse.errors import UsageError
from csc_warehouse.reporting import status
from csc_warehouse.settings import SOURCES
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_raise, write_wccis
from tests.support.landings import Place, day


@pytest.fixture
def place(module_warehouse: Warehouse, tmp_path: Path) -> Place:
    return Place(module_warehouse, tmp_path)


def messages(place: Place, exports: Path | None = None) -> list[str]:
    # the cluster lies in the shared home, everything else in this test's
    update = {"home": place.cluster_home, "exports": exports or place.exports}
    settings = place.warehouse.settings.model_copy(update=update)
    landed = nightly.land(settings=settings)
    return [*landed["refused"], *landed["notices"], *landed["not_taken"]]


def test_an_exports_folder_without_any_sources_folder_is_said(place: Place) -> None:
    (sentence,) = messages(place)
    assert sentence == (
        f"{place.exports} holds none of the folders {', '.join(sorted(SOURCES))}: it is empty, or not the exports"
        " folder."
    )
    write_raise(place.exports, day(10), {})
    assert len(messages(place, place.exports / "raise")) == 1, "one folder too deep"
    with pytest.raises(UsageError, match="is a file, not the exports folder"):
        messages(place, next((place.exports / "raise").rglob("*.csv")))


def test_what_is_not_taken_is_said_with_its_place(place: Place) -> None:
    folder = write_raise(place.exports, day(10), {})
    next(folder.glob("*CONTROL*")).unlink()
    write_wccis(place.exports, day(1, 6), {}).parents[1].rename(place.exports / "wccis" / "w06000006")
    assert messages(place) == [
        "raise W06000006 2018-05-10 is not there yet: its control file has not arrived.",
        f"{place.exports}/wccis/w06000006 is ignored: a folder named by an authority's code is expected there.",
    ]


@pytest.mark.parametrize(("authority", "name"), [("W06000005", "Flintshire"), ("W06000015", "Cardiff")])
def test_a_council_that_delivers_for_the_first_time_is_landed_and_said_once(
    place: Place, authority: str, name: str
) -> None:
    write_wccis(place.exports, day(1, 6), {"person": [{"personid": "a-1"}]})
    messages(place)
    for number in (2, 3):
        write_wccis(place.exports, day(number, 6), {"person": [{"personid": "a-1"}]}, authority=authority)
    said = [sentence for sentence in messages(place) if "first delivery" in sentence]
    assert said == [
        f"wccis {authority} 2018-06-02: it is the first delivery of {name} ({authority}): the council is in the figures"
        " from now on."
    ]
    assert len(place.query("select delivery_id from landing.deliveries where authority_code = %s", authority)) == 2
    with place.warehouse.transaction() as connection:
        connection.execute(text("delete from release.releases"))
    assert [row["authority_code"] for row in status.read(place.warehouse)["first"]] == sorted({"W06000006", authority})
    with place.warehouse.transaction() as connection:
        for run in ("the night that built it", "the night after"):
            connection.execute(
                text("insert into release.releases (run_id, code_version, created_at) values (:run, '', now())"),
                {"run": run},
            )
    assert status.read(place.warehouse)["first"] == []


def test_an_authority_that_nobody_configured_is_landed_and_said(place: Place) -> None:
    write_wccis(place.exports, day(1, 6), {"person": [{"personid": "a-1"}]}, authority="W06000099")
    sentences = messages(place)
    assert any("its authority W06000099 is not in the configuration" in sentence for sentence in sentences), sentences


def test_a_refusal_by_command_says_where_to_read_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_raise(place.exports, day(10), {})
    path = next(folder.glob("RAISE_PLAN*"))
    path.write_bytes(path.read_bytes().replace(b"START_DATE", b"STARTED"))
    messages_before = messages(place)
    assert messages_before[0].startswith(
        "raise W06000006 2018-05-10 is refused: RAISE_PLAN_20180510.csv lacks the required"
    )
    assert "`csc-warehouse contract check` says of its folder what the source changed" in messages_before[0]
    result = {"landed": 0, "rows_accepted": 0, "rows_quarantined": 0, "notices": [], "not_there_yet": []}
    monkeypatch.setattr(
        nightly,
        "land",
        lambda **_: {**result, "refused": messages_before, "not_taken": ["it is ignored: it has no name."]},
    )
    app = typer.Typer()
    night.register(app)
    shown = CliRunner().invoke(app, ["land"])
    assert shown.exit_code == 4
    assert all(
        words in " ".join(shown.output.split())
        for words in ("REFUSED: raise", "it is ignored", "docs/runbooks/refused-deliveries.md", "last good state stays")
    )
