"""The named damages of `sample --fault`: what each does, and how they are put into written deliveries."""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from csc_warehouse.errors import UsageError
from csc_warehouse.sample.exports import Delivery, Sheet, deliveries_of


@dataclass(frozen=True)
class Target:
    """What a fault may touch."""

    out: Path
    authority: str
    rng: random.Random
    raise_deliveries: list[Delivery]
    wccis_deliveries: list[Delivery]

    @property
    def live(self) -> list[Delivery]:
        """Return the deliveries of the system that is in use on the last day."""
        return self.wccis_deliveries or self.raise_deliveries

    @property
    def last(self) -> Delivery:
        """Return the newest delivery of the system in use."""
        return self.live[-1]

    @property
    def since_last_full(self) -> list[Delivery]:
        """Return the newest full and the deltas after it: what decides how the system in use stands."""
        last = max(index for index, delivery in enumerate(self.live) if delivery.is_full)
        return self.live[last:]

    def edit(self, entity: str, change: Callable[[Sheet], None]) -> None:
        """Change an entity's rows in the newest full and every delivery after it."""
        for delivery in self.since_last_full:
            delivery.edit(entity, change)


@dataclass(frozen=True)
class Fault:
    """One damage."""

    name: str
    description: str
    apply: Callable[[Target], None]


FAULTS: dict[str, Fault] = {}
"""Every fault by name; filled by the modules that define them."""


def fault(description: str) -> Callable[[Callable[[Target], None]], Callable[[Target], None]]:
    """Register a function as the fault of its name."""

    def register(function: Callable[[Target], None]) -> Callable[[Target], None]:
        FAULTS[function.__name__] = Fault(function.__name__, description, function)
        return function

    return register


def known_faults() -> dict[str, Fault]:
    """Return every fault by name."""
    for module in ("faults_records", "faults_files"):
        importlib.import_module(f"csc_warehouse.sample.{module}")
    return FAULTS


def check_faults(names: Sequence[str]) -> None:
    """Raise UsageError for a name that is no fault."""
    unknown = sorted(set(names) - set(known_faults()))
    if unknown:
        raise UsageError(f"{', '.join(unknown)} is no fault; there are: {', '.join(sorted(known_faults()))}.")


def apply_faults(out: Path, authority: str, names: Sequence[str], seed: int) -> None:
    """Damage written deliveries in each of the named ways, one after the other; the same seed damages the same rows.

    Raises UsageError for a name that is no fault, or a fault whose deliveries are not there.
    """
    check_faults(names)
    for name in names:
        target = Target(
            out,
            authority,
            random.Random(f"{seed} {name}"),  # noqa: S311 - which rows to damage is no secret
            deliveries_of(out, "raise", authority),
            deliveries_of(out, "wccis", authority),
        )
        try:
            FAULTS[name].apply(target)
        except (IndexError, KeyError, FileNotFoundError) as error:
            raise UsageError(f"The fault {name} finds nothing to damage: the sample has no such delivery.") from error
