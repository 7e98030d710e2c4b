"""dbt as an engineer types it: no server for a parse, the home's server for a build, schemas of its own always."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from csc_warehouse import transform
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import Settings
from csc_warehouse.transform import by_hand, runner
from tests.conftest import Night
from tests.support.homes import temporary_settings

DBT = Path(sys.executable).with_name("dbt")
LAC01 = "ind_lac01__children_looked_after"
PM24 = "ind_pm24__completed_within_42_working_days"


def dbt(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run dbt with nothing set but what a shell sets, and the profile that lies in a folder."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [str(DBT), *arguments, "--project-dir", str(runner.DBT_PROJECT)]
    command += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    return subprocess.run(  # noqa: S603  (dbt of this environment)
        command, cwd=folder, env=kept | variables, capture_output=True, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dbt_project").mkdir()
    return tmp_path


def profile_of(settings: Settings, folder: Path) -> Path:
    beside, project = transform.write_profile(folder, settings.home)
    assert beside.read_bytes() == project.read_bytes()
    return beside


def test_project_without_a_server_and_with_nothing_set_then_it_parses_and_lists(folder: Path) -> None:
    with temporary_settings() as settings:
        profile_of(settings, folder)
        listed = dbt(folder, "ls", "--quiet", "--resource-type", "model", "--output", "name")
        assert (listed.returncode, listed.stderr) == (0, "")
        assert PM24 in listed.stdout.split()
        assert not (settings.home / "postgres").exists()


def test_profile_when_written_then_it_names_the_home_s_socket_and_no_secret(folder: Path) -> None:
    with temporary_settings() as settings:
        written = yaml.safe_load(profile_of(settings, folder).read_text(encoding="utf-8"))["csc_warehouse"]
    assert written["target"] == "dev"
    assert set(written["outputs"]) == {"dev"}
    dev = written["outputs"]["dev"]
    host = dev["host"].split("'")[3]
    assert dev["host"] == f"{{{{ env_var('DBT_HOST', '{host}') }}}}"
    assert Path(host).is_absolute()
    assert "'DBT_ENV_SECRET_PASSWORD', ''" in dev["password"]


@pytest.mark.parametrize(
    "arguments", [["build", "--target", "warehouse"], ["run", "--target=warehouse"], ["seed", "-t", "warehouse"]]
)
def test_dbt_by_hand_when_told_to_build_the_candidate_then_refused(sample_night: Night, arguments: list[str]) -> None:
    with pytest.raises(UsageError, match="nothing is built into the candidate of a night"):
        by_hand.run(sample_night.warehouse, arguments)


def test_an_indicator_when_built_by_hand_then_in_schemas_of_its_own_and_the_candidate_stands(
    sample_night: Night, tmp_path: Path
) -> None:
    def rows(relation: str) -> list[tuple[object, ...]]:
        with sample_night.warehouse.raw_connection() as connection:
            return connection.execute(f"select * from {relation} order by authority_code, record_key").fetchall()

    def candidate_tables() -> list[tuple[object, ...]]:
        with sample_night.warehouse.raw_connection() as connection:
            return connection.execute(
                "select oid, relfilenode from pg_class where relkind = 'r' and relnamespace in"
                " ('marts_candidate'::regnamespace, 'intermediate'::regnamespace) order by oid"
            ).fetchall()

    before = candidate_tables()
    settings = sample_night.settings.model_copy(update={"home": tmp_path})
    code = by_hand.run(replace(sample_night.warehouse, settings=settings), ["build", "--quiet", "--select", f"+{PM24}"])
    assert code == 0
    assert candidate_tables() == before
    assert rows(f"dev_marts.{PM24}") == rows(f"marts_candidate.{PM24}")
    with sample_night.warehouse.raw_connection() as connection:
        connection.execute("drop schema dev_marts, dev_intermediate, dev_staging cascade")


def test_what_was_not_built_by_hand_when_looked_at_built_or_tested_then_is_the_nightly_build_s(
    sample_night: Night, folder: Path
) -> None:
    profile_of(sample_night.settings, folder)
    with sample_night.warehouse.raw_connection() as connection:
        # the database of a test's home has a name of its own
        database = connection.info.dbname
        (value,) = connection.execute("select count(*)::text from marts_candidate.indicator_values").fetchone() or ("",)
    question = "select count(*)::text as figures from {{ ref('indicator_values') }}"
    shown = dbt(folder, "show", "--quiet", "--inline", question, "--output", "json", DBT_DATABASE=database)
    assert shown.returncode == 0, shown.stdout
    assert f'"figures": "{value}"' in shown.stdout
    # its unit tests take the columns of a seed and of facts, its data tests read what it rests on
    built = dbt(folder, "build", "--quiet", "--select", LAC01, PM24, DBT_DATABASE=database)
    with sample_night.warehouse.raw_connection() as connection:
        made = connection.execute(
            "select relname from pg_class where relnamespace = to_regnamespace('dev_marts') and relkind in ('r', 'v')"
        ).fetchall()
        connection.execute("drop schema if exists dev_marts cascade")
    assert built.returncode == 0, built.stdout
    assert sorted(made) == [(LAC01,), (PM24,)]


def test_nightly_build_when_parsed_then_knows_nothing_of_what_stands_in_by_hand(sample_night: Night) -> None:
    macros = transform.parse_project(sample_night.warehouse).macros
    assert "macro.csc_warehouse.generate_schema_name" in macros
    assert [name for name, macro in macros.items() if "macros_dev" in macro.original_file_path] == []


def test_documentation_when_written_then_one_file_that_loads_nothing(sample_night: Night, tmp_path: Path) -> None:
    path = transform.write_documentation(sample_night.warehouse, tmp_path / "pages" / "dbt.html")
    text = path.read_text(encoding="utf-8")
    assert PM24 in text
    assert '"parent_map"' in text
    assert "<script src=" not in text
    assert '<link rel="stylesheet"' not in text
