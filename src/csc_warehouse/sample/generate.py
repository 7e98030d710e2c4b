"""One authority's lives, from its first day to the horizon."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

from csc_warehouse.sample import everyday_errors, front_door, identities, later_events, lives, people
from csc_warehouse.sample.calibration import Calibration
from csc_warehouse.sample.demand import plan_referrals
from csc_warehouse.sample.migration import number_records
from csc_warehouse.sample.model import World

Progress = Callable[[str, int, int], None]
_STEPS = 7


def generate(
    authority: str,
    *,
    seed: int,
    start: dt.date,
    horizon: dt.date,
    cut_over: dt.date | None,
    scale: float,
    calibration: Calibration,
    is_clean: bool,
    progress: Progress,
) -> World:
    """Tell the lives of one authority's children; the same arguments give the same world."""
    world = World(
        authority=authority,
        seed=seed,
        start=start,
        horizon=horizon,
        cut_over=cut_over,
        is_clean=is_clean,
        scale=scale,
        calibration=calibration,
        rng=random.Random(f"{seed} {authority}"),  # noqa: S311 - a synthetic council, no secret
    )
    what = f"telling lives {authority}"
    progress(what, 0, _STEPS)
    lives.begin(world)
    progress(what, 1, _STEPS)
    incidents = lives.live(world, plan_referrals(world))
    progress(what, 2, _STEPS)
    later_events.leave_care(world)
    later_events.sit_examinations(world)
    later_events.prevent(world)
    progress(what, 3, _STEPS)
    front_door.report(world, incidents, later_events.go_missing(world))
    progress(what, 4, _STEPS)
    if not is_clean:
        everyday_errors.add_mess(world, incidents)
    progress(what, 5, _STEPS)
    people.add_clients(world)
    if not is_clean:
        identities.add_client_mess(world)
    progress(what, 6, _STEPS)
    number_records(world)
    progress(what, _STEPS, _STEPS)
    return world
