"""One night of a trial: what is restored before it, how it is awaited, and what is read of it afterwards."""

from __future__ import annotations

import datetime
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from csc_warehouse.errors import WarehouseUnavailableError
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import cluster, open_warehouse

KEPT = "warehouse_before"
NOT_OF_THE_NIGHT = {"postgres", "postgres.lock", "airflow", "exports", "filler", "lost+found"}
"""What lies in a home and is not put back before a night."""
QUIET_SECONDS = 3.0
"""So long nothing is under way, waits or is called for: the night is over."""
Task = tuple[str, str, int]
"""DAG, task and number among its mapped ones."""
_PUBLISHED = """
select table_schema || '.' || table_name from information_schema.views
where table_schema in ('marts', 'reporting') order by 1
"""
_ROWS = """
select md5(coalesce(string_agg(row_digest, '' order by row_digest), ''))
from (
    select
        md5(
            (
                to_jsonb(t) - 'release_id' - 'delivery_id'
                || jsonb_build_object('delivery', d.source || d.name || d.business_date)
            )::text
        ) as row_digest
    from {} as t
    left join landing.deliveries as d on d.delivery_id = (to_jsonb(t) ->> 'delivery_id')::bigint
) as rows_of_it
"""
"""Deliveries are numbered as they land, which sources do side by side: what they are called is compared instead."""
_HISTORY = """
select table_schema || '.' || table_name from information_schema.tables
where table_schema = 'landing' and table_type = 'BASE TABLE' order by 1
"""
_RUNS = "select dag_id, state from dag_run where id > %s and (dag_id like 'ingest_%%' or dag_id = 'build_warehouse')"
_TASKS = """
select t.dag_id, t.task_id, t.map_index, t.try_number, t.state
from task_instance as t inner join dag_run as r on r.dag_id = t.dag_id and r.run_id = t.run_id
where r.id > %s
"""


@dataclass
class Seen:
    """What a night left behind, to be compared: a digest or a count by the name of what it is of."""

    values: dict[str, str] = field(default_factory=dict)

    def differences(self, other: Seen) -> list[str]:
        """Return the names of what differs from another night."""
        names = {*self.values, *other.values}
        return sorted(name for name in names if self.values.get(name) != other.values.get(name))


def look(settings: Settings) -> Seen:
    """Return digests of every published relation, numbers of releases aside, and counts of what must be there once."""
    seen = Seen()
    with open_warehouse(settings).raw_connection() as connection:
        for (name,) in connection.execute(_PUBLISHED).fetchall():
            seen.values[name] = _one(connection, _ROWS.format(name))
        for (name,) in connection.execute(_HISTORY).fetchall():
            seen.values[f"rows of {name}"] = _one(connection, f"select count(*) from {name}")
        published = "select count(*) from quality.publications where published_at is not null"
        seen.values["times published"] = _one(connection, published)
    return seen


def _one(connection: psycopg.Connection, question: Any) -> str:
    row = connection.execute(question).fetchone()
    return str(row[0]) if row else ""


def server_connection(home: Path, database: str = "postgres") -> psycopg.Connection:
    """Connect to the server by its socket, past the network; raise psycopg.OperationalError where it does not run."""
    folder = cluster.socket_folder(home)
    return psycopg.connect(host=str(folder), user="postgres", dbname=database, autocommit=True, connect_timeout=10)


def keep(settings: Settings, folder: Path) -> None:
    """Keep the home and its database as they are, to be put back before each night."""
    for entry in _entries(settings.home):
        subprocess.run(["cp", "--archive", str(entry), str(folder)], check=True)  # noqa: S603, S607
    _copy_database(settings.home, cluster.DATABASE, KEPT)


def put_back(settings: Settings, folder: Path) -> None:
    """Bring the home and its database back to where they were kept."""
    for entry in _entries(settings.home):
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    for entry in folder.iterdir():
        subprocess.run(["cp", "--archive", str(entry), str(settings.home)], check=True)  # noqa: S603, S607
    _copy_database(settings.home, KEPT, cluster.DATABASE)


def _entries(home: Path) -> list[Path]:
    return [entry for entry in home.iterdir() if entry.name not in NOT_OF_THE_NIGHT]


def _copy_database(home: Path, source: str, target: str) -> None:
    """Copy a database with its settings and rights, which a template does not hand on."""
    with server_connection(home) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(target)))
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()",
            [source],
        )
        connection.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(target), sql.Identifier(source)
            )
        )
        connection.execute(
            "update pg_database as d set datacl = s.datacl from pg_database as s"
            " where d.datname = %s and s.datname = %s",
            [target, source],
        )
        connection.execute(
            "insert into pg_db_role_setting (setdatabase, setrole, setconfig) select d.oid, g.setrole, g.setconfig"
            " from pg_db_role_setting as g inner join pg_database as s on s.oid = g.setdatabase"
            " cross join pg_database as d where s.datname = %s and d.datname = %s",
            [source, target],
        )


class Airflow:
    """What Airflow's own records say of the nights, read past the network."""

    def __init__(self, home: Path, sources: frozenset[str]) -> None:
        """Keep the home and the sources whose ingests make a night."""
        self.home = home
        self.ingests = {f"ingest_{source}" for source in sources}

    def _ask(self, question: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]] | None:
        """Return an answer's rows; None where the server is down."""
        try:
            with server_connection(self.home, "airflow") as connection:
                return connection.execute(question, values or None).fetchall()
        except (psycopg.OperationalError, psycopg.errors.UndefinedTable, WarehouseUnavailableError):
            return None

    def last_run(self) -> int:
        """Return the number of the newest run; 0 where there is none."""
        return int((self._ask("select coalesce(max(id), 0) from dag_run") or [(0,)])[0][0])

    def wake_nights(self) -> None:
        """Let the timetable of the night's DAGs begin; what else there is rests, as every new day would run it too."""
        self._ask(
            "update dag set is_paused = false where dag_id = any(%s) returning 1", [[*self.ingests, "build_warehouse"]]
        )

    def rest_until(self, due: datetime.datetime) -> None:
        """Let the next night be the one that is due at a moment, as though those between had been run."""
        self._ask(
            "update dag set next_dagrun = %(due)s, next_dagrun_data_interval_start = %(due)s,"
            " next_dagrun_data_interval_end = %(due)s, next_dagrun_create_after = %(due)s"
            " where dag_id = any(%(ingests)s) returning 1",
            {"due": due, "ingests": [*self.ingests]},
        )

    def are_dags_known(self) -> bool:
        """Tell whether the DAG processor has read them all."""
        known = self._ask("select dag_id from dag where not is_stale") or []
        return {*self.ingests, "build_warehouse"} <= {str(row[0]) for row in known}

    def is_over(self, last: int) -> bool | None:
        """Tell whether the night after a run has ended; None where nobody can say."""
        runs, called = self._ask(_RUNS, [last]), self._ask("select count(*) from asset_dag_run_queue")
        if runs is None or called is None:
            return None
        if any(state in {"queued", "running"} for _, state in runs):
            return False
        names = {str(name) for name, _ in runs}
        # the assets of all sources call for one more build; some of them wait for the next night
        return {*self.ingests, "build_warehouse"} <= names and called[0][0] < len(self.ingests)

    def tasks(self, last: int) -> dict[Task, tuple[int, str]]:
        """Return each task of the night after a run: its number of tries and its state."""
        found = self._ask(_TASKS, [last]) or []
        return {(str(row[0]), str(row[1]), int(row[2])): (int(row[3]), str(row[4])) for row in found}

    def under_way(self, last: int) -> dict[Task, int]:
        """Return the tasks that run at this moment, and at which try they are."""
        return {task: tries for task, (tries, state) in self.tasks(last).items() if state == "running"}

    def red(self, last: int) -> list[str]:
        """Return the tasks of the night that ended red."""
        return sorted(
            f"{dag}.{task}"
            for (dag, task, _), (_, state) in self.tasks(last).items()
            if state in {"failed", "upstream_failed"}
        )


def await_end(airflow: Airflow, last: int, deadline: float, each_moment: Any) -> bool:
    """Wait until the night after a run is over, doing something at each moment; return whether it ended in time."""
    quiet_since: float | None = None
    while time.monotonic() < deadline:
        each_moment()
        now = time.monotonic()
        if airflow.is_over(last):
            quiet_since = quiet_since or now
            if now - quiet_since > QUIET_SECONDS:
                return True
        else:
            quiet_since = None
        time.sleep(0.5)
    return False


def tried_again(before: Mapping[Task, int], after: Mapping[Task, tuple[int, str]]) -> bool:
    """Tell whether a task that was under way had to be tried once more."""
    return any(after.get(task, (tries, ""))[0] > tries for task, tries in before.items())
