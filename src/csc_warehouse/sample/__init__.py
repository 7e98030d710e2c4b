"""A synthetic council: made-up children whose records give the published figures, in the sources' own formats."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from csc_warehouse.errors import UsageError
from csc_warehouse.sample.calendar import add_months, year_start
from csc_warehouse.sample.calibration import load_calibration
from csc_warehouse.sample.corporate import write_corporate
from csc_warehouse.sample.faults import apply_faults, check_faults
from csc_warehouse.sample.generate import Progress, generate
from csc_warehouse.sample.identities import add_merges, mislead
from csc_warehouse.sample.migration import migrate
from csc_warehouse.sample.model import DAY
from csc_warehouse.sample.raise_writer import write_raise
from csc_warehouse.sample.successor_writer import SUCCESSOR, write_successor
from csc_warehouse.sample.wccis_writer import write_wccis

_MARKER = "SAMPLE.txt"
"""Tells a folder of samples, which may be written again, from a council's exports, which may not."""
HOME_AUTHORITY = "W06000006"
CUT_OVER = dt.date(2018, 5, 21)
FIRST_DAY = dt.date(2016, 4, 1)
LAST_DAY = dt.date(2018, 12, 31)
FURTHER_AUTHORITIES = {
    "W06000001": 0.5,
    "W06000002": 0.9,
    "W06000003": 0.8,
    "W06000004": 0.7,
    "W06000005": 1.1,
    "W06000008": 0.45,
    "W06000009": 0.85,
    "W06000010": 1.3,
    "W06000011": 1.75,
    "W06000012": 1.05,
    "W06000013": 1.05,
    "W06000014": 0.95,
    "W06000015": 2.7,
    "W06000016": 1.85,
    "W06000018": 1.4,
    "W06000019": 0.6,
    "W06000020": 0.7,
    "W06000021": 0.6,
    "W06000022": 1.15,
    "W06000023": 0.85,
    "W06000024": 0.5,
}
"""Welsh authorities besides Wrexham, and their size against it."""


@dataclass(frozen=True)
class SampleSummary:
    """What was written: deliveries and rows by source, the faults put in, where it lies."""

    out: Path
    first_business_date: dt.date
    last_business_date: dt.date
    deliveries: dict[str, int]
    rows: dict[str, int]
    children: int
    faults: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the sentence that the command prints."""
        parts = [
            f"{count} {source} deliveries ({self.rows[source]:,} rows)"
            for source, count in self.deliveries.items()
            if count
        ]
        text = f"Wrote {', '.join(parts)} about {self.children:,} made-up children to {self.out}."
        return f"{text} Damaged by: {', '.join(self.faults)}." if self.faults else text


def _ignore(what: str, done: int, of: int) -> None:
    """Show no progress."""


def write_sample(
    out: Path,
    *,
    seed: int = 1,
    authorities: int = 1,
    years: int | None = None,
    end: dt.date = LAST_DAY,
    clean: bool = False,
    faults: Sequence[str] = (),
    successor_from: dt.date | None = None,
    progress: Progress | None = None,
) -> SampleSummary:
    """Write the exports of a synthetic council; the same arguments write the same bytes.

    The first authority is Wrexham, calibrated to the published figures; further ones are WCCIS only. From
    successor_from on, the successor of WCCIS tells the first authority's lives.
    Raises UsageError for a folder that holds other exports, an unknown fault, or dates that leave nothing to write.
    Source: deliveries.md sections 1 to 5 and 8.
    """
    show = progress or _ignore
    check_faults(faults)
    start = FIRST_DAY if years is None else year_start(add_months(end, -12 * years))
    if successor_from is not None and not CUT_OVER < successor_from <= end:
        raise UsageError(
            f"The successor follows WCCIS, which the sample has from {CUT_OVER}: give a day after that, up to {end}."
        )
    _prepare(out, authorities, start, end)
    horizon = max(end, LAST_DAY)
    calibration = load_calibration()
    home = generate(
        HOME_AUTHORITY,
        seed=seed,
        start=start,
        horizon=horizon,
        cut_over=CUT_OVER,
        scale=1.0,
        calibration=calibration,
        is_clean=clean,
        progress=show,
    )
    deliveries: dict[str, int] = {}
    rows: dict[str, int] = {}
    placed = migrate(home)
    if not clean:
        add_merges(home, placed)
        mislead(home, placed)
    deliveries["raise"], rows["raise"] = write_raise(home, out, end, progress=show)
    last_of_wccis = end if successor_from is None else successor_from - DAY
    deliveries["wccis"], rows["wccis"] = write_wccis(home, placed, out, last_of_wccis, progress=show)
    if successor_from is not None:
        deliveries[SUCCESSOR], rows[SUCCESSOR] = write_successor(home, placed, out, successor_from, end, show)
    deliveries["corporate"], rows["corporate"] = write_corporate(home, out, end)
    children = len(home.records["client"])
    for code, scale in list(FURTHER_AUTHORITIES.items())[: authorities - 1]:
        world = generate(
            code,
            seed=seed,
            start=start,
            horizon=end,
            cut_over=None,
            scale=scale,
            calibration=calibration.uncalibrated(),
            is_clean=clean,
            progress=show,
        )
        counts = write_wccis(world, migrate(world), out, end, progress=show)
        deliveries["wccis"] += counts[0]
        rows["wccis"] += counts[1]
        children += len(world.records["client"])
    apply_faults(out, HOME_AUTHORITY, faults, seed)
    return SampleSummary(out, start, end, deliveries, rows, children, tuple(faults))


def _prepare(out: Path, authorities: int, start: dt.date, end: dt.date) -> None:
    """Check what was asked for; empty a folder that an earlier sample filled."""
    if not 1 <= authorities <= len(FURTHER_AUTHORITIES) + 1:
        raise UsageError(f"There are {len(FURTHER_AUTHORITIES) + 1} Welsh authorities: give 1 to that many.")
    if end < add_months(start, 1) - dt.timedelta(days=1):
        raise UsageError(f"Nothing is delivered from {start} to {end}: choose a later end.")
    marker = out / _MARKER
    filled = [out / source for source in ("raise", "wccis", SUCCESSOR, "corporate") if (out / source).exists()]
    if filled and not marker.exists():
        raise UsageError(f"{out} holds exports that are no sample: name another folder with --out.")
    for folder in filled:
        shutil.rmtree(folder)
    out.mkdir(parents=True, exist_ok=True)
    marker.write_text("Made-up children only. The next sample written here replaces these exports.\n", encoding="utf-8")
