"""Random nights on one home, each compared with a whole build from the archive: do figures depend on the way to them?

Run by `make proof NIGHTS=30 SEED=1`. A night is drawn (night_kinds), and lived as a council lives it: what came is
landed, then built, checked and published. The same night is made once more in a copy of the database, whose landing is
made again from the archive and in which nothing that was built before is left. Every relation of the candidate, what
was judged of it and the worklists must be the same, row for row; what is not is printed, and the exit code is 1.
Beside it stands how many children a night changes: what a night that computed only those would have to do.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from benchmarks import changed_children, night_kinds, same_figures
from benchmarks.__main__ import home_of_its_own
from benchmarks.measured import machine, write_result
from benchmarks.small_council import LAST_DAY, write_small_council
from csc_warehouse import landing, nightly, stewardship
from csc_warehouse.commands.console import OUT
from csc_warehouse.publication.published_relations import CANDIDATE_SUFFIX, PUBLISHED_SCHEMAS
from csc_warehouse.sample import CUT_OVER, HOME_AUTHORITY
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import Warehouse, open_warehouse

NIGHTS = 30
SCALE = 0.08
DAY = datetime.timedelta(days=1)
WHOLE = "whole"
"""Name of the database in which the same night is built whole."""
BEFORE = "before"
"""Name of the database as it was when the release that stands was begun: what is hidden, and whether a check has begun
to fail, follows from what readers held then. A night with nothing new is held against a whole build in that one."""
BUILT = ("intermediate", *(schema + CANDIDATE_SUFFIX for schema in PUBLISHED_SCHEMAS))
"""Schemas in which a whole build must find nothing."""


def prove(settings: Settings, nights: int, seed: int, scale: float, out: Path) -> list[dict[str, Any]]:
    """Live the nights and return what was found of each; it is written to a file after every one."""
    written = settings.home / "written"
    write_small_council(written, scale=scale, seed=seed, is_front_door_scaled=True)
    first = LAST_DAY - nights * DAY
    _come_before(written, settings.exports, first)
    council = night_kinds.Council(settings, written, random.Random(f"nights {seed}"), first)  # noqa: S311
    nightly.land(settings=settings, as_at=first)
    _take_copy(council.warehouse, BEFORE)
    nightly.run(settings=settings, as_at=first)
    state = changed_children.state(council.warehouse)
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="cscw") as beside:
        for number in range(1, nights + 1):
            council.day = first + number * DAY
            kinds = list(night_kinds.KINDS)
            (kind,) = council.rng.choices(kinds, [night_kinds.KINDS[each] for each in kinds])
            night: dict[str, Any] = {"night": number, "day": council.day.isoformat(), "kind": kind.__name__}
            OUT.print(f"night {number} of {nights}, {council.day}, {kind.__name__}", highlight=False)
            lived, state = _live(council, kind, state, Path(beside))
            night |= lived
            found.append(night)
            result = {"seed": seed, "asked_nights": nights, "scale": scale, "machine": machine(), "nights": found}
            write_result(out, result)
            OUT.print(
                f"  {night['verdict']}, {night['changed']} of {night['children']} children changed"
                f" ({night['by_own_rows']} with rows of their own),"
                f" {len(night['differences'])} relations differ",
                highlight=False,
            )
            for difference in night["differences"]:
                OUT.print(f"  {difference}", markup=False, highlight=False)
    return found


def _live(
    council: night_kinds.Council, kind: night_kinds.Kind, before: changed_children.State, beside: Path
) -> tuple[dict[str, Any], changed_children.State]:
    """Live one night, make it once more whole, and return what became of both and what stands of every child."""
    kind(council)
    council.land()
    with _copied(council.settings, beside) as copy:
        started = time.perf_counter()
        built = nightly.build(settings=council.settings, is_whole=False)
        checked = nightly.check(built["release_id"], settings=council.settings, is_standing="nothing_new" in built)
        seconds = time.perf_counter() - started
        is_quiet = "nothing_new" in built
        _take_copy(council.warehouse, *((WHOLE, BEFORE) if is_quiet else (BEFORE, WHOLE)))
        expected = _build_whole(copy)
        here, there = open_warehouse(council.settings), open_warehouse(copy)
        differing = same_figures.differences(here, built["release_id"], there, expected)
        there.engine.dispose()
    after = changed_children.state(here)
    change = changed_children.change(before, after)
    nightly.publish(built["release_id"], settings=council.settings)
    lived = {
        "seconds": round(seconds, 1),
        "is_quiet": is_quiet,
        "verdict": ", ".join(sorted({verdict["verdict"] for verdict in checked["verdicts"].values()})),
        "children": len(after.children),
        **dataclasses.asdict(change),
        "rows_stored": _rows_stored(here, built["release_id"]),
        "differences": [str(difference) for difference in differing],
    }
    return lived, after


def _build_whole(copy: Settings) -> int:
    """Make landing again from the archive, forget what was built, build and check; return the release's number."""
    warehouse = open_warehouse(copy)
    landing.rebuild(warehouse)
    stewardship.restore_decisions(warehouse)
    with warehouse.raw_connection(autocommit=True) as connection:
        for schema in BUILT:
            _empty(connection, schema)
    warehouse.engine.dispose()
    release_id = int(nightly.build(settings=copy, is_whole=True)["release_id"])
    nightly.check(release_id, settings=copy)
    return release_id


def _rows_stored(warehouse: Warehouse, release_id: int) -> dict[str, list[int]]:
    """Return of each relation that is stored by difference how many rows a release wrote, and how many it has."""
    with warehouse.raw_connection() as connection:
        names = connection.execute(
            "select schema_name || '__' || relation_name from release.relations where kind = 'range' order by 1"
        ).fetchall()
        found = {}
        for (name,) in names:
            query = sql.SQL(
                "select count(*) filter (where from_release_id = %(release)s), count(*) from {}"
                " where from_release_id <= %(release)s and (to_release_id is null or to_release_id > %(release)s)"
            ).format(sql.Identifier("release", str(name)))
            written, standing = connection.execute(query, {"release": release_id}).fetchone() or (0, 0)
            found[str(name)] = [int(written), int(standing)]
        return {name: counts for name, counts in found.items() if counts[0]}


def _empty(connection: psycopg.Connection, schema: str) -> None:
    """Drop every table and view of a schema, and what stands on them."""
    rows = connection.execute(
        "select c.relname, c.relkind from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = %s and c.relkind in ('r', 'v')",
        [schema],
    ).fetchall()
    for name, kind in rows:
        what = sql.SQL("table" if kind == "r" else "view")
        connection.execute(sql.SQL("drop {} if exists {} cascade").format(what, sql.Identifier(schema, name)))


@contextmanager
def _copied(settings: Settings, home: Path) -> Iterator[Settings]:
    """Yield settings of a copy of a warehouse as it is now: its database on the same server, its archive, its keys."""
    warehouse = open_warehouse(settings)
    _take_copy(warehouse, WHOLE)
    shutil.rmtree(home / "archive", ignore_errors=True)
    # no links: the journal of one is not to grow by what the other writes
    shutil.copytree(settings.archive, home / "archive")
    try:
        yield settings.model_copy(
            update={
                "home": home,
                "exports": home / "exports",
                "database_url": warehouse.url.set(database=WHOLE).render_as_string(hide_password=False),
            }
        )
    finally:
        with _server(warehouse) as server:
            server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(WHOLE)))


def _take_copy(warehouse: Warehouse, name: str, of: str | None = None) -> None:
    """Make a database anew as a copy of another one on the warehouse's server; of: None: of the warehouse's own."""
    original = of or str(warehouse.url.database)
    warehouse.engine.dispose()
    with _server(warehouse) as server:
        server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        # a template must be nobody's
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [original])
        server.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(original)
            )
        )


def _server(warehouse: Warehouse) -> psycopg.Connection:
    address = warehouse.url.set(drivername="postgresql", database="postgres")
    return psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)


def _come_before(written: Path, exports: Path, day: datetime.date) -> None:
    """Let everything come that the first night begins with: each system's first or last delivery, and all returns."""
    systems = {"raise": written / "raise", "wccis": written / "wccis" / HOME_AUTHORITY}
    chosen = []
    for source, folder in systems.items():
        days = sorted(each.name for each in folder.iterdir() if each.name <= day.isoformat())
        fulls = [each for each in days if source == "raise" or datetime.date.fromisoformat(each).isoweekday() == 7]
        # a migration's own full tells how its rows were called before: it is never left out
        kept = {days[-1], fulls[-1], *([CUT_OVER.isoformat()] if source == "wccis" else [])}
        chosen += [folder / each for each in days if each in kept or each > fulls[-1]]
    chosen += [each for each in (written / "corporate").iterdir() if each.name <= day.isoformat()]
    for each in chosen:
        shutil.copytree(each, exports / each.relative_to(written))


def main() -> int:
    """Live the nights; return 1 where any of them differs from its whole build."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=NIGHTS, help=f"how many (default: {NIGHTS})")
    parser.add_argument("--seed", type=int, default=None, help="by which nights are drawn; default: another each time")
    parser.add_argument("--scale", type=float, default=SCALE, help=f"of Wrexham's size (default: {SCALE})")
    parser.add_argument("--out", type=Path, default=None, help="a file for what was found of each night, as JSON")
    chosen = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    OUT.print(f"The seed is {seed}.", highlight=False)
    with home_of_its_own() as settings:
        out = chosen.out or settings.home / "random_nights.json"
        found = prove(settings, chosen.nights, seed, chosen.scale, out)
    differing = [night["night"] for night in found if night["differences"]]
    if differing:
        OUT.print(f"With seed {seed} these nights differ from their whole builds: {', '.join(map(str, differing))}.")
        return 1
    OUT.print(f"With seed {seed} all {len(found)} nights are what a whole build gives.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
