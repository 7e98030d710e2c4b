"""Readers during publications: whole releases, no errors, no empty results; a killed publication shows nothing."""

from __future__ import annotations

import datetime
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from csc_warehouse import publication
from csc_warehouse.publication import pointer, release_writing
from csc_warehouse.settings import PROJECT_DIRECTORY
from csc_warehouse.warehouse import Warehouse
from tests.support.candidates import (
    FLINTSHIRE,
    PASSED,
    WREXHAM,
    fill_night,
    night,
    open_night,
    read,
)

DAY = datetime.date(2018, 1, 1)
PUBLICATIONS = 50
EVERYTHING = """
select
    (select array_agg(distinct release_id) from marts.indicator_values),
    (select array_agg(distinct run) from marts.indicator_values),
    (select count(*) from marts.indicator_values),
    (select array_agg(distinct display) from reporting.rpt_scorecard),
    (select array_agg(distinct outcome) from marts.fct_contacts where outcome like 'run%'),
    (select count(*) from marts.fct_contacts),
    (select max(title) from marts.indicators),
    (select count(*) from analysts.own)
"""
"""One statement over relations of every kind, an analyst's own view among them."""


def whole(run: int) -> tuple[Any, ...]:
    """Return what EVERYTHING shows of one run, whose release has the same number."""
    return ([run], [run], 2, [str(run)], [f"run {run}"], 10, f"Contacts received ({run})", 10)


class Reader(threading.Thread):
    """Reads until it is stopped, and keeps what was wrong and which releases it saw."""

    def __init__(self, warehouse: Warehouse, isolation: psycopg.IsolationLevel, pause: float) -> None:
        super().__init__(daemon=True)
        self.url = warehouse.url_for("libpq")
        self.isolation = isolation
        self.pause = pause
        self.stopping = threading.Event()
        self.faults: list[str] = []
        self.seen: set[int] = set()
        self.reads = 0

    def run(self) -> None:
        try:
            with psycopg.connect(self.url) as connection:
                connection.isolation_level = self.isolation
                while not self.stopping.is_set():
                    with connection.transaction():
                        first = connection.execute(EVERYTHING).fetchone()
                        time.sleep(self.pause)
                        second = connection.execute(EVERYTHING).fetchone()
                    self._judge(first, second)
        except psycopg.Error as error:
            self.faults.append(str(error))

    def _judge(self, *rows: tuple[Any, ...] | None) -> None:
        for row in rows:
            self.reads += 1
            if row is None or not row[0] or row != whole(row[0][0]):
                self.faults.append(f"mixed or empty: {row}")
            else:
                self.seen.add(row[0][0])
        if self.isolation == psycopg.IsolationLevel.REPEATABLE_READ and rows[0] != rows[1]:
            self.faults.append(f"changed within a snapshot: {rows}")


def test_readers_see_one_whole_release_during_many_publications(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY)
    with warehouse.raw_connection() as connection:
        connection.execute("create schema if not exists analysts")
        connection.execute("create view analysts.own as select record_key, release_id from marts.fct_contacts")
    identity = "select 'marts.fct_contacts'::regclass::oid, 'analysts.own'::regclass::oid"
    before = read(warehouse, identity)
    readers = [
        Reader(warehouse, isolation, pause)
        for isolation in (psycopg.IsolationLevel.READ_COMMITTED, psycopg.IsolationLevel.REPEATABLE_READ)
        for pause in (0.0, 0.3)
    ]
    for reader in readers:
        reader.start()
    for run in range(2, PUBLICATIONS + 2):
        night(warehouse, run, DAY)
        if run % 20 == 0:
            publication.expire(warehouse, keep=5)
    for reader in readers:
        reader.stopping.set()
    for reader in readers:
        reader.join(30)
    assert [reader.faults for reader in readers] == [[], [], [], []]
    # they were there all along: without this, readers that saw one release only would pass
    assert all(reader.reads > 10 for reader in readers)
    assert len(set.union(*(reader.seen for reader in readers))) > PUBLICATIONS / 2
    assert read(warehouse, identity) == before


@pytest.mark.parametrize("prepare", [False, True])
def test_a_transaction_follows_the_pointer_or_keeps_its_snapshot(warehouse: Warehouse, prepare: bool) -> None:
    night(warehouse, 1, DAY)
    query = "select run, release_id from marts.indicator_values where authority_code = 'W06000006'"
    with psycopg.connect(warehouse.url_for("libpq")) as follower, psycopg.connect(warehouse.url_for("libpq")) as keeper:
        keeper.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        # both have read, and so hold on to what they know of the tables, since before the second night was stored
        assert follower.execute(query, prepare=prepare).fetchall() == [(1, 1)]
        assert keeper.execute(query, prepare=prepare).fetchall() == [(1, 1)]
        for run in (2, 3):
            night(warehouse, run, DAY)
            assert follower.execute(query, prepare=prepare).fetchall() == [(run, run)]
            assert keeper.execute(query, prepare=prepare).fetchall() == [(1, 1)]


def failing(after: int, action: Callable[..., Any]) -> Callable[..., Any]:
    """Return the action, dying when it is called for the n-th time."""
    calls = 0

    def call(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise KeyboardInterrupt
        return action(*arguments, **named)

    return call


@pytest.mark.parametrize("after", [0, 1, 3, 5])
def test_a_store_that_dies_leaves_nothing_and_the_next_completes_it(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    night(warehouse, 1, DAY)
    tables = "select count(*) from pg_class where relnamespace = 'release'::regnamespace"
    before = read(warehouse, tables)
    release_id = open_night(warehouse, 2, DAY)
    fill_night(warehouse, 2)
    with monkeypatch.context() as patched:
        patched.setattr(release_writing, "_store_relation", failing(after, release_writing._store_relation))
        with pytest.raises(KeyboardInterrupt):
            publication.store(warehouse, release_id)
    assert read(warehouse, tables) == before
    assert not publication.is_stored(warehouse, release_id)
    assert read(warehouse, "select distinct release_id from marts.indicator_values") == [(1,)]
    publication.store(warehouse, release_id)
    publication.publish(warehouse, release_id, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")
    assert read(warehouse, "select distinct outcome from marts.fct_contacts where outcome like 'run%'") == [("run 2",)]


@pytest.mark.parametrize("step", ["_move", "_write_publications"])
def test_a_publication_that_dies_moves_nobody(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    night(warehouse, 1, DAY)
    release_id = open_night(warehouse, 2, DAY)
    fill_night(warehouse, 2)
    publication.store(warehouse, release_id)
    verdicts = {WREXHAM: PASSED, FLINTSHIRE: PASSED}
    with monkeypatch.context() as patched:
        patched.setattr(pointer, step, failing(0, getattr(pointer, step)))
        with pytest.raises(KeyboardInterrupt):
            publication.publish(warehouse, release_id, verdicts, published_by="test")
    assert read(warehouse, "select distinct release_id from marts.indicator_values") == [(1,)]
    assert read(warehouse, "select count(*) from quality.publications where release_id = 2") == [(0,)]
    publication.publish(warehouse, release_id, verdicts, published_by="test")
    assert read(warehouse, "select distinct release_id from marts.indicator_values") == [(2,)]


KILLED = """
import sys, time
from pathlib import Path
from csc_warehouse import publication
from csc_warehouse.publication import release_writing
from csc_warehouse.settings import load_settings
from csc_warehouse.warehouse import open_warehouse

def stop_here(*arguments):
    print("in the middle", flush=True)
    time.sleep(60)

release_writing._store_range = stop_here
publication.store(open_warehouse(load_settings(home=Path(sys.argv[1]))), int(sys.argv[2]))
"""


def test_a_killed_process_holds_nothing_up(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY)
    release_id = open_night(warehouse, 2, DAY)
    fill_night(warehouse, 2)
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", KILLED, str(warehouse.settings.home), str(release_id)],
        stdout=subprocess.PIPE,
        cwd=PROJECT_DIRECTORY,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in the middle\n"
        process.kill()
    assert read(warehouse, "select distinct release_id from marts.indicator_values") == [(1,)]
    third = open_night(warehouse, 3, DAY)  # the next night does not know of it
    publication.store(warehouse, third)
    publication.publish(warehouse, third, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")
    assert read(warehouse, "select distinct release_id, run from marts.indicator_values") == [(3, 2)]
    states = read(warehouse, "select release_id, state from release.releases order by 1")
    assert states == [(1, "published"), (2, "abandoned"), (3, "published")]
