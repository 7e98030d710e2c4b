"""One trial of the compose file on this machine's Docker, which is started and stopped where it does not run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compose import stack as trial
from tests.compose.stack import Stack, wait_until
from tests.support.debian import program_path

NEEDED = ("dockerd", "docker", "docker-compose", "debootstrap", "sftp")
KEEP = "CSC_COMPOSE_KEEP"
"""Set: the images stay for another trial."""


def _answers() -> bool:
    return subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0  # noqa: S607


@pytest.fixture(scope="session")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have Docker's daemon answer, and end it afterwards where it was started here."""
    lacking = [name for name in NEEDED if program_path(name) is None]
    if lacking or os.geteuid() != 0:
        pytest.skip(f"left out: needs root and {', '.join(lacking) or 'nothing else'} (Debian: docker.io, debootstrap)")
    if _answers():
        yield
        return
    with (tmp_path_factory.mktemp("docker") / "dockerd.log").open("w") as log:
        daemon = subprocess.Popen(["dockerd"], stdout=log, stderr=log, start_new_session=True)  # noqa: S607
    try:
        wait_until("Docker answers", _answers, seconds=60)
        yield
    finally:
        daemon.terminate()
        daemon.wait(timeout=60)


@pytest.fixture(scope="session")
def stack(docker: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Yield the project with its images built and nothing started; everything of it is removed afterwards."""
    folder = tmp_path_factory.mktemp("compose")
    trial.build_images(folder)
    made = Stack(folder)
    try:
        yield made
    finally:
        made.compose(
            "--profile", "scale", "--profile", "bi", "--profile", "trial", "down", "--volumes", "--timeout", "5"
        )
        if KEEP not in os.environ:
            trial.remove_images()


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return what is delivered before each of three nights: all but two days, the last day but one, the last day."""
    from benchmarks.small_council import write_small_council

    whole = tmp_path_factory.mktemp("exports") / "whole"
    write_small_council(whole, scale=0.01)
    days = sorted(path.name for path in whole.glob("wccis/*/*"))[-2:]
    folders = []
    for day in reversed(days):
        folder = whole.with_name(day)
        for path in sorted(whole.rglob(day)):
            target = folder / path.relative_to(whole)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, target)
        folders.append(folder)
    return [whole, *reversed(folders)]
