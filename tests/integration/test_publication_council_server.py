"""A council's own server: the warehouse's login is no superuser there, and may or may not make roles."""

from __future__ import annotations

import dataclasses
import datetime
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL

from csc_warehouse import publication
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.privacy import pseudonyms, roles
from csc_warehouse.settings import SafeguardsConfig, Settings
from csc_warehouse.version import digests
from csc_warehouse.warehouse import Warehouse, backup, cluster, drill, open_warehouse
from tests.support.candidates import FLINTSHIRE, WREXHAM, night, read, reset
from tests.support.homes import temporary_settings

DAY = datetime.date(2018, 1, 1)


@pytest.fixture
def server() -> Iterator[tuple[Settings, URL]]:
    """Yield a server with a database and a login for each of two warehouses."""
    with temporary_settings() as settings:
        url = cluster.start(settings.home)
        with psycopg.connect(
            url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
        ) as administrator:
            for login, may in (("council", "createrole"), ("other", "nocreaterole")):
                administrator.execute(f"create role {login} login {may}")
                administrator.execute(f"create database {login} owner {login}")
            administrator.execute("create database restored owner council")
        yield settings, url


def open_as(server: tuple[Settings, URL], login: str) -> Warehouse:
    settings, url = server
    theirs = url.set(username=login, database=login).render_as_string(hide_password=False)
    return open_warehouse(settings.model_copy(update={"database_url": theirs}))


def test_a_login_that_may_make_roles_makes_them_and_row_security_holds(server: tuple[Settings, URL]) -> None:
    warehouse = open_as(server, "council")
    reset(warehouse)
    night(warehouse, 1, DAY)
    night(warehouse, 2, DAY)
    with warehouse.raw_connection() as connection:
        connection.execute("create role an_analyst login in role csc_analyst")
    query = "select distinct authority_code, run from marts.indicator_values order by 1"
    assert read(warehouse, query) == [(FLINTSHIRE, 2), (WREXHAM, 2)]
    assert read(warehouse, query, "an_analyst") == [(WREXHAM, 2)]
    owners = "select distinct pg_get_userbyid(relowner) from pg_class where relnamespace = 'marts'::regnamespace"
    assert read(warehouse, owners) == [("csc_owner",)]
    warehouse.engine.dispose()


@pytest.fixture
def published(server: tuple[Settings, URL], monkeypatch: pytest.MonkeyPatch) -> Iterator[Warehouse]:
    """Yield the council's warehouse with one night published; the server's programs are on the path."""
    monkeypatch.setenv("PATH", str(cluster.binaries()), prepend=os.pathsep)
    warehouse = open_as(server, "council")
    reset(warehouse)
    night(warehouse, 1, DAY)
    yield warehouse
    warehouse.engine.dispose()


@pytest.fixture
def empty(server: tuple[Settings, URL], tmp_path: Path) -> Settings:
    """Return settings of the server's other database, for the same login."""
    settings, url = server
    address = url.set(username="council", database="restored").render_as_string(hide_password=False)
    return settings.model_copy(update={"database_url": address, "home": tmp_path / "home"})


def test_a_backup_comes_back_for_a_login_that_is_no_superuser(
    published: Warehouse, empty: Settings, tmp_path: Path
) -> None:
    restored = backup.restore(empty, backup.backup(published, tmp_path / "backup.tar"))
    asked = (
        "select distinct authority_code, run from marts.indicator_values order by 1",
        "select n.nspname, c.relname, pg_get_userbyid(c.relowner) from pg_class as c"
        " inner join pg_namespace as n on n.oid = c.relnamespace where n.nspname !~ '^pg_' order by 1, 2",
        "select nspname, nspowner::regrole::text, nspacl::text from pg_namespace where nspname !~ '^pg_' order by 1",
    )
    for query in asked:
        assert read(restored, query) == read(published, query) != []
    restored.engine.dispose()


def test_a_backup_with_a_persons_own_view_comes_back_for_a_login_that_makes_the_person_anew(
    server: tuple[Settings, URL], published: Warehouse, empty: Settings, tmp_path: Path
) -> None:
    written_by = server[1].set(drivername="postgresql", database="council").render_as_string(hide_password=False)
    with psycopg.connect(written_by, autocommit=True) as administrator:
        administrator.execute("create role ann login in role csc_analyst")
        administrator.execute("create schema analysts authorization ann")
        administrator.execute("set role ann")
        administrator.execute("create view analysts.own as select authority_code, run from marts.indicator_values")
        administrator.execute("create table analysts.notes (word text)")
        administrator.execute("reset role")
        with pytest.raises(CscWarehouseError, match="pg_read_all_data"):
            backup.backup(published, tmp_path / "backup.tar")
        administrator.execute("grant pg_read_all_data to council")
        written = backup.backup(published, tmp_path / "backup.tar")
        owned = "select pg_get_userbyid(relowner) from pg_class where oid = 'analysts.own'::regclass"
        asked = "select * from analysts.own order by 1"
        before = [read(published, owned), read(published, asked, "ann")]
        administrator.execute("drop owned by ann")
        administrator.execute("drop role ann")
    restored = backup.restore(empty, written)
    assert [read(restored, owned), read(restored, asked, "ann")] == before
    assert before == [[("ann",)], [(WREXHAM, 1)]]
    restored.engine.dispose()


def test_drill_restores_a_backup_of_a_councils_own_server_into_the_embedded_one(
    published: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = backup.backup(published, tmp_path / "backup.tar")
    asked = "select count(*) from pg_database"
    databases = read(published, asked)
    # what the council's own server asks of whoever connects, the embedded one cannot give
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert drill.restore_and_compare(published, written) == (
        "backup.tar was restored: it holds no delivery, as nothing had landed."
    )
    assert read(published, asked) == databases
    assert not (published.settings.home / drill.FOLDER).exists()
    assert drill.is_possible(published)
    monkeypatch.setattr("csc_warehouse.warehouse.server.POSTGRES_VERSION", 17)
    assert not drill.is_possible(published)


def test_a_whole_night_works_as_roles_for_a_login_that_is_no_superuser(
    server: tuple[Settings, URL],
) -> None:
    from csc_warehouse import nightly
    from csc_warehouse.sample import write_sample

    warehouse = open_as(server, "council")
    settings = warehouse.settings
    write_sample(settings.exports, years=0, end=datetime.date(2018, 4, 30), clean=True)
    result = nightly.run(settings=settings)
    assert [*result["published"]["published"], *result["published"]["held"]] == [WREXHAM]
    # a night itself writes nothing of what it is made from, or no night would ever have nothing new
    release_id = int(result["built"]["release_id"])
    building = roles.under(warehouse, "build")
    with building.raw_connection() as connection:
        noted = connection.execute("select inputs from release.releases where release_id = %s", [release_id]).fetchone()
    said = {**digests(settings.config), "overlay": "none", "keys": pseudonyms.digest_of_keys(settings)}
    assert noted == (publication.read_inputs(building, said, before=release_id),)
    owners = (
        "select n.nspname, array_agg(distinct pg_get_userbyid(c.relowner)::text) from pg_class as c"
        " inner join pg_namespace as n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v')"
        " and n.nspname in ('staging', 'intermediate', 'marts', 'marts_candidate', 'reporting', 'reporting_candidate',"
        " 'restricted_candidate') group by n.nspname order by n.nspname"
    )
    assert read(warehouse, owners) == [
        ("intermediate", ["csc_transformer"]),
        ("marts", ["csc_owner"]),
        ("marts_candidate", ["csc_transformer"]),
        ("reporting", ["csc_owner"]),
        ("reporting_candidate", ["csc_transformer"]),
        ("restricted_candidate", ["csc_transformer"]),
        ("staging", ["csc_transformer"]),
    ]
    stored = (
        "select distinct pg_get_userbyid(relowner) from pg_class where relname ~ '^marts__' and relkind in ('r', 'p')"
    )
    assert read(warehouse, stored) == [("csc_publisher",)]
    sources = "select distinct pg_get_userbyid(relowner) from pg_class where relname ~ '^raise_' and relkind = 'r'"
    assert read(warehouse, sources) == [("csc_loader",)]
    warehouse.engine.dispose()


def test_a_login_that_may_not_make_roles_publishes_for_itself_where_that_is_accepted(
    server: tuple[Settings, URL],
) -> None:
    warehouse = open_as(server, "other")
    reset(warehouse)
    with pytest.raises(CscWarehouseError, match=r"create role csc_owner nologin; .*grant csc_owner to csc_publisher"):
        night(warehouse, 1, DAY)
    with pytest.raises(CscWarehouseError, match="lacks roles"):
        roles.under(warehouse, "land")
    config = warehouse.settings.config.model_copy(update={"safeguards": SafeguardsConfig(without_roles=True)})
    settings = warehouse.settings.model_copy(update={"config": config})
    accepting = dataclasses.replace(warehouse, settings=settings)
    assert roles.under(accepting, "publish").role is None
    night(accepting, 1, DAY)
    assert read(warehouse, "select distinct run from marts.indicator_values") == [(1,)]
    warehouse.engine.dispose()
