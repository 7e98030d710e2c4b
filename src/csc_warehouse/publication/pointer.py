"""The pointer: which release readers see, per authority; moved for all that passed in one transaction, and back."""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg.types.json import Jsonb

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.publication.ledger import as_at_dates, state_of
from csc_warehouse.publication.release_tables import require_row_security
from csc_warehouse.publication.session import Connection, take_publication_lock, transaction
from csc_warehouse.warehouse import Warehouse

LOGGER = logging.getLogger(__name__)
SHORTEST_NAME = 3
"""The journal of decisions takes no shorter name."""
VERDICTS = ("published", "caveats", "held")


@dataclass(frozen=True)
class Outcome:
    """What became of a release for one authority."""

    authority_code: str
    as_at_date: datetime.date
    verdict: str
    is_published: bool
    reason: str

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        what = {"published": "published", "caveats": "published with caveats", "held": "held"}[self.verdict]
        if not self.is_published and self.verdict != "held":
            what = "stored and not published"
        return f"{self.authority_code} as at {self.as_at_date:%d %B %Y}: {what}. {self.reason}".strip()


@dataclass(frozen=True)
class PublishSummary:
    """What became of a release for every authority, and how long the flip took."""

    release_id: int
    outcomes: tuple[Outcome, ...]
    flip_seconds: float = field(compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Return it as a small JSON-able dict without a child's value."""
        held = [o.authority_code for o in self.outcomes if o.verdict == "held"]
        published = [o.authority_code for o in self.outcomes if o.is_published]
        return {
            "release_id": self.release_id,
            "published": published,
            "held": held,
            "not_published": [o.authority_code for o in self.outcomes if o.authority_code not in {*held, *published}],
            "sentences": [o.sentence for o in self.outcomes],
            "flip_seconds": round(self.flip_seconds, 4),
        }


@dataclass(frozen=True)
class _Shown:
    """The release that an authority's readers see now."""

    release_id: int
    as_at_date: datetime.date
    latest_standing_date: datetime.date | None = None
    """Where the delivery of its day was withdrawn since: the latest day before it with one that stands."""

    def is_later_than(self, day: datetime.date, requested: datetime.date | None) -> bool:
        """Tell whether figures as at a day are those of an earlier day; requested: None where the latest were built.

        A day whose delivery was withdrawn is no later than the latest that stands (deliveries.md section 9, Dates).
        """
        if self.latest_standing_date is None:
            return day < self.as_at_date
        is_latest_built = requested is None or requested >= self.as_at_date
        return not is_latest_built and day < self.latest_standing_date


def publish(
    warehouse: Warehouse,
    release_id: int,
    verdicts: Mapping[str, Mapping[str, Any]],
    *,
    published_by: str,
) -> PublishSummary:
    """Let readers see a stored release, for every authority that passed, all in one transaction.

    verdicts: per authority {"verdict": published | caveats | held, "reason": one sentence}. A held authority keeps
    its last release. An as-at day before the published one, and a build older than the published one, are stored and
    not published; a published day whose delivery was withdrawn holds back no latest figures. Again for a release
    that is out already, nothing changes. Raises CscWarehouseError when the release is not stored, an authority has no
    verdict, or row-level security does not hold.
    """
    require_row_security(warehouse)
    with transaction(warehouse) as connection:
        take_publication_lock(warehouse, connection)
        state = state_of(connection, release_id, for_update=True)
        if state not in ("stored", "published", "held"):
            raise CscWarehouseError(
                f"Release {release_id} is not stored ({state}): only a stored release is published."
            )
        days = as_at_dates(connection, release_id)
        requested = _requested(connection, release_id)
        _require_all_verdicts(release_id, days, verdicts)
        shown = _shown(connection)
        out_before = _published_before(connection, release_id)
        outcomes = tuple(
            _judge(
                release_id,
                code=code,
                day=day,
                requested=requested,
                found=verdicts[code],
                shown=shown.get(code),
                before=out_before.get(code),
            )
            for code, day in days.items()
        )
        moving = [
            o.authority_code
            for o in outcomes
            if o.is_published
            and (shown.get(o.authority_code) is None or shown[o.authority_code].release_id != release_id)
        ]
        started = time.monotonic()
        _move(connection, dict.fromkeys(moving, release_id), kind="publication", by=published_by)
        _write_publications(connection, release_id, outcomes, published_by)
        is_out = state == "published" or any(outcome.is_published for outcome in outcomes)
        is_held = all(outcome.verdict == "held" for outcome in outcomes)
        new_state = "published" if is_out else "held" if is_held else "stored"
        if new_state != state:
            connection.execute("update release.releases set state = %s where release_id = %s", [new_state, release_id])
    elapsed = time.monotonic() - started
    tell_planner(warehouse)
    LOGGER.info("Release %s: pointer of %s authorities moved in %.1f ms.", release_id, len(moving), elapsed * 1000)
    return PublishSummary(release_id, outcomes, elapsed)


def tell_planner(warehouse: Warehouse) -> None:
    """Let the server's planner know how many rows the pointer has: every query of a published view begins with it.

    The server itself counts no table so small; not told, it expects a thousand authorities.
    """
    with transaction(warehouse.acting_as(None)) as connection:
        connection.execute("analyze release.pointer, release.analyst_authorities")


def _require_all_verdicts(
    release_id: int, days: Mapping[str, datetime.date], verdicts: Mapping[str, Mapping[str, Any]]
) -> None:
    missing = sorted(set(days) - set(verdicts))
    if missing:
        raise CscWarehouseError(
            f"Release {release_id} has no verdict for {', '.join(missing)}: check it first (csc-warehouse check)."
        )
    foreign = sorted(set(verdicts) - set(days))
    if foreign:
        raise CscWarehouseError(
            f"Release {release_id} was not built for {', '.join(foreign)}: check the right release."
        )
    for code in days:
        if verdicts[code]["verdict"] not in VERDICTS:
            raise CscWarehouseError(f"{verdicts[code]['verdict']} is no verdict: {', '.join(VERDICTS)} are.")


def _shown(connection: Connection) -> dict[str, _Shown]:
    rows = connection.execute(
        "select p.authority_code, p.release_id, a.as_at_date, ("
        "  select max(d.business_date) from landing.deliveries as d"
        "  where d.authority_code = t.authority_code and d.business_date < t.business_date"
        "  and d.status = 'accepted' and d.source <> 'corporate')"
        " from release.pointer as p inner join release.release_authorities as a"
        " on a.release_id = p.release_id and a.authority_code = p.authority_code"
        " left join landing.days_taken_back as t"
        " on t.authority_code = a.authority_code and t.business_date = a.as_at_date for update of p"
    )
    return {str(code): _Shown(int(release_id), day, latest) for code, release_id, day, latest in rows}


def _requested(connection: Connection, release_id: int) -> datetime.date | None:
    """Return the day that a release was built for; None: the latest."""
    rows = connection.execute("select requested_date from release.releases where release_id = %s", [release_id])
    requested: datetime.date | None = rows.fetchall()[0][0]
    return requested


def _published_before(connection: Connection, release_id: int) -> dict[str, tuple[str, str | None]]:
    """Return verdict and reason of authorities for which this release has been out before."""
    rows = connection.execute(
        "select authority_code, verdict, reason from quality.publications"
        " where release_id = %s and published_at is not null",
        [release_id],
    )
    return {str(code): (str(verdict), reason) for code, verdict, reason in rows}


def _judge(
    release_id: int,
    *,
    code: str,
    day: datetime.date,
    requested: datetime.date | None,
    found: Mapping[str, Any],
    shown: _Shown | None,
    before: tuple[str, str | None] | None,
) -> Outcome:
    """Decide what becomes of a release for one authority."""
    verdict, reason = str(found["verdict"]), str(found.get("reason") or "")
    if before and shown and shown.release_id == release_id:
        # out already: a repeated run changes nothing that readers have seen
        return Outcome(code, day, before[0], True, before[1] or "")
    if verdict == "held":
        if shown:
            reason = reason or f"Readers still see release {shown.release_id}."
        return Outcome(code, day, verdict, False, reason)
    if shown and shown.is_later_than(day, requested):
        return Outcome(
            code,
            day,
            verdict,
            False,
            f"Not published: release {shown.release_id}, as at {shown.as_at_date:%d %B %Y}, is later.",
        )
    if shown and release_id < shown.release_id:
        return Outcome(code, day, verdict, False, f"Not published: release {shown.release_id} was built later.")
    return Outcome(code, day, verdict, True, reason)


def _move(connection: Connection, to: Mapping[str, int], *, kind: str, by: str) -> None:
    if not to:
        return
    parameters = {"codes": list(to), "releases": list(to.values()), "kind": kind, "by": by}
    connection.execute(
        "insert into release.pointer_moves (authority_code, from_release_id, to_release_id, kind, moved_by)"
        " select t.code, p.release_id, t.release_id, %(kind)s, %(by)s"
        " from unnest(%(codes)s::text[], %(releases)s::bigint[]) as t (code, release_id)"
        " left join release.pointer as p on p.authority_code = t.code",
        parameters,
    )
    connection.execute(
        "insert into release.pointer (authority_code, release_id, moved_at)"
        " select t.code, t.release_id, now()"
        " from unnest(%(codes)s::text[], %(releases)s::bigint[]) as t (code, release_id)"
        " on conflict (authority_code) do update set release_id = excluded.release_id, moved_at = excluded.moved_at",
        parameters,
    )


def _write_publications(
    connection: Connection, release_id: int, outcomes: tuple[Outcome, ...], published_by: str
) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            # what readers have seen stays as it was written
            "insert into quality.publications (release_id, authority_code, as_at_date, verdict, reason, published_at,"
            " published_by, code_version)"
            " select r.release_id, %(code)s, %(day)s, %(verdict)s, nullif(%(reason)s, ''),"
            " case when %(is_published)s then now() end, case when %(is_published)s then %(by)s end, r.code_version"
            " from release.releases as r where r.release_id = %(release)s"
            " on conflict (release_id, authority_code) do update set verdict = excluded.verdict,"
            " reason = excluded.reason, published_at = excluded.published_at, published_by = excluded.published_by"
            " where publications.published_at is null",
            [
                {
                    "code": o.authority_code,
                    "day": o.as_at_date,
                    "verdict": o.verdict,
                    "reason": o.reason,
                    "is_published": o.is_published,
                    "by": published_by,
                    "release": release_id,
                }
                for o in outcomes
            ],
        )


def rollback(
    warehouse: Warehouse, *, authority_code: str | None = None, by: str, reason: str = "rollback"
) -> list[str]:
    """Let readers see the release that was published before the current one; return one sentence per authority.

    authority_code: default all. Journalled with who did it. Raises CscWarehouseError when there is no earlier
    published release that is still stored.
    """
    if len(by.strip()) < SHORTEST_NAME:
        raise UsageError("A rollback is journalled with who did it: give a name.")
    with transaction(warehouse) as connection:
        take_publication_lock(warehouse, connection)
        shown = _shown(connection)
        if authority_code is not None:
            shown = {code: release for code, release in shown.items() if code == authority_code}
        earlier = _earlier_published(connection, shown)
        if not earlier:
            whom = authority_code or "any authority"
            raise CscWarehouseError(
                f"There is no earlier published release of {whom} to go back to: csc-warehouse releases lists them."
            )
        _move(connection, {code: release.release_id for code, release in earlier.items()}, kind="rollback", by=by)
        sentences = []
        for code, current in sorted(shown.items()):
            if code not in earlier:
                sentences.append(f"{code}: stays at release {current.release_id}, there is no earlier one.")
                continue
            sentences.append(
                f"{code}: readers see release {earlier[code].release_id}"
                f" (as at {earlier[code].as_at_date:%d %B %Y}) instead of {current.release_id}."
            )
            connection.execute(
                "select quality.record_decision('rollback', %s, %s, %s, %s)",
                [by, reason, code, Jsonb({"from_release": current.release_id, "to_release": earlier[code].release_id})],
            )
    return sentences


def _earlier_published(connection: Connection, shown: Mapping[str, _Shown]) -> dict[str, _Shown]:
    rows = connection.execute(
        "select distinct on (q.authority_code) q.authority_code, q.release_id, q.as_at_date"
        " from quality.publications as q"
        " inner join release.releases as r on r.release_id = q.release_id and r.state = 'published'"
        " inner join unnest(%s::text[], %s::bigint[]) as t (code, release_id)"
        " on t.code = q.authority_code and q.release_id < t.release_id"
        " where q.published_at is not null"
        " order by q.authority_code, q.release_id desc",
        [list(shown), [release.release_id for release in shown.values()]],
    )
    return {str(code): _Shown(int(release_id), day) for code, release_id, day in rows}
