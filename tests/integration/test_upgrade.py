"""A warehouse that version 1.0.0 made is brought up to date, and nothing of what people have in it is lost.

tests/fixtures/warehouse_1_0_0.dump was written by pg_dump from a database that the code of version 1.0.0 had made, with
that version's tests/support/candidates.py and tests/support/landings.py: two fulls of RAISe landed, two releases of two
authorities published, the first of them signed and the second not, and an analyst's own view upon a published one.
"""

from __future__ import annotations

import datetime
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from csc_warehouse import publication
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.settings import PROJECT_DIRECTORY, Settings
from csc_warehouse.warehouse import Warehouse, backup, cluster, migrations, open_warehouse
from csc_warehouse.warehouse.engine import for_a_program
from tests.support.candidates import FLINTSHIRE, PASSED, WREXHAM, fill_night, open_night
from tests.support.homes import temporary_settings

DUMP = PROJECT_DIRECTORY / "tests" / "fixtures" / "warehouse_1_0_0.dump"
STATEMENT_OF_1_0_0 = PROJECT_DIRECTORY / "tests" / "fixtures" / "insert_context_1_0_0.txt"
"""What the code of version 1.0.0 begins a build with."""
LAST_OF_THAT_VERSION = "098_key_columns"
HELD = {
    "row history": "select row_key, reason, valid_from_date, valid_to_date from landing.raise_school_move"
    " order by 1, 3",
    "ledger": "select delivery_id, source, business_date, status from landing.deliveries order by 1",
    "releases": "select release_id, run_id, state, code_version from release.releases order by 1",
    "pointer": "select authority_code, release_id from release.pointer order by 1",
    "publications": "select release_id, authority_code, verdict, as_at_date, published_at from quality.publications"
    " order by 1, 2",
    "figures": "select authority_code, indicator_code, value, release_id from marts.indicator_values order by 1, 2",
    "records": "select record_key, child_key, outcome, detail::text from marts.fct_contacts order by 1",
    "signed figures": "select signed_figure_id, authority_code, indicator_code, display, signed_by, signed_at, note"
    " from quality.signed_figures order by 1",
    "decisions": "select decision_id, kind, person, reason, decided_at from quality.decisions order by 1",
    "an analyst's view": "select record_key, release_id, outcome from analysts.own order by 1",
    "who may read it": "select has_table_privilege('csc_analyst', 'analysts.own', 'select')",
}
"""What a council has in its warehouse, each as people see it."""
APPLIED = "select name, sha256 from release.schema_migrations order by 1"


@pytest.fixture(scope="module")
def server() -> Iterator[Settings]:
    """Yield a home whose server has the roles and, beside the warehouse, a database that is version 1.0.0's."""
    with temporary_settings() as settings:
        warehouse = open_warehouse(settings)
        warehouse.engine.dispose()
        target, _ = for_a_program(warehouse.url.set(database="earlier"))
        administer(settings, "create database earlier")
        command = [str(cluster.binaries() / "pg_restore"), "--exit-on-error", f"--dbname={target}", str(DUMP)]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
        yield settings


def address(settings: Settings, database: str) -> str:
    return cluster.start(settings.home).set(database=database).render_as_string(hide_password=False)


def administer(settings: Settings, statement: str) -> None:
    url = cluster.start(settings.home).set(drivername="postgresql", database="postgres")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture
def earlier(server: Settings, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Return settings of a copy of the earlier version's database, as it was left."""
    name = f"copy_{request.node.name[:50]}"
    administer(server, f"create database {name} template earlier")
    return server.model_copy(update={"home": tmp_path / "home", "database_url": address(server, name)})


def held(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    with psycopg.connect(str(settings.database_url).replace("+psycopg", "")) as connection:
        return {what: connection.execute(statement).fetchall() for what, statement in HELD.items()}


def applied(settings: Settings) -> list[tuple[str, str]]:
    with psycopg.connect(str(settings.database_url).replace("+psycopg", "")) as connection:
        return [(str(name), str(digest)) for name, digest in connection.execute(APPLIED).fetchall()]


def publish_one_more(warehouse: Warehouse) -> None:
    release_id = open_night(warehouse, 3, datetime.date(2018, 5, 13))
    fill_night(warehouse, 3)
    publication.store(warehouse, release_id)
    publication.publish(warehouse, release_id, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")


def test_warehouse_of_1_0_0_when_opened_then_holds_all_that_it_held_and_goes_on(earlier: Settings) -> None:
    before = held(earlier)
    assert all(before.values())
    assert max(name for name, _ in applied(earlier)) == LAST_OF_THAT_VERSION
    warehouse = open_warehouse(earlier)
    assert held(earlier) == before
    assert {name for name, _ in applied(earlier)} == {path.stem for path in migrations._files()}
    publish_one_more(warehouse)
    after = held(earlier)
    assert {row[2] for row in after["figures"]} == {3}
    assert {row[1] for row in after["an analyst's view"]} == {3}
    for what in ("row history", "ledger", "signed figures", "decisions", "who may read it"):
        assert after[what] == before[what], what
    publication.rollback(warehouse, by="A. Jones")
    assert held(earlier)["figures"] == before["figures"]
    warehouse.engine.dispose()


def test_way_back_to_1_0_0_when_its_build_cannot_begin_then_the_runbook_names_the_backup(earlier: Settings) -> None:
    """The runbook's sentence stands as long as this is so; who mends it by a migration tries a whole night."""
    open_warehouse(earlier).engine.dispose()
    statement = STATEMENT_OF_1_0_0.read_text(encoding="utf-8")
    what = {"codes": [], "names": [], "cut_overs": [], "requested": datetime.date(2018, 5, 13), "run_id": "run"}
    with (
        psycopg.connect(str(earlier.database_url).replace("+psycopg", "")) as connection,
        pytest.raises(psycopg.errors.SyntaxError, match="INSERT has more expressions than target columns"),
    ):
        connection.execute(statement, {**what, "home": "W06000006"})
    for name in ("CHANGELOG.md", "docs/runbooks/upgrading.md", "docs/reliability.md"):
        told = " ".join((PROJECT_DIRECTORY / name).read_text(encoding="utf-8").split())
        way_back = r"back to 1\.0\.0 (but that backup|only by the backup|leads over the backup)"
        assert re.search(way_back, told, re.IGNORECASE), name
        assert "goes on reading, landing and publishing" not in told


def test_migration_when_it_fails_then_the_warehouse_is_as_it_was(
    earlier: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, known = held(earlier), applied(earlier)
    broken = tmp_path / "999_broken.sql"
    broken.write_text("create table release.half_made (n int);\nselect 'a child' ::int;\n", encoding="utf-8")
    files = migrations._files()
    monkeypatch.setattr(migrations, "_files", lambda: [*files, broken])
    with pytest.raises(CscWarehouseError, match=r"999_broken\.sql failed .*: nothing was changed") as error:
        open_warehouse(earlier)
    assert "a child" not in str(error.value)
    assert held(earlier) == before
    assert applied(earlier) == known
    monkeypatch.undo()
    open_warehouse(earlier).engine.dispose()
    assert held(earlier) == before


def test_backup_of_1_0_0_when_restored_then_is_brought_up_to_date(tmp_path: Path, server: Settings) -> None:
    packed = tmp_path / "backup.tar"
    with tarfile.open(packed, "w") as tar:
        tar.add(DUMP, backup.DATABASE_MEMBER)
    earlier = server.model_copy(
        update={
            "database_url": cluster.start(server.home).set(database="earlier").render_as_string(hide_password=False)
        }
    )
    administer(server, "create database restored")
    settings = server.model_copy(update={"home": tmp_path / "home", "database_url": address(server, "restored")})
    with pytest.MonkeyPatch.context() as patch:
        # of a server that is not the embedded one the programs are those of the machine, which it may lack
        patch.setenv("PATH", str(cluster.binaries()))
        backup.restore(settings, packed).engine.dispose()
        assert held(settings) == held(earlier)
        assert {name for name, _ in applied(settings)} == {path.stem for path in migrations._files()}
        with pytest.raises(UsageError, match="already holds deliveries or releases"):
            backup.restore(settings, packed)
