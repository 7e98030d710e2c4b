"""What a first night costs as history and authorities grow: each point in a home of its own, none kept."""

from __future__ import annotations

import datetime

from benchmarks import landing
from benchmarks.bench_rows import Drawing, Part, Row
from csc_warehouse import nightly
from csc_warehouse.sample import write_sample
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.warehouse import cluster

ENDS = (datetime.date(2016, 9, 30), datetime.date(2017, 9, 30), datetime.date(2018, 12, 31))
"""Half a year, a year and a half, and two years and three quarters of history."""
AUTHORITIES = (1, 2, 4)
STEPS = ("landing", "building", "checking", "publishing")


def _night(settings: Settings, name: str, *, end: datetime.date, authorities: int) -> dict[str, float]:
    home = settings.home / name
    own = load_settings(home=home, exports=home / "exports")
    write_sample(own.exports, end=end, authorities=authorities)
    try:
        return {
            "landing": landing.timed(lambda: nightly.land(settings=own))[0],
            "building": landing.timed(lambda: nightly.build(settings=own))[0],
            "checking": landing.timed(lambda: nightly.check(settings=own))[0],
            "publishing": landing.timed(lambda: nightly.publish(settings=own))[0],
        }
    finally:
        cluster.stop(home)


def _part(name: str, title: str, found: dict[str, dict[str, float]]) -> Part:
    rows = tuple(
        Row(f"{step}, {place}", (found[place][step],), "s", "a first night, all of it")
        for place in found
        for step in STEPS
    )
    drawn = {step: tuple(round(found[place][step], 1) for place in found) for step in STEPS}
    return Part(rows, (Drawing(name, title, tuple(found), drawn, "seconds"),))


def measure_history(settings: Settings) -> Part:
    """Return the steps of a first night by years of history, one authority."""
    found = {f"to {end:%B %Y}": _night(settings, f"to-{end}", end=end, authorities=1) for end in ENDS}
    return _part("history", "A first night of one authority, by the end of a history that begins in April 2016", found)


def measure_authorities(settings: Settings) -> Part:
    """Return the steps of a first night by authorities, half a year of history each."""
    found = {
        f"{count} of 22": _night(settings, f"authorities-{count}", end=ENDS[0], authorities=count)
        for count in AUTHORITIES
    }
    return _part("authorities", "A first night of half a year of history, by authorities", found)
