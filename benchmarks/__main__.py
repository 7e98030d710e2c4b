"""Measure landing against bare COPY, a night step by step, its gate, the proof of hiding, forecasts and readers.

Run by `make bench`; `python -m benchmarks gate` (or another part's name) measures one part alone.
Absolute seconds depend on the machine and on what else it does; ratios of one run do not, much.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import disclosure, forecast, gate, landing, readers
from csc_warehouse import nightly
from csc_warehouse.sample import write_sample
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.warehouse import cluster


@contextmanager
def home_of_its_own() -> Iterator[Settings]:
    """Yield settings of an empty home, and take its cluster down afterwards."""
    home = Path(tempfile.mkdtemp(prefix="cscb"))
    home.chmod(0o755)
    try:
        yield load_settings(home=home, exports=home / "exports")
    finally:
        cluster.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def measure_night(settings: Settings) -> list[landing.Figure]:
    """Return the figures of a first night on the sample, step by step, and of a second with nothing new, also whole."""
    seconds, _ = landing.timed(lambda: write_sample(settings.exports))
    figures = [("writing Wrexham's sample", f"{seconds:.1f} s", "30 s")]
    for what, step in (
        ("landing all of the sample", lambda: nightly.land(settings=settings)),
        ("building the candidate", lambda: nightly.build(settings=settings)),
        ("checking, grading, reporting", lambda: nightly.check(settings=settings)),
        ("publishing", lambda: nightly.publish(settings=settings)),
        ("a second night with nothing new", lambda: nightly.run(settings=settings)),
        ("the same night built whole", lambda: nightly.run(settings=settings, is_whole=True)),
    ):
        seconds, _ = landing.timed(step)
        figures.append((what, f"{seconds:.1f} s", "60 s" if "night" in what else ""))
    return figures


def main() -> int:
    """Print measured figures beside their budgets; exit 0 whatever they are: a benchmark is no test."""
    parts: dict[str, Callable[[Settings], list[landing.Figure]]] = {
        "landing": landing.measure,
        "night": measure_night,
        "gate": gate.measure,
        "disclosure": disclosure.measure,
        "forecast": forecast.measure,
        "readers": readers.measure,
    }
    chosen = sys.argv[1:] or list(parts)
    table = Table(title="Measured in one run", title_justify="left")
    for heading in ("What", "Measured", "Budget"):
        table.add_column(heading)
    unknown = sorted(set(chosen) - set(parts))
    if unknown:
        raise SystemExit(f"no part is called {', '.join(unknown)}: choose of {', '.join(parts)}")
    for name in chosen:
        with home_of_its_own() as settings:
            for figure in parts[name](settings):
                table.add_row(*figure)
    Console(width=120).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
