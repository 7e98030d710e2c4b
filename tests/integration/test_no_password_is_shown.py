"""A database's password stands in no command line, whose arguments every account of the machine can read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from csc_warehouse.errors import CscWarehouseError, WarehouseUnavailableError
from csc_warehouse.settings import PROJECT_DIRECTORY, Settings
from csc_warehouse.warehouse import Warehouse, backup, cluster, open_warehouse
from csc_warehouse.warehouse.engine import for_a_program

PASSWORDS = ["s3cret", "p@ss w:rd/%41", 'ŵy\'n "dda"']
_RECORDER = """#!{python}
import json, os, sys
with open({log!r}, "a") as log:
    log.write(json.dumps([sys.argv, os.environ.get("PGPASSWORD")]) + "\\n")
os.execv({program!r}, [{program!r}, *sys.argv[1:]])
"""


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("is_query", [False, True])
def test_what_a_program_is_called_with_holds_no_password(password: str, is_query: bool) -> None:
    url = make_url("postgresql+psycopg://reader@db.council.example:5433/warehouse?sslmode=require")
    url = url.update_query_dict({"password": password}) if is_query else url.set(password=password)
    address, secret = for_a_program(url)
    assert address == "postgresql://reader@db.council.example:5433/warehouse?sslmode=require"
    assert secret == {"PGPASSWORD": password}


def test_a_url_without_password_leaves_the_environment_alone() -> None:
    assert for_a_program(make_url("postgresql+psycopg://reader@db/warehouse"))[1] == {}


@pytest.fixture(params=PASSWORDS[:2])
def council(
    request: pytest.FixtureRequest, module_warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Settings, str, Path]:
    """Return settings of a council's own server whose URL has a password, it, and the log of what was called."""
    log = tmp_path / "calls"
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("psql", "pg_dump", "pg_restore"):
        path = programs / name
        real = str(cluster.binaries() / name)
        path.write_text(_RECORDER.format(python=sys.executable, log=str(log), program=real))
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    url = module_warehouse.url.set(password=request.param).render_as_string(hide_password=False)
    settings = module_warehouse.settings.model_copy(update={"database_url": url, "home": tmp_path / "home"})
    return settings, request.param, log


def calls(log: Path) -> list[tuple[list[str], str | None]]:
    return [(line[0], line[1]) for line in map(json.loads, log.read_text().splitlines())]


def test_backup_and_restore_hand_the_password_on_unseen(council: tuple[Settings, str, Path], tmp_path: Path) -> None:
    settings, password, log = council
    out = backup.backup(open_warehouse(settings), tmp_path / "o'o ŵ" / "backup.tar")
    backup.restore(settings, out)
    called = calls(log)
    # what the dump holds is listed, whose it is is read, then the schemas come back, then what lies in them
    assert [Path(argv[0]).name for argv, _ in called] == ["pg_dump", *["pg_restore"] * 4]
    assert {secret for _, secret in called} == {password}
    assert password not in json.dumps([argv for argv, _ in called], ensure_ascii=False)


def test_psql_hands_the_password_on_unseen(council: tuple[Settings, str, Path]) -> None:
    settings, password, log = council
    variables = {
        **os.environ,
        "CSC_WAREHOUSE_URL": str(settings.database_url),
        "CSC_WAREHOUSE_HOME": str(settings.home),
    }
    done = subprocess.run(
        [sys.executable, "-m", "csc_warehouse.cli", "psql", "-Atc", "select 41 + 1"],
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "42"
    ((argv, secret),) = calls(log)
    assert secret == password
    assert password not in " ".join(argv)


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("is_query", [False, True])
def test_an_error_names_the_server_and_no_password(
    module_warehouse: Warehouse, tmp_path: Path, password: str, is_query: bool
) -> None:
    url = make_url("postgresql+psycopg://reader@127.0.0.1:9/warehouse")
    url = url.update_query_dict({"password": password}) if is_query else url.set(password=password)
    settings = module_warehouse.settings.model_copy(
        update={"database_url": url.render_as_string(hide_password=False), "home": tmp_path / "home"}
    )
    with pytest.raises(WarehouseUnavailableError) as raised:
        open_warehouse(settings)
    assert "127.0.0.1:9" in str(raised.value)
    assert password not in str(raised.value)


def test_a_dump_that_fails_tells_no_password(council: tuple[Settings, str, Path], tmp_path: Path) -> None:
    settings, password, _ = council
    warehouse = open_warehouse(settings)
    gone = warehouse.url.set(database="there_is_none")
    with pytest.raises(CscWarehouseError, match="there_is_none") as raised:
        backup.backup(Warehouse(settings, gone, warehouse.engine), tmp_path / "backup.tar")
    assert password not in str(raised.value)
    assert list(tmp_path.glob(".backup-*")) == []


def test_the_server_of_compose_is_prepared_without_a_password_among_arguments(tmp_path: Path) -> None:
    script = (PROJECT_DIRECTORY / "docker" / "postgres" / "10-databases.sh").read_text()
    for name, password in (("warehouse", "first'secret"), ("airflow", "second secret")):
        (tmp_path / f"{name}_password").write_text(password)
    log = tmp_path / "calls"
    fake = tmp_path / "psql"
    fake.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> "{log}"\nprintf "in: %s\\n" "${{NEW_PASSWORD:-}}" >> "{log}"\n')
    fake.chmod(0o755)
    prepared = tmp_path / "prepare.sh"
    prepared.write_text(script.replace("/run/secrets", str(tmp_path)))
    shell = shutil.which("sh")
    assert shell is not None
    variables = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "POSTGRES_USER": "postgres"}
    subprocess.run([shell, str(prepared)], env=variables, check=True)  # noqa: S603  (our own script)
    lines = log.read_text().splitlines()
    assert [line for line in lines if line.startswith("in: ")] == ["in: first'secret", "in: second secret", "in: "]
    assert not [line for line in lines if "secret" in line and not line.startswith("in: ")]
