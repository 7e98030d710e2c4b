"""How many processors this process may use: what its container was given, and not what the machine has."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
_QUOTAS = (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"))
"""Where the kernel tells microseconds of processor time in a period, and the period: version two, then one."""


def usable_processors(most: int | None = None) -> int:
    """Return how many processors this process may keep busy: at least one, and no more than most."""
    found = len(os.sched_getaffinity(0))
    for names in _QUOTAS:
        # no such file outside a container, "max" or -1 where nothing is limited
        with suppress(OSError, ValueError):
            quota, period = (int(word) for name in names for word in (CGROUP / name).read_text("ascii").split())
            if quota > 0 and period > 0:
                found = min(found, math.ceil(quota / period))
    return max(1, found if most is None else min(found, most))
