"""The gate alone: door, exit, grades, disclosure, worklists and pages of a first night, without what it judges."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from benchmarks.landing import Figure, timed
from csc_warehouse import landing, nightly, publication, transform
from csc_warehouse.contracts.door import DeliveryProfile
from csc_warehouse.quality import disclosure, door, door_docs, exit_checks, failing_records, grades, validation
from csc_warehouse.sample import write_sample
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import Warehouse, open_warehouse

BUDGET_SECONDS = 30


class Meter:
    """Adds up what the gate takes: seconds, and statements sent to the server."""

    def __init__(self, warehouse: Warehouse) -> None:
        """Count the statements of a warehouse's engine."""
        self.figures: list[Figure] = []
        self.seconds = 0.0
        self._statements = 0
        event.listen(warehouse.engine, "before_cursor_execute", self._count)

    def _count(self, *_: Any) -> None:
        self._statements += 1

    def add(self, what: str, step: Callable[[], Any]) -> None:
        """Take one step and keep what it took."""
        before = self._statements
        seconds, _ = timed(step)
        self.keep(what, seconds, self._statements - before)

    def keep(self, what: str, seconds: float, statements: int) -> None:
        """Keep what was measured elsewhere."""
        self.seconds += seconds
        self.figures.append((what, f"{seconds:.1f} s, {statements} statements", ""))


class TimedDoor:
    """The door, and how long it took over all deliveries."""

    def __init__(self, keeper: door.Doorkeeper) -> None:
        """Keep the door that judges."""
        self._keeper = keeper
        self.seconds = 0.0
        self.deliveries = 0

    def __call__(self, profile: DeliveryProfile) -> door.VerdictWithResults:
        """Judge one delivery."""
        started = time.perf_counter()
        try:
            return self._keeper(profile)
        finally:
            self.seconds += time.perf_counter() - started
            self.deliveries += 1


def measure(settings: Settings) -> list[Figure]:
    """Return what the gate of a first night on the sample takes, step by step; landing and building are not in it."""
    write_sample(settings.exports)
    imported, _ = timed(validation.prepare)
    warehouse = open_warehouse(settings)
    meter = Meter(warehouse)
    keeper = TimedDoor(door.Doorkeeper(warehouse))
    tickets = [
        ticket
        for source in settings.config.sources
        for ticket in nightly.find_waiting_tickets(source, settings=settings, is_scheduled=False)
    ]
    tickets.sort(key=lambda ticket: str(ticket["business_date"]))
    landing.land(warehouse, [landing.Delivery.from_ticket(ticket) for ticket in tickets], door=keeper)
    # one statement records what was found of a delivery
    meter.keep(f"door, {keeper.deliveries} deliveries", keeper.seconds, keeper.deliveries)
    release_id = int(nightly.build(settings=settings)["release_id"])
    meter.add("exit checks and rules", lambda: exit_checks.check(warehouse, release_id))
    meter.add("pages of deliveries", lambda: door_docs.write(warehouse))
    meter.add("grades", lambda: grades.grade(warehouse, release_id))
    transform.build_layer(warehouse, "reporting")
    meter.add("disclosure", lambda: disclosure.check(warehouse, release_id))
    meter.add("worklists", lambda: failing_records.refresh(warehouse))
    publication.seal(warehouse, release_id)
    nightly.publish(release_id, settings=settings)
    # its own engine sends what it reads: a few statements for each authority
    pages, _ = timed(lambda: nightly.write_pages(release_id, settings=settings))
    meter.seconds += pages
    warehouse.engine.dispose()
    return [
        ("importing Great Expectations", f"{imported:.1f} s", ""),
        *meter.figures,
        ("quality report, catalogue, worklists as pages", f"{pages:.1f} s", ""),
        ("the whole gate beyond that import", f"{meter.seconds:.1f} s", f"{BUDGET_SECONDS} s"),
    ]
