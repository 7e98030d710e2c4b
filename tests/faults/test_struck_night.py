"""A night struck at random moments, and begun again by nobody but its timetable; `make chaos` is the long one."""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.chaos_night import look
from csc_warehouse.settings import Settings, child_environment
from csc_warehouse.warehouse import cluster
from tests.conftest import Night
from tests.support.faulty import copied

NIGHT = "from csc_warehouse import nightly; nightly.run()"
LOOKS = {"rows of landing.delivery_looks"}
"""How often the folder of deliveries was looked at is another number in each."""
TRIES = 3
LATEST_STRIKE = 25.0
"""Seconds after a beginning: the build is at work, or the judging of what it made."""


def _kill(process: subprocess.Popen[bytes], server: Path) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _kill_server(process: subprocess.Popen[bytes], server: Path) -> None:
    postmaster = psutil.Process(int((cluster.data_directory(server) / "postmaster.pid").read_text().split()[0]))
    for victim in (postmaster, *postmaster.children(recursive=True)):
        victim.kill()
    # the night finds its database gone, and says so
    assert process.wait(120) != 0
    cluster.start(server)


STRIKES: tuple[Callable[[subprocess.Popen[bytes], Path], None], ...] = (_kill, _kill_server, _kill)


def _begin(settings: Settings) -> subprocess.Popen[bytes]:
    environment = child_environment(
        CSC_WAREHOUSE_HOME=str(settings.home),
        CSC_WAREHOUSE_EXPORTS=str(settings.exports),
        CSC_WAREHOUSE_URL=str(settings.database_url),
        CSC_WAREHOUSE_KEY_FILE=str(settings.key_file),
    )
    return subprocess.Popen([sys.executable, "-c", NIGHT], env=environment, start_new_session=True)  # noqa: S603


def test_night_when_struck_at_random_moments_then_leaves_what_an_undisturbed_one_left(
    sample_night: Night, tmp_path: Path
) -> None:
    seed = secrets.randbelow(1_000_000)
    randomness = random.Random(seed)  # noqa: S311  (moments, no secret)
    sample_night.landed.archive.mkdir(exist_ok=True)
    struck = []
    with copied(sample_night.landed, tmp_path / "home", "struck") as empty:
        # all of these have landed; the night looks, and builds
        settings = empty.model_copy(update={"exports": sample_night.settings.exports})
        for strike in randomness.sample(STRIKES, len(STRIKES)):
            night = _begin(settings)
            second = randomness.uniform(2.0, LATEST_STRIKE)
            try:
                night.wait(second)
            except subprocess.TimeoutExpired:
                strike(night, sample_night.settings.home)
                struck.append(strike.__name__)
        assert struck, f"seed {seed}: every night was over before it could be struck"
        # the server may still be at work for one that was killed: a timetable tries again, too
        assert any(_begin(settings).wait(300) == 0 for _ in range(TRIES)), f"seed {seed}, {struck}"
        differing = set(look(settings).differences(look(sample_night.settings)))
        assert differing - LOOKS == set(), f"seed {seed}, {struck}"
