"""What a release was built from, as digests: by it a night that has nothing new is told from one that has."""

from __future__ import annotations

import datetime
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from csc_warehouse.errors import listed
from csc_warehouse.publication.seal import is_unchanged
from csc_warehouse.publication.session import transaction
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse

OF_NO_FIGURE = frozenset({"locks", "delivery_looks", "pseudonym_key"})
"""Tables of landing that a night writes and no figure rests on: what waits, what a folder looked like, and which key a
build used, of which the key file itself is asked. Every other table counts, also one that is not made yet."""
DECIDED_BY_PEOPLE = ("decisions", "explanations", "signed_figures")
"""Tables of quality that a night reads and only people write."""
RELEASES_BEFORE = "releases before"

_SAID_OF: Mapping[str, str] = {"landing": "what has landed", "quality": "what people decided or the door found"}
LOGGER = logging.getLogger(__name__)
_LATEST = statement(__name__, "latest")


@dataclass(frozen=True)
class Standing:
    """Whether a release stands for one more night, and the sentence that says so or why not."""

    release_id: int | None
    run_id: str | None
    as_at: Mapping[str, datetime.date]
    is_nothing_new: bool
    sentence: str

    def as_built(self) -> dict[str, Any]:
        """Return it as small JSON-able values: what a build returns, and why there was none."""
        return {
            "release_id": self.release_id,
            "run_id": self.run_id,
            "as_at": {code: day.isoformat() for code, day in self.as_at.items()},
            "nothing_new": self.sentence,
        }


@dataclass(frozen=True)
class _Latest:
    """The release that was begun last."""

    release_id: int
    run_id: str
    state: str
    requested: datetime.date | None
    inputs: Mapping[str, str] | None
    authorities: Sequence[str]
    days: Sequence[datetime.date]
    elsewhere: Sequence[str]
    """Authorities whose readers see another one."""


def read_inputs(warehouse: Warehouse, said: Mapping[str, str], *, before: int | None = None) -> dict[str, str]:
    """Return a digest of everything that a build reads, by name; taken first, it never claims more than is read.

    said: digests of what does not lie in the database (code, configuration, keys). before: the release in whose place
    the question is asked; None: the one that is to come.

    A table's digest counts its rows and the transactions that wrote them: any insertion, change or removal gives
    another one, as does a restored backup.
    """
    with transaction(warehouse) as connection:
        tables = connection.execute(
            "select n.nspname, c.relname from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
            " where c.relkind in ('r', 'p') and (n.nspname = 'landing' and c.relname <> all(%s)"
            " or n.nspname = 'quality' and c.relname = any(%s)) order by 1, 2",
            [sorted(OF_NO_FIGURE), list(DECIDED_BY_PEOPLE)],
        ).fetchall()
        counts = [_count(str(schema), str(name), sql.SQL("")) for schema, name in tables]
        counts.append(_count("quality", "check_results", sql.SQL(" where gate = 'door'")))
        found = connection.execute(sql.SQL(" union all ").join(counts)).fetchall()
        (server,) = connection.execute("select version()").fetchone() or ("",)
        kept = connection.execute(
            "select release_id, state from release.releases where state in ('stored', 'published', 'held')"
            " and (%(before)s::bigint is null or release_id < %(before)s) order by release_id",
            {"before": before},
        ).fetchall()
    return {
        **said,
        "database server": str(server),
        RELEASES_BEFORE: hashlib.sha256(repr(kept).encode()).hexdigest(),
        **{str(name): f"{rows} {written}" for name, rows, written in found},
    }


def _count(schema: str, table: str, restricted_to: sql.SQL) -> sql.Composed:
    return sql.SQL("select {}, count(*), coalesce(sum(hashint8extended(xmin::text::bigint, 0)), 0) from {}{}").format(
        sql.Literal(f"{schema}.{table}"), sql.Identifier(schema, table), restricted_to
    )


def note_inputs(warehouse: Warehouse, release_id: int, inputs: Mapping[str, str]) -> None:
    """Keep with a release what it is built from, as read_inputs returned it."""
    with transaction(warehouse) as connection:
        connection.execute(
            "update release.releases set inputs = %s where release_id = %s", [Jsonb(dict(inputs)), release_id]
        )


def standing(warehouse: Warehouse, said: Mapping[str, str], requested: datetime.date | None) -> Standing:
    """Tell whether the release that was begun last, and that readers see, is what a build would make again.

    It is where each of its authorities' readers see it, it was asked for by the same day, nobody wrote to its candidate
    since it was checked, and no digest of what it was built from differs. What cannot be told is a difference.
    """
    with transaction(warehouse) as connection:
        row = connection.execute(_LATEST).fetchone()
    if row is None:
        return Standing(None, None, {}, False, "A whole night: no release has been built yet.")
    latest = _Latest(*row)
    why = _why_not(warehouse, latest, said, requested)
    sentence = (
        f"A whole night: {why}."
        if why
        else "Nothing is new: no delivery, decision, setting, key or code has changed since release"
        f" {latest.release_id} was built, and readers see it. Nothing was built or published again."
    )
    LOGGER.info(sentence)
    days = dict(zip(latest.authorities, latest.days, strict=True))
    return Standing(latest.release_id, latest.run_id, days, not why, sentence)


def _why_not(warehouse: Warehouse, latest: _Latest, said: Mapping[str, str], requested: datetime.date | None) -> str:
    """Return why a release does not stand for one more night; nothing where it does."""
    release = f"release {latest.release_id}"
    if latest.state != "published" or latest.elsewhere or not latest.authorities:
        whom = f" of {listed(latest.elsewhere)}" if latest.state == "published" and latest.elsewhere else ""
        return f"readers{whom} do not see {release}, which was begun last"
    if latest.requested != requested:
        return f"{release} was built for another day"
    if not latest.inputs:
        return f"{release} does not say what it was built from"
    if not is_unchanged(warehouse, latest.release_id):
        return f"the candidate of {release} has been written to since it was checked"
    now = read_inputs(warehouse, said, before=latest.release_id)
    differing = [name for name in {**latest.inputs, **now} if latest.inputs.get(name) != now.get(name)]
    if differing:
        return f"{listed(_in_words(differing))} changed since {release} was built"
    return ""


def _in_words(differing: Sequence[str]) -> list[str]:
    """Return what differs as a sentence names it: a table of landing or of people's decisions by what lies in it."""
    words = []
    for name in differing:
        schema, dot, _ = name.partition(".")
        words.append(_SAID_OF.get(schema, name) if dot else f"the {name}")
    return sorted(set(words), key=words.index)


def note_quiet_night(warehouse: Warehouse, found: Standing) -> None:
    """Keep that a night found nothing new, so that nobody takes it for one that did not come."""
    with transaction(warehouse) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into quality.quiet_nights (release_id, authority_code, sentence) values (%s, %s, %s)",
            [(found.release_id, code, found.sentence) for code in found.as_at],
        )
