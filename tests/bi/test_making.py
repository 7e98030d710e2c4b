"""`make bi` itself: what it needs, what it leaves behind, and that doing it again changes nothing."""

from __future__ import annotations

import stat
import time
from typing import Any

import psutil
import pytest

from csc_warehouse.errors import UsageError
from csc_warehouse.settings import load_settings
from tests.support.dashboards import Running, free_port, processes, superset_assets, superset_service
from tests.support.homes import temporary_settings

SECONDS = 30
"""What a second `make bi` may take, beside other work of this machine."""


def kept(superset: Running) -> dict[str, Any]:
    """Return what Superset holds of the assets: who joins whom by number, and how each was last changed."""
    session = superset.session("admin")
    columns = {
        "database": "id,uuid,database_name,changed_on",
        "dataset": "id,uuid,table_name,changed_on_utc",
        "chart": "id,uuid,slice_name,changed_on_utc",
        "dashboard": "id,uuid,slug,changed_on_utc",
    }
    held = {
        kind: session.get(f"/api/v1/{kind}/?q=(columns:!({names}),page_size:100)")["result"]
        for kind, names in columns.items()
    }
    return {kind: sorted(rows, key=lambda row: int(row["id"])) for kind, rows in held.items()}


def without_times(held: dict[str, Any]) -> dict[str, Any]:
    return {
        kind: [{name: value for name, value in row.items() if "changed_on" not in name} for row in rows]
        for kind, rows in held.items()
    }


def test_second_run_when_nothing_changed_then_changes_nothing_in_seconds(superset: Running) -> None:
    before = kept(superset)
    files = {path: path.read_bytes() for path in (superset.where.folder / "secrets").iterdir()}
    started = time.monotonic()
    assert superset_service.up(superset.settings, port=free_port()) == superset.address
    assert time.monotonic() - started < SECONDS
    assert kept(superset) == before
    assert {path: path.read_bytes() for path in files} == files


def test_assets_when_brought_in_twice_then_are_there_once(superset: Running) -> None:
    before = without_times(kept(superset))
    charts, dashboards = len(before["chart"]), len(before["dashboard"])
    assert (charts, dashboards) == (len(list((superset_assets.ASSETS / "charts").iterdir())), 3)
    told = superset.where.folder / "warehouse.json"
    assert told.exists()
    connection = superset.session("admin").get("/api/v1/database/1/connection")["result"]
    superset.session("admin").bring_in(superset_assets.bundle(connection["sqlalchemy_uri"]))
    assert without_times(kept(superset)) == before


def test_home_when_nothing_is_published_then_one_sentence_says_what_to_do() -> None:
    with temporary_settings() as settings, pytest.raises(UsageError, match="make run first") as raised:
        superset_service.up(settings, port=free_port())
    assert str(raised.value).count("\n") == 0


def test_server_of_a_councils_own_when_configured_then_says_where_to_read() -> None:
    settings = load_settings().model_copy(update={"database_url": "postgresql+psycopg://nobody@192.0.2.1/warehouse"})
    with pytest.raises(UsageError, match=r"docs/bi/superset\.md"):
        superset_service.up(settings, port=free_port())


def test_files_of_the_home_when_looked_at_then_are_their_owners_alone(superset: Running) -> None:
    paths = [superset.where.folder, *superset.where.folder.rglob("*")]
    assert len(paths) > 8
    assert [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_password_of_the_login_when_looked_for_then_is_in_its_file_alone(superset: Running) -> None:
    path = superset.where.folder / "logins" / superset_service.LOGIN
    password = path.read_bytes()
    assert len(password) > 20
    others = [other for other in superset.where.folder.rglob("*") if other.is_file() and other != path]
    assert [other for other in others if password in other.read_bytes()] == []


def test_superset_when_it_listens_then_on_one_address_of_this_machine(superset: Running) -> None:
    process = processes.find(superset.where.folder, superset_service.PROGRAM)
    assert process is not None
    listens = {
        connection.laddr
        for one in (process, *process.children(recursive=True))
        for connection in one.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listens == {("127.0.0.1", int(superset.address.rpartition(":")[2]))}


def test_password_of_the_login_when_lost_then_another_one_is_made(superset: Running) -> None:
    path = superset.where.folder / "logins" / superset_service.LOGIN
    lost = path.read_text()
    path.unlink()
    superset_service.up(superset.settings, port=free_port())
    assert path.read_text() != lost
    assert superset.rows("select count(*) > 0 from reporting.rpt_scorecard") == [(True,)]
