"""The named damages of `sample --fault`: what each does, and how they are put into written deliveries."""

from __future__ import annotations

import hashlib
import importlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from csc_warehouse.errors import UsageError, nearest
from csc_warehouse.sample.successor_writer import SUCCESSOR
from csc_warehouse.sample.written_deliveries import Delivery, Sheet, deliveries_of


@dataclass(frozen=True)
class Target:
    """What a fault may touch."""

    out: Path
    authority: str
    rng: random.Random
    raise_deliveries: list[Delivery]
    wccis_deliveries: list[Delivery]
    successor_deliveries: list[Delivery]

    @property
    def live(self) -> list[Delivery]:
        """Return the deliveries of the system that is in use on the last day."""
        return self.successor_deliveries or self.wccis_deliveries or self.raise_deliveries

    @property
    def last_in_files(self) -> Delivery:
        """Return the newest delivery that has a file for each entity: the successor's, else RAISe's."""
        return (self.successor_deliveries or self.raise_deliveries)[-1]

    @property
    def last_with_manifest(self) -> Delivery:
        """Return the newest delivery that has a manifest."""
        return (self.successor_deliveries or self.wccis_deliveries)[-1]

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


class Step(IntEnum):
    """When a fault is put in, where several are: none may mend, or take away, what another has damaged."""

    COMES = 1
    """What does not come, or comes again."""
    SAYS = 2
    """What the rows say."""
    SHAPED = 3
    """Columns and values that are not as agreed; control file or manifest still agree with the file."""
    ANNOUNCED = 4
    """Files that are not those that were announced, or are not to be read."""
    OPENS = 5
    """What is not there, or not to be opened, to be damaged in another way."""


@dataclass(frozen=True)
class Fault:
    """One damage."""

    name: str
    description: str
    step: Step
    apply: Callable[[Target], None]


FAULTS: dict[str, Fault] = {}
"""Every fault by name; filled by the modules that define them."""


def fault(description: str, step: Step = Step.SAYS) -> Callable[[Callable[[Target], None]], Callable[[Target], None]]:
    """Register a function as the fault of its name."""

    def register(function: Callable[[Target], None]) -> Callable[[Target], None]:
        FAULTS[function.__name__] = Fault(function.__name__, description, step, function)
        return function

    return register


def known_faults() -> dict[str, Fault]:
    """Return every fault by name."""
    for module in ("faults_records", "faults_files", "faults_returns"):
        importlib.import_module(f"csc_warehouse.sample.{module}")
    return FAULTS


def check_faults(names: Sequence[str]) -> None:
    """Raise UsageError for a name that is no fault, or is given twice."""
    unknown = sorted(set(names) - set(known_faults()))
    if unknown:
        meant = [f" Did you mean {found}?" for name in unknown if (found := nearest(name, known_faults()))]
        raise UsageError(
            f"{', '.join(unknown)} is no fault; there are: {', '.join(sorted(known_faults()))}.{''.join(meant)}"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"{', '.join(twice)} is named twice: a fault is put in once.")


def in_order(names: Sequence[str]) -> list[str]:
    """Return faults in the order in which they are put in, however they were named."""
    known = list(known_faults())
    return sorted(names, key=lambda name: (FAULTS[name].step, known.index(name)))


def apply_faults(out: Path, authority: str, names: Sequence[str], seed: int) -> None:
    """Damage written deliveries in each of the named ways; the same seed damages the same rows, in whatever company.

    Raises UsageError for a name that is no fault or is given twice, a fault whose deliveries are not there, and one
    that the others leave nothing to damage.
    """
    check_faults(names)
    is_alone = len(names) == 1
    before: set[tuple[str, bytes]] = set()
    for place, name in enumerate(in_order(names)):
        if not is_alone and place == 0:
            before = _state(out)
        target = Target(
            out,
            authority,
            random.Random(f"{seed} {name}"),  # noqa: S311 - which rows to damage is no secret
            deliveries_of(out, "raise", authority),
            deliveries_of(out, "wccis", authority),
            deliveries_of(out, SUCCESSOR, authority),
        )
        try:
            FAULTS[name].apply(target)
        except (IndexError, KeyError, FileNotFoundError) as error:
            raise UsageError(f"The fault {name} finds nothing to damage: the sample has no such delivery.") from error
        if not is_alone:
            before, state = _state(out), before
            if before == state:
                others = ", ".join(other for other in names if other != name)
                raise UsageError(f"The fault {name} finds nothing left to damage beside {others}: leave one out.")


def _state(out: Path) -> set[tuple[str, bytes]]:
    """Return every file of the exports with its hash."""
    found = set()
    for path in out.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                found.add((str(path), hashlib.file_digest(file, "sha256").digest()))
    return found
