"""Each night's lineage goes to a file and a server, where they are configured, and fails no night."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from csc_warehouse import nightly
from csc_warehouse.reporting import lineage, pages
from csc_warehouse.settings import Config, load_settings
from csc_warehouse.warehouse import Warehouse
from tests.integration.test_upkeep import DELIVERED, NIGHT
from tests.support.listeners import webhook


@pytest.fixture(scope="module")
def delivered(module_warehouse: Warehouse) -> Warehouse:
    with module_warehouse.transaction() as connection:
        for day, state, reason in (("2018-12-30", "accepted", None), ("2018-12-31", "refused", "It holds no file.")):
            connection.execute(text(DELIVERED), {"day": day, "status": state, "reason": reason})
    with module_warehouse.raw_connection() as connection:
        connection.execute(NIGHT)
    return module_warehouse


def _writing_pages(delivered: Warehouse, monkeypatch: pytest.MonkeyPatch, **configured: Any) -> dict[str, Any]:
    """Write the pages of the night, which has none here, as the night does: under the role of that step."""
    for name, written in (("write_quality_reports", []), ("write_catalogue", None), ("write_worklists", [])):
        monkeypatch.setattr(pages, name, lambda *_, written=written: written)
    monkeypatch.setattr(nightly, "open_warehouse", lambda _: delivered)
    config = Config.model_validate({"lineage": configured})
    return nightly.write_pages(_release(delivered), settings=load_settings().model_copy(update={"config": config}))


def _release(delivered: Warehouse) -> int:
    with delivered.transaction() as connection:
        return int(connection.execute(text("select max(release_id) from release.releases")).scalar_one())


def test_lineage_when_configured_then_a_nights_events_are_in_the_file_once_and_at_the_server(
    delivered: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = tmp_path / "whole.ndjson"
    lineage.write(delivered, datetime.datetime(2018, 1, 1, tzinfo=datetime.UTC), whole)
    file = tmp_path / "below" / "lineage.ndjson"
    with webhook() as server:
        address = f"http://127.0.0.1:{server.port}/api/v1/lineage"
        _writing_pages(delivered, monkeypatch, file=str(file), url=address)
        assert file.read_bytes() == whole.read_bytes()
        assert "".join(f"{line}\n" for line in server.heard) == whole.read_text(encoding="utf-8")
        # a task that is cleared writes its pages again
        _writing_pages(delivered, monkeypatch, file=str(file))
        assert file.read_bytes() == whole.read_bytes()


def test_lineage_when_the_server_is_dead_then_the_night_goes_on_and_one_sentence_tells_no_secret(
    delivered: Warehouse,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    with webhook() as server:
        address = f"http://127.0.0.1:{server.port}/?key=verysecret"
    (tmp_path / "file").touch()
    told = _writing_pages(delivered, monkeypatch, url=address, file=str(tmp_path / "file" / "lineage.ndjson"))
    assert told == {"quality_reports": 0, "worklists": 0}
    with webhook(status=503) as server:
        _writing_pages(delivered, monkeypatch, url=f"http://127.0.0.1:{server.port}/?key=verysecret")
        # the first event twice, and then no other
        assert len(server.heard) == 2
        assert len(set(server.heard)) == 1
    _writing_pages(delivered, monkeypatch, url="ftp://verysecret")
    said = [record.getMessage() for record in caplog.records if record.name == lineage.__name__]
    assert [line.partition(": ")[0] for line in said] == [
        "lineage.file is NOT written",
        *["Lineage is NOT sent to lineage.url"] * 3,
    ]
    assert "HTTPError (503)" in said[2]
    assert all("csc-warehouse lineage --since DAY --out FILE" in line for line in said)
    assert "verysecret" not in caplog.text
