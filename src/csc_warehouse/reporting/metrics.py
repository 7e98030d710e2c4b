"""How the warehouse is, as OpenMetrics: what Prometheus keeps, an alert watches and a dashboard draws.

Each is a gauge of counts, seconds, bytes or instants; no value of a child, and no figure. As a file the text is valid
in Prometheus' older format as well, which node_exporter's textfile collector reads.
"""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from sqlalchemy import text

from csc_warehouse.sql_files import statement
from csc_warehouse.version import code_version
from csc_warehouse.warehouse import Warehouse, kept_log
from csc_warehouse.warehouse.backup import dated

PREFIX = "csc_warehouse_"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@dataclass(frozen=True)
class Metric:
    """One family: its name without the prefix, and what it says. Its unit is the end of its name, where it has one."""

    name: str
    says: str

    @property
    def unit(self) -> str:
        """Return the unit that OpenMetrics knows of it; empty for a plain number."""
        return next((unit for unit in ("seconds", "bytes", "rows") if self.name.endswith(f"_{unit}")), "")


DESCRIBED = Metric("build", "Always 1; its label is the version of the code.")
WRITTEN = Metric("written_timestamp_seconds", "When these metrics were written.")
FREE = Metric("disk_free_bytes", "Space left on the disk of a place.")
SIZE = Metric("disk_size_bytes", "Size of the disk of a place.")
WAIVED = Metric("safeguards_waived", "Safeguards that the configuration waives.")
BACKED_UP = Metric("backup_newest_timestamp_seconds", "When the newest backup in the configured folder was written.")
BACKUP_SIZE = Metric("backup_newest_bytes", "Size of the newest backup in the configured folder.")
COPIED = Metric("copy_newest_timestamp_seconds", "When csc-warehouse protect made the newest copy in its folder.")

ASKED: dict[str, tuple[Metric, ...]] = {
    statement(__name__, "deliveries"): (
        Metric("delivery_received_timestamp_seconds", "When the latest accepted delivery of a source was received."),
        Metric(
            "delivery_business_date_timestamp_seconds",
            "Beginning of the latest business date that was accepted from a source, by London's clock.",
        ),
        Metric("delivery_accepted_rows", "Rows accepted of a source's latest delivery, of each return for corporate."),
        Metric("delivery_quarantined_rows", "Rows put in quarantine of a source's latest delivery."),
        Metric("delivery_waited_seconds", "How long a source's latest delivery waited from its receipt to the ledger."),
        Metric(
            "delivery_current",
            "0 for a case system whose latest business date is over a week before that of another, else 1.",
        ),
    ),
    statement(__name__, "held_deliveries"): (Metric("deliveries", "Deliveries in the ledger by what became of them."),),
    statement(__name__, "open_refusals"): (
        Metric("open_refusals", "Refused deliveries that nothing has taken the place of yet."),
    ),
    statement(__name__, "published"): (
        Metric("published_release", "Number of the release that readers see."),
        Metric("published_timestamp_seconds", "When the figures that readers see were published."),
        Metric(
            "published_as_at_timestamp_seconds",
            "Beginning of the day as at which the figures are that readers see, by London's clock.",
        ),
        Metric(
            "published_or_quiet_timestamp_seconds",
            "When the figures that readers see were published, or a night last found nothing new since them.",
        ),
    ),
    statement(__name__, "verdicts"): (
        Metric("verdict_of_latest_night", "1 for the verdict that the latest judged night had, 0 for the others."),
    ),
    statement(__name__, "checks"): (
        Metric("checks_of_latest_night", "Checks of the latest judged night by gate, severity and status."),
    ),
    statement(__name__, "night"): (
        Metric("night_step_seconds", "How long a step of the latest judged night took; publish only where it did."),
    ),
    statement(__name__, "untold"): (Metric("untold_messages", "Messages that somebody should have got and has not."),),
    statement(__name__, "upkeep"): (
        Metric("upkeep_step_failed", "1 where a step of the upkeep failed when it was last tried, else 0."),
        Metric("upkeep_step_seconds", "How long a step of the upkeep took when it was last tried."),
        Metric("upkeep_step_done_timestamp_seconds", "When a step of the upkeep was last done."),
    ),
    statement(__name__, "readings"): (
        Metric("readings_recorded", "Openings of what names children that were recorded."),
    ),
    statement(__name__, "kept_log"): (
        Metric(
            "log_kept_timestamp_seconds", "When the server last handed over a piece of its log; only where it does."
        ),
        Metric("log_not_kept", "1 where the server's last try to hand over a piece of its log failed, else 0."),
        Metric("log_waiting_bytes", "How much of the server's log was written after the last piece handed over."),
    ),
    statement(__name__, "database"): (
        Metric("database_size_bytes", "Size of the warehouse's database."),
        Metric("database_sessions", "Sessions on the warehouse's database."),
    ),
}
"""The statements, and the metrics that their columns are; every other column of one is a label."""

OWN = (DESCRIBED, WRITTEN, FREE, SIZE, WAIVED, BACKED_UP, BACKUP_SIZE, COPIED)
METRICS: tuple[Metric, ...] = (*OWN, *(metric for asked in ASKED.values() for metric in asked))


class _Collected(Collector):
    """What was read once, as the library asks for it."""

    def __init__(self, families: list[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return self._families


def exposition(warehouse: Warehouse, at: datetime.datetime) -> str:
    """Return all metrics as OpenMetrics text, ending in # EOF.

    at: when they are written, an instant with a zone: an old file shows that nothing writes it any more.
    """
    registry = CollectorRegistry()
    registry.register(_Collected([*_own(warehouse, at), *_asked(warehouse)]))
    write_as, _ = choose_encoder(OPENMETRICS)
    return write_as(registry).decode()


def write(warehouse: Warehouse, at: datetime.datetime, out: Path) -> Path:
    """Write the metrics to a file, whole or not at all, readable by whoever may read its folder; return its path."""
    from csc_warehouse.warehouse.home import as_readable_as_its_folder

    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(f".{out.name}.new")
    unfinished.write_text(exposition(warehouse, at), encoding="utf-8")
    unfinished.chmod(as_readable_as_its_folder(out.parent))
    unfinished.replace(out)
    return out


def _family(metric: Metric, labels: Iterable[str] = ()) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + metric.name, metric.says, labels=list(labels), unit=metric.unit)


def _asked(warehouse: Warehouse) -> Iterator[GaugeMetricFamily]:
    with warehouse.transaction() as connection:
        for asked, metrics in ASKED.items():
            found = connection.execute(text(asked))
            names = {metric.name for metric in metrics}
            labels = [column for column in found.keys() if column not in names]  # noqa: SIM118  (a result is no dict)
            rows: list[dict[str, Any]] = [dict(row) for row in found.mappings()]
            for metric in metrics:
                family = _family(metric, labels)
                for row in rows:
                    # what is not known has no sample: a nought would be a claim
                    if row[metric.name] is not None:
                        family.add_metric([str(row[label]) for label in labels], float(row[metric.name]))
                yield family


def _own(warehouse: Warehouse, at: datetime.datetime) -> Iterator[GaugeMetricFamily]:
    settings = warehouse.settings
    described = _family(DESCRIBED, ["version"])
    described.add_metric([code_version()], 1)
    written, waived = _family(WRITTEN), _family(WAIVED)
    written.add_metric([], at.timestamp())
    waived.add_metric([], len(settings.config.safeguards.waived))
    folder = settings.config.maintenance.backup_folder
    places = {"home": settings.home, "exports": settings.exports} | ({"backups": folder} if folder else {})
    free, size = _family(FREE, ["place"]), _family(SIZE, ["place"])
    for place, path in places.items():
        # a folder that is gone has no sample, and the alert PlaceGone watches for that
        if path.is_dir():
            disk = shutil.disk_usage(path)
            free.add_metric([place], disk.free)
            size.add_metric([place], disk.total)
    yield from (described, written, waived, free, size)
    backups = dated(folder) if folder else []
    when, bytes_ = _family(BACKED_UP), _family(BACKUP_SIZE)
    if backups:
        newest = backups[-1].stat()
        when.add_metric([], newest.st_mtime)
        bytes_.add_metric([], newest.st_size)
    copied = _family(COPIED)
    if copy := kept_log.newest_copy(kept_log.folder_of(warehouse)):
        copied.add_metric([], copy.timestamp())
    yield from (when, bytes_, copied)
