"""A cut-over that is rehearsed: in a home of its own, live from its full whatever is planned, and removed."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse import nightly
from csc_warehouse.authority_config import AuthorityConfig, SystemConfig
from csc_warehouse.commands import rehearse as command
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import Config, Settings, load_settings
from csc_warehouse.warehouse import Warehouse, open_warehouse
from tests.support.deliveries import write_wccis
from tests.support.landings import WREXHAM, Place
from tests.support.parquet_deliveries import guid, write_cofnod

SUNDAY, A_DAY = datetime.date(2020, 4, 5), datetime.timedelta(days=1)
PLANNED = datetime.date(2020, 7, 1)
BOTH = Config(
    authorities={
        WREXHAM: AuthorityConfig(
            name="Wrexham",
            cut_over_date=datetime.date(2018, 5, 21),
            systems=(SystemConfig(source="cofnod", first_day=PLANNED),),
        )
    },
)


@pytest.fixture
def trial(module_warehouse: Warehouse, tmp_path: Path) -> Iterator[Settings]:
    """Land what WCCIS delivered in a live home, and begin a rehearsal of what lies beside it."""
    place = Place(module_warehouse, tmp_path / "live", BOTH)
    place.warehouse.settings.home.mkdir(parents=True, exist_ok=True)
    write_wccis(place.exports, SUNDAY, {"person": [{"personid": "a-1"}]})
    place.land()
    live = place.warehouse.settings
    trial = live.model_copy(
        update={"home": tmp_path / "trial", "database_url": None, "exports": tmp_path / "from the supplier"}
    )
    trial.exports.mkdir()
    command._begin(live, trial)
    yield trial
    command._end(trial)
    assert not trial.home.exists()
    assert place.query("select distinct source from landing.deliveries") == [("wccis",)]


def test_the_new_system_is_live_from_its_full_and_the_archive_is_landed_before(
    trial: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[tuple[datetime.date, Settings, list[Any]]] = []

    def store(day: datetime.date, *, settings: Settings, progress: Any) -> int:
        with open_warehouse(settings).raw_connection() as connection:
            built.append((day, settings, connection.execute("select source, kind from landing.deliveries").fetchall()))
        return len(built)

    monkeypatch.setattr(nightly, "store_as_at", store)
    write_cofnod(trial.exports, SUNDAY, {"people": [{"id": guid(1), "migrated_from": "wccis:a-1"}, {"id": "none"}]})
    day, said, releases = command._both(trial, "cofnod", WREXHAM, lambda *_: None)
    assert (day, releases) == (SUNDAY, (1, 2))
    assert [(found[0], found[2]) for found in built] == [
        (SUNDAY, [("wccis", "full")]),
        (SUNDAY, [("wccis", "full"), ("cofnod", "full")]),
    ]
    first_days = [found[1].config.authorities[WREXHAM].systems[-1].first_day for found in built]
    assert first_days == [PLANNED, SUNDAY]
    assert "1 rows were accepted and 1 quarantined." in said[0]
    # with the day that is planned no figure would have used it, and nothing would have seemed to change
    assert not any("before the cut-over" in sentence for sentence in said)


def test_changes_alone_are_no_rehearsal(trial: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "store_as_at", lambda *_, **__: 1)
    with pytest.raises(UsageError, match="holds no delivery of cofnod for W06000006 that waits to be landed"):
        command._both(trial, "cofnod", WREXHAM, lambda *_: None)
    write_cofnod(trial.exports, SUNDAY + A_DAY, {}, extract_type="changes")
    with pytest.raises(UsageError, match="holds changes alone: a rehearsal needs the first full of cofnod"):
        command._both(trial, "cofnod", WREXHAM, lambda *_: None)


def test_the_system_comes_last_and_a_day_that_has_come_stays(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path).model_copy(update={"config": BOTH})
    later = command.live_from(settings, "cofnod", WREXHAM, SUNDAY)
    assert later.config.authorities[WREXHAM].systems == (SystemConfig(source="cofnod", first_day=SUNDAY),)
    assert command.live_from(settings, "cofnod", WREXHAM, PLANNED + A_DAY) is settings
    unplanned = command.live_from(settings, "next", WREXHAM, PLANNED + A_DAY)
    assert [named.source for named in unplanned.config.authorities[WREXHAM].systems] == ["cofnod", "next"]
    assert command.live_from(settings, "cofnod", "W06000099", SUNDAY).config.authorities["W06000099"].systems
