"""A synthetic council: made-up children whose records give the published figures, in the sources' own formats."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from csc_warehouse.errors import UsageError
from csc_warehouse.sample.calendar import FIRST_YEAR, add_months, year_start
from csc_warehouse.sample.councils import (
    CUT_OVER,
    FURTHER_AUTHORITIES,
    HOME_AUTHORITY,
    LAST_DAY,
    Asked,
    write_side_by_side,
)
from csc_warehouse.sample.faults import apply_faults, check_faults
from csc_warehouse.sample.generate import Progress
from csc_warehouse.sample.successor_writer import SUCCESSOR

__all__ = ["CUT_OVER", "FURTHER_AUTHORITIES", "HOME_AUTHORITY", "LAST_DAY", "SampleSummary", "write_sample"]

_MARKER = "SAMPLE.txt"
"""Tells a folder of samples, which may be written again, from a council's exports, which may not."""
FIRST_DAY = dt.date(2016, 4, 1)


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
    check_faults(faults)
    if not 1 <= authorities <= len(FURTHER_AUTHORITIES) + 1:
        raise UsageError(
            f"There are {len(FURTHER_AUTHORITIES) + 1} Welsh authorities, and {authorities} were asked for: give 1 to"
            " that many."
        )
    most_years = end.year - FIRST_YEAR - 2
    if years is not None and not 0 <= years <= most_years:
        raise UsageError(
            f"{years} years before {end} are not in the sample's calendar of working days: give 0 to {most_years}."
        )
    start = FIRST_DAY if years is None else year_start(add_months(end, -12 * years))
    if successor_from is not None and not CUT_OVER < successor_from <= end:
        raise UsageError(
            f"The successor follows WCCIS, which the sample has from {CUT_OVER}: give a day after that, up to {end}."
        )
    codes = [HOME_AUTHORITY, *list(FURTHER_AUTHORITIES)[: authorities - 1]]
    _prepare(out, start, end)
    asked = [Asked(code, out, seed, start, end, clean, successor_from) for code in codes]
    deliveries: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    children = 0
    for written in write_side_by_side(asked, progress or _ignore):
        deliveries.update(written.deliveries)
        rows.update(written.rows)
        children += written.children
    apply_faults(out, HOME_AUTHORITY, faults, seed)
    return SampleSummary(out, start, end, dict(deliveries), dict(rows), children, tuple(faults))


def _prepare(out: Path, start: dt.date, end: dt.date) -> None:
    """Check what was asked for; empty a folder that an earlier sample filled."""
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
