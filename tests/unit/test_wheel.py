"""What is built for an installation holds what the code reads by its path, and nothing of this machine."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from csc_warehouse.settings import PROJECT_DIRECTORY

PLACES = {
    "src/csc_warehouse": "csc_warehouse",
    "expectations": "expectations",
    "dbt_project": "csc_warehouse/shipped/dbt_project",
    "dags": "csc_warehouse/shipped/dags",
}
"""Folders of the checkout that an installation needs, and where the wheel has them."""


def tracked(*folders: str) -> set[str]:
    """Return the files that belong to a checkout: a new one before it is committed, an ignored one never."""
    listed = subprocess.run(  # noqa: S603  (our own folders)
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders],  # noqa: S607
        cwd=PROJECT_DIRECTORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in listed.stdout.split("\0") if name and (PROJECT_DIRECTORY / name).is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """Build a wheel and a source distribution, and return the names in each."""
    folder = str(tmp_path_factory.mktemp("built"))
    root = str(PROJECT_DIRECTORY)
    (wheel,) = WheelBuilder(root).build(directory=folder, versions=["standard"])
    (source,) = SdistBuilder(root).build(directory=folder, versions=["standard"])
    with tarfile.open(source) as archive:
        in_source = {
            PurePosixPath(*PurePosixPath(member.name).parts[1:]).as_posix()
            for member in archive.getmembers()
            if member.isfile()
        }
    return set(zipfile.ZipFile(wheel).namelist()), in_source


def test_wheel_when_built_then_holds_exactly_what_the_code_needs(built: tuple[set[str], set[str]]) -> None:
    expected = {
        f"{place}/{Path(name).relative_to(folder).as_posix()}"
        for folder, place in PLACES.items()
        for name in tracked(folder)
        # how the checks read SQL is of no use to an installation
        if not Path(name).name.startswith(".sqlfluff")
    }
    assert "csc_warehouse/shipped/dbt_project/dbt_project.yml" in expected
    assert "csc_warehouse/overlay/kinds.yml" in expected
    packed = {name for name in built[0] if ".dist-info/" not in name}
    assert packed == expected


def test_source_distribution_when_built_then_holds_the_checkout(built: tuple[set[str], set[str]]) -> None:
    assert built[1] - {"PKG-INFO"} == tracked()


def test_wheel_when_built_then_holds_no_profile_that_the_installation_wrote(built: tuple[set[str], set[str]]) -> None:
    # the nightly build's own profile, which names no server
    (profile,) = (name for name in built[0] if name.endswith("profiles.yml"))
    assert profile == "csc_warehouse/shipped/dbt_project/profiles/profiles.yml"
