"""What twenty-two authorities' nights leave behind: figures and words of each, tasks side by side, memory."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import psutil

from benchmarks.consumption import MIB, Looks, tree_bytes
from csc_warehouse.reporting import status
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import open_warehouse

SECONDS_BETWEEN_LOOKS = 2.0
Span = tuple[datetime.datetime, datetime.datetime]
"""When a task began and ended."""
_FIGURES = """
select authority_code, md5(string_agg(row_text, chr(10) order by row_text))
from (
    select authority_code, (to_jsonb(shown) - 'release_id')::text as row_text from marts.indicator_values as shown
) as figures
group by authority_code
"""
_LAST_DELIVERED = """
select authority_code, max(business_date) from landing.deliveries
where status = 'accepted' and source = 'wccis' group by authority_code
"""


def look(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return for each authority its figures' digest, their day and release, its last delivery and what is said of it.

    said: the sentences of its open refusals, then that of its latest verdict.
    """
    warehouse = open_warehouse(settings)
    told = status.read(warehouse)
    with warehouse.raw_connection() as connection:
        digests = {str(code): str(digest) for code, digest in connection.execute(_FIGURES).fetchall()}
        delivered = {str(code): str(day) for code, day in connection.execute(_LAST_DELIVERED).fetchall()}
    verdicts = {row["authority_code"]: row for row in told["latest_verdicts"]}
    found = {}
    for row in told["published"]:
        code = row["authority_code"]
        refusals = [refused["reason"] for refused in told["refused"] if refused["authority_code"] == code]
        found[code] = {
            "figures": digests.get(code),
            "release": row["release_id"],
            "as_at": row["as_at_date"].isoformat(),
            "delivered": delivered[code],
            "verdict": verdicts[code]["verdict"] if code in verdicts else None,
            "said": [*refusals, *([verdicts[code]["reason"] or ""] if code in verdicts else [])],
        }
    return found


def most_at_once(spans: Iterable[Span]) -> int:
    """Return how many tasks ran at the same moment at the most; one that begins as another ends does not meet it."""
    moments = sorted((at, change) for span in spans for at, change in zip(span, (1, -1), strict=True))
    most = running = 0
    for _, change in moments:
        running += change
        most = max(most, running)
    return most


def kept_apart(
    before: Mapping[str, Mapping[str, Any]],
    after: Mapping[str, Mapping[str, Any]],
    set_apart: Mapping[str, str],
    day: datetime.date,
) -> list[str]:
    """Return what is wrong with a second night, a sentence each; none: each failed apart.

    before, after: what `look` returned after each night. set_apart: the authorities that fail, and how: refused,
    missing or held. Everybody else is published with that night's day; these keep their figures and are told of.
    """
    wrong = []
    for code in sorted(before.keys() | after.keys()):
        here, there = before.get(code), after.get(code)
        if here is None or there is None:
            wrong.append(f"{code} was published on one of the nights alone.")
        elif code not in set_apart:
            if there["as_at"] != day.isoformat() or there["release"] == here["release"]:
                wrong.append(f"{code} is published as at {there['as_at']}, of release {there['release']}.")
        else:
            wrong += [f"{code} ({set_apart[code]}): {fault}" for fault in _faults(set_apart[code], here, there)]
    return wrong


def _faults(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with an authority that was to fail."""
    found = []
    if (after["figures"], after["as_at"]) != (before["figures"], before["as_at"]):
        found.append("other figures than before.")
    if (kind == "held") != (after["verdict"] == "held"):
        found.append(f"its verdict is {after['verdict']}.")
    if kind == "held" and after["release"] != before["release"]:
        found.append("readers see the release that was held.")
    # of a delivery that is not there nothing can be said but how far its figures go
    is_told = after["delivered"] == before["delivered"] if kind == "missing" else any(after["said"])
    if not is_told:
        found.append("nobody is told why.")
    return found


class Memory(Looks):
    """Looks every other second at what programs hold, shared memory counted once; a context that measures its block."""

    def __init__(self, programs: Callable[[], Mapping[str, Sequence[psutil.Process]]]) -> None:
        """Take what tells each part's first process; none where it does not run."""
        super().__init__("memory", SECONDS_BETWEEN_LOOKS)
        self._programs = programs
        self.most: dict[str, int] = {}
        """MiB at the most, by part, each at whatever moment."""
        self.most_together = 0
        """MiB of all parts at one moment, at the most."""

    def look(self) -> None:
        """Look once."""
        together = 0.0
        for part, processes in self._programs().items():
            held = sum(_held(process) for process in processes) / MIB
            self.most[part] = max(self.most.get(part, 0), round(held))
            together += held
        self.most_together = max(self.most_together, round(together))


def _held(process: psutil.Process) -> int:
    try:
        return tree_bytes(process)
    except psutil.NoSuchProcess:
        return 0
