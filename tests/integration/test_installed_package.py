"""An installed wheel in an empty folder, without a network: figures without a checkout, a council's overlay in them,
nothing written into the installation, and no connection tried."""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder

from csc_warehouse.settings import PROJECT_DIRECTORY, load_settings
from csc_warehouse.warehouse import cluster, open_warehouse
from tests.support import no_route
from tests.support.homes import temporary_home

TARGETS = "indicator_code,authority_code,comparison,target_value,valid_from_date,valid_to_date,source\n"
OURS = TARGETS + "ASM01,W06000006,at_most,37,2017-04-01,,Committee\nCON03,W06000006,at_least,91,2017-04-01,,Committee\n"
TEXTS = "code,local_code,title,title_cy,counted,numerator_text,denominator_text,owner\nCON01,,At our door,,,,,\n"
PERIOD = "2018/19 H1"
"""No half year has ended in so small a sample, so it is named."""
ADDRESS = "https://forge.example/csc"


@dataclass(frozen=True)
class Installation:
    """A wheel that lies unpacked in one folder, and another folder in which its commands are started."""

    package: Path
    folder: Path
    watch: Path
    """Folder of what notes every connection that a command tries, and of its notes."""

    @property
    def home(self) -> Path:
        return self.folder / ".warehouse"

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command of the installation and return what it says; it finds no checkout."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        variables = {
            "PYTHONPATH": os.pathsep.join([str(self.watch), str(self.package)]),
            no_route.NOTED: str(self.watch / "noted.txt"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CSC_WAREHOUSE_CONFIG": str(self.folder / "csc.toml"),
        }
        done = subprocess.run(  # noqa: S603  (our own program)
            [*no_route.prefix(), sys.executable, "-m", "csc_warehouse.cli", *arguments],
            cwd=self.folder,
            env=kept | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def tried(self, code: str) -> list[str]:
        """Run a piece of Python as a command is run; return the connections that were tried by it and before."""
        noted = self.watch / "noted.txt"
        variables = {**os.environ, "PYTHONPATH": str(self.watch), no_route.NOTED: str(noted)}
        subprocess.run([*no_route.prefix(), sys.executable, "-c", code], env=variables, check=False)  # noqa: S603
        return noted.read_text(encoding="utf-8").splitlines() if noted.exists() else []

    def state(self) -> dict[str, int]:
        """Return every file and folder of the installation, and when it was last written."""
        return {str(path): path.stat().st_mtime_ns for path in (self.package, *self.package.rglob("*"))}

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return what a query on the home's database says."""
        warehouse = open_warehouse(load_settings(home=self.home))
        try:
            with warehouse.raw_connection() as connection:
                return connection.execute(statement).fetchall()
        finally:
            warehouse.engine.dispose()

    def targets(self) -> dict[str, float]:
        """Return the targets that readers see, by indicator."""
        found = self.rows(
            "select distinct indicator_code, target from reporting.rpt_scorecard where target is not null"
        )
        return {str(code): float(target) for code, target in found}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    built = tmp_path_factory.mktemp("built")
    (wheel,) = WheelBuilder(str(PROJECT_DIRECTORY)).build(directory=str(built), versions=["standard"])
    package = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(package)
    # as whoever installs a wheel does; without it each command would translate all that it imports
    assert compileall.compile_dir(package, quiet=1)
    for path in (package, *package.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    with temporary_home() as folder:
        (folder / "csc.toml").write_text(f'code_address = "{ADDRESS}"\n', encoding="utf-8")
        made = Installation(package, folder, no_route.watch(tmp_path_factory.mktemp("watch")))
        before = made.state()
        try:
            made.run("sample", "--out", ".warehouse/exports", "--years", "0", "--end", "2018-04-30", "--clean")
            made.run("run")
            assert made.state() == before
            yield made
        finally:
            cluster.stop(made.home)
    for path in (package, *package.rglob("*")):
        path.chmod(0o755)


def test_wheel_when_run_in_an_empty_folder_then_figures_are_published(installation: Installation) -> None:
    told = installation.run("scorecard", PERIOD)
    assert "Contacts received" in told
    assert f"Printed by csc-warehouse {installation.run('--version').split()[1]}, {ADDRESS}." in told
    assert installation.targets() == {"ASM01": 60}
    assert installation.rows("select distinct code_address, overlay_digest from release.releases") == [(ADDRESS, None)]
    assert sorted(path.name for path in installation.folder.iterdir()) == [".warehouse", "csc.toml"]


def test_wheel_when_asked_for_dbt_or_a_new_indicator_then_it_is_the_shipped_project(installation: Installation) -> None:
    before = installation.state()
    assert "targets" in installation.run("dbt", "ls", "--quiet", "--resource-type", "seed", "--output", "name").split()
    told = installation.run("new-indicator", "CON09", code=2)
    assert "say --overlay for an indicator of the council's own, add an indicator in a checkout of the code" in told
    assert installation.state() == before


def test_overlay_when_a_target_is_laid_over_then_the_night_s_figures_and_pages_have_it(
    installation: Installation,
) -> None:
    overlay = installation.folder / "overlay"
    overlay.mkdir()
    (overlay / "targets.csv").write_text(OURS, encoding="utf-8")
    (overlay / "indicator_texts.csv").write_text(TEXTS, encoding="utf-8")
    before = installation.state()
    checked = installation.run("overlay", "check")
    assert "targets.csv over the seed targets: 1 added, 1 replaced." in checked
    assert "replaced CON01 (title: Contacts received -> At our door)" in checked

    # nothing new has arrived: the night is a build, its check and its publication
    installation.run("run")

    assert installation.targets() == {"ASM01": 37, "CON03": 91}
    assert "At our door" in installation.run("scorecard", PERIOD)
    assert installation.rows(
        "select file_name, rows_added, rows_replaced, rows_removed from release.overlay_files order by file_name"
    ) == [("indicator_texts.csv", 0, 1, 0), ("targets.csv", 1, 1, 0)]
    pages = [Path(line) for line in installation.run("quality-report", "--out", "pages").splitlines()]
    page = (installation.folder / pages[-1]).read_text(encoding="utf-8")
    assert "<li>targets.csv: 1 row added, 1 row replaced; new or changed since the release before.</li>" in page
    assert ADDRESS in page.rpartition("<footer>")[2]
    assert installation.state() == before

    # a fault stops the night before anything is built, and what was published stays
    (overlay / "targets.csv").write_text(OURS.replace("91", "91%"), encoding="utf-8")
    released = installation.rows("select release_id, state from release.releases order by release_id")
    told = installation.run("build", code=2)
    assert "targets.csv, line 3, column target_value: 91% is no number" in told
    assert installation.rows("select release_id, state from release.releases order by release_id") == released
    assert installation.targets() == {"ASM01": 37, "CON03": 91}


def test_commands_when_there_is_no_network_then_none_has_tried_a_connection(installation: Installation) -> None:
    assert installation.rows("select count(*) from release.pointer") == [(1,)]
    assert installation.tried("pass") == []
    # the proof above is worth nothing unless an attempt is noted
    tries = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
    [noted] = installation.tried(tries)
    assert noted.startswith("socket.connect")
    assert "192.0.2.1" in noted
    # what was noted stands on any machine; that nothing could get out, where the commands had no way out alone
    no_route.leave_out_without_namespace()
