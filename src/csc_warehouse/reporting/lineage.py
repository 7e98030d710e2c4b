"""What came from what, as OpenLineage events: for each delivery its landing, for each night its build, check and
publication. Written from the ledger and the releases, so that the same history gives the same events again.

No value of a child is in them: names of files, relations and jobs, times, outcomes.
"""

from __future__ import annotations

import datetime
import http.client
import json
import logging
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.settings import Config
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse

LOGGER = logging.getLogger(__name__)
SCHEMA_URL = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/definitions/RunEvent"
NAMESPACE = "csc-warehouse"
_IDS = uuid.UUID("0f3b2f4e-6f0c-5f2a-8a53-9d0a4f0d9f11")
"""What the runs' ids are worked out from: an event that is sent twice is one event."""

SENDS_FOR_SECONDS = 120
"""A server that answers slowly holds a night no longer than this, and one try more."""
_UTC = datetime.UTC

_BEFORE = text("select max(created_at) from release.releases where release_id < :release_id")
_DELIVERIES = text(statement(__name__, "deliveries"))
_NIGHTS = text(statement(__name__, "nights"))
_DATASETS = text(statement(__name__, "datasets"))

Datasets = list[dict[str, str]]


def events(warehouse: Warehouse, since: datetime.datetime) -> Iterator[dict[str, Any]]:
    """Yield the events of what landed, and of the nights that began, since an instant, in the order of the ledger.

    Each run has two: START, and COMPLETE or (refused, held) FAIL. A step that has not ended has its first alone.
    """
    with warehouse.transaction() as connection:
        deliveries = connection.execute(_DELIVERIES, {"since": since}).all()
        nights = connection.execute(_NIGHTS, {"since": since}).all()
        published = [(row.schema_name, row.relation_name) for row in connection.execute(_DATASETS)]
    place = f"postgres://{warehouse.url.host or 'localhost'}:{warehouse.url.port or 5432}"

    def tables(names: Iterable[tuple[str, str]]) -> Datasets:
        return [{"namespace": place, "name": f"{warehouse.url.database}.{s}.{n}"} for s, n in names]

    landed: set[tuple[str, str]] = set()
    for row in deliveries:
        folder = f"{row.source}/{row.authority_code}/{row.business_date}"
        files = [{"namespace": "file", "name": f"{folder}/{name}"} for name in sorted(set(row.files))]
        entities = [("landing", f"{row.source}_{entity}") for entity in row.entities]
        landed |= set(entities)
        yield from _run(
            "land." + row.source,
            f"delivery {row.delivery_id}",
            began=row.received_at,
            ended=row.landed_at,
            is_failed=row.status == "refused",
            inputs=files,
            outputs=[] if row.status == "refused" else tables(entities),
        )
    candidates = [(f"{schema}_candidate", name) for schema, name in published]
    for row in nights:
        steps: tuple[tuple[str, Any, Any, bool, Datasets, Datasets], ...] = (
            ("build", row.created_at, row.judged_from, False, tables(sorted(landed)), tables(candidates)),
            ("check", row.judged_from, row.judged_until, row.is_held, tables(candidates), []),
            ("publish", row.judged_until, row.published_at, False, tables(candidates), tables(published)),
        )
        for step, began, ended, is_failed, inputs, outputs in steps:
            if began is None or (step == "publish" and ended is None):
                continue
            yield from _run(
                step,
                f"release {row.release_id}",
                began=began,
                ended=ended,
                is_failed=is_failed,
                inputs=inputs,
                outputs=outputs,
                version=row.code_version,
            )


def write(warehouse: Warehouse, since: datetime.datetime, out: Path) -> int:
    """Write the events to a file, one JSON object a line, whole or not at all; return how many."""
    lines = [json.dumps(event, sort_keys=True) for event in events(warehouse, since)]
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(f".{out.name}.new")
    unfinished.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    unfinished.replace(out)
    return len(lines)


def tell(warehouse: Warehouse, release_id: int, config: Config) -> int:
    """Append the events of a release to the configured file and send them to the configured server; return how many.

    They are those of its night and of what landed since the release before began. What cannot be written or sent
    never fails the night: one sentence in the log says so, and csc-warehouse lineage writes it all again.
    """
    configured = config.lineage
    if configured.file is None and configured.url is None:
        return 0
    again = "csc-warehouse lineage --since DAY --out FILE writes them for sending later"
    try:
        with warehouse.transaction() as connection:
            before = connection.execute(_BEFORE, {"release_id": release_id}).scalar()
        since = before + datetime.timedelta(microseconds=1) if before else datetime.datetime(1970, 1, 1, tzinfo=_UTC)
        lines = [json.dumps(event, sort_keys=True) for event in events(warehouse, since)]
    except (CscWarehouseError, SQLAlchemyError) as error:
        LOGGER.error("The lineage of release %s cannot be read: %s; %s.", release_id, type(error).__name__, again)
        return 0
    if configured.file is not None:
        try:
            _append(configured.file, lines)
        except (OSError, ValueError) as error:
            LOGGER.error("lineage.file is NOT written: %s; see to its folder, and %s.", type(error).__name__, again)
    if configured.url is not None:
        try:
            _send(configured.url.get_secret_value(), lines, configured.timeout_seconds)
        except (OSError, http.client.HTTPException, ValueError) as error:
            # the words of a server may quote what was sent to it, and an address may hold a secret
            code = getattr(error, "code", None) or getattr(error, "errno", None)
            kind = f"{type(error).__name__}{f' ({code})' if code else ''}"
            LOGGER.error("Lineage is NOT sent to lineage.url: %s; see to that server, and %s.", kind, again)
    return len(lines)


def _append(path: Path, lines: list[str]) -> None:
    """Append the lines that a file does not hold yet: a night whose pages are written again is there once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_text(encoding="utf-8") if path.exists() else ""
    known = set(held.splitlines())
    # a line that was cut off by a full disk is left apart from the next one
    start = "\n" if held and not held.endswith("\n") else ""
    with path.open("a", encoding="utf-8") as file:
        file.write(start + "".join(f"{line}\n" for line in lines if line not in known))


def _send(address: str, lines: list[str], timeout: float) -> None:
    """POST each event, one that fails a second time; raises what the last try of the first that cannot be sent did."""
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        raise ValueError("lineage.url is no http or https address")
    end = time.monotonic() + SENDS_FOR_SECONDS
    for line in lines:
        if time.monotonic() > end:
            raise TimeoutError
        try:
            _post(address, line, timeout)
        except (OSError, http.client.HTTPException):
            _post(address, line, timeout)


def _post(address: str, line: str, timeout: float) -> None:
    request = urllib.request.Request(  # noqa: S310  (its scheme was looked at)
        address, data=line.encode(), headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=timeout):  # noqa: S310
        return


def _run(
    job: str,
    what: str,
    *,
    began: datetime.datetime,
    ended: datetime.datetime | None,
    is_failed: bool,
    inputs: Datasets,
    outputs: Datasets,
    version: str = "",
) -> Iterator[dict[str, Any]]:
    producer = f"urn:csc-warehouse:{version}" if version else "urn:csc-warehouse"
    common = {
        "producer": producer,
        "schemaURL": SCHEMA_URL,
        "run": {"runId": str(uuid.uuid5(_IDS, f"{job} {what}"))},
        "job": {"namespace": NAMESPACE, "name": job},
        "inputs": inputs,
        "outputs": outputs,
    }
    yield {**common, "eventType": "START", "eventTime": _instant(began)}
    if ended is not None:
        yield {**common, "eventType": "FAIL" if is_failed else "COMPLETE", "eventTime": _instant(ended)}


def _instant(at: datetime.datetime) -> str:
    return at.astimezone(datetime.UTC).isoformat()
