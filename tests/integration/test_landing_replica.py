"""A reporting replica as a way in: today's state, whole or refused, and no change where the fact is the same."""

from __future__ import annotations

import dataclasses
import datetime
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from sqlalchemy.dialects import registry

from csc_warehouse import landing
from csc_warehouse.contracts import load_contracts
from csc_warehouse.errors import SourceUnavailableError, UsageError
from csc_warehouse.settings import Config, ReplicaConfig
from csc_warehouse.sources import receipt, replica
from csc_warehouse.sources.delivery import Delivery
from csc_warehouse.sources.replica_queries import SNAPSHOTS, ReplicaTable, own_count_query
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import RAISE_COLUMNS, WCCIS_COLUMNS, write_raise, write_wccis
from tests.support.landings import Place, day

MOVES = [
    {"MOVE_NO": f"{n:07}", "CLIENT_NO": "0000042", "MOVE_DATE": "01/05/2018", "REASON": "HOME",
     "RECORDED": "02/05/2018 09:15"}
    for n in range(1, 201)
]  # fmt: skip
CLIENT = {"CLIENT_NO": "0000042", "DOB": "29/02/2008", "SEX": "F", "DISABLED": "Y", "SURNAME": "O'Brien"}
MISSING = {"MISSING_NO": "1", "CLIENT_NO": "42", "MISSING_FROM": "01/07/2018 23:30", "RHI_OFFERED": "Y"}


@pytest.fixture(autouse=True)
def _on_the_eleventh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica, "today", lambda: day(11))


def place_with(warehouse: Warehouse, home: Path, source: str, **config: Any) -> Place:
    replicas = {source: ReplicaConfig.model_validate(config)}
    return Place(warehouse, home, warehouse.settings.config.model_copy(update={"replicas": replicas}))


def configure(place: Place, config: Config) -> None:
    """Give a place another configuration, its landing kept."""
    settings = place.warehouse.settings.model_copy(update={"config": config})
    place.warehouse = dataclasses.replace(place.warehouse, settings=settings)


def native_types(entity: str, column: str) -> str:
    """Return a SQL type that a database would use."""
    kind = load_contracts(("raise",))["raise"].entities[entity.lower()].by_name[column.lower()].type
    return {"date": "date", "time": "timestamp", "key": "bigint", "number": "numeric(9,2)"}.get(kind, "varchar(255)")


@pytest.fixture
def supplier(module_warehouse: Warehouse) -> Iterator[psycopg.Connection]:
    """Make a database of a supplier's own: the tables of RAISe in native types, and an account that reads them."""
    with module_warehouse.raw_connection(autocommit=True) as connection:
        connection.execute("drop schema if exists supplier cascade")
        connection.execute("create schema supplier")
        for entity, columns in RAISE_COLUMNS.items():
            listed = ", ".join(f'"{name}" {native_types(entity, name)}' for name in columns.split())
            connection.execute(f'create table supplier."{entity}" ({listed})')
        connection.execute(
            """insert into supplier."SCHOOL_MOVE"
            select n, 42, date '2018-05-01', 'HOME', timestamp '2018-05-02 09:15:40'
            from generate_series(200, 1, -1) as n"""
        )
        connection.execute(
            """insert into supplier."CLIENT" ("CLIENT_NO", "DOB", "SEX", "DISABLED", "SURNAME")
            values (42, date '2008-02-29', 'F', 'Y', 'O''Brien')"""
        )
        connection.execute(
            """alter table supplier."MISSING" alter "MISSING_FROM" type timestamptz;
            insert into supplier."MISSING" ("MISSING_NO", "CLIENT_NO", "MISSING_FROM", "RHI_OFFERED")
            values (1, 42, timestamptz '2018-07-01 22:30:10Z', 'Y')"""
        )
        connection.execute(
            "drop role if exists replica_reader; create role replica_reader login;"
            " grant usage on schema supplier to replica_reader;"
            " grant select on all tables in schema supplier to replica_reader"
        )
        connection.execute("analyze")
        yield connection
        connection.execute("drop schema supplier cascade; drop role replica_reader")


def reader_url(warehouse: Warehouse) -> str:
    return warehouse.url.set(username="replica_reader").render_as_string(hide_password=False)


def test_a_replica_in_native_types_changes_nothing_that_the_files_said(
    module_warehouse: Warehouse, supplier: psycopg.Connection, tmp_path: Path
) -> None:
    files = Place(module_warehouse, tmp_path)
    write_raise(files.exports, day(10), {"SCHOOL_MOVE": MOVES, "CLIENT": [CLIENT], "MISSING": [MISSING]})
    assert files.land().rows_new == 202
    config = {"url": reader_url(module_warehouse), "database_schema": "supplier"}
    replicas = {"raise": ReplicaConfig.model_validate(config)}
    settings = files.warehouse.settings
    configure(files, settings.config.model_copy(update={"replicas": replicas}))
    summary = files.land()
    assert (len(summary.landed), summary.refused) == (1, [])
    assert (summary.rows_accepted, summary.rows_new, summary.rows_changed, summary.rows_vanished) == (202, 0, 0, 0)
    assert any("read from a reporting replica as replica_reader, in one snapshot" in n for n in summary.notices)
    assert files.query("select business_date, kind, received_at > now() - interval '1 hour' from landing.deliveries"
                       " order by 1 desc limit 1") == [(day(11), "full", True)]  # fmt: skip
    assert files.waiting().deliveries == [], "the same state on the same day is one delivery"
    # what the database then shows is a change as a file's would be, read the same day: it replaces the first reading
    supplier.execute("""update supplier."SCHOOL_MOVE" set "REASON" = 'OTHER' where "MOVE_NO" = 7""")
    supplier.execute("""insert into supplier."CLIENT" ("CLIENT_NO", "SURNAME") values (43, 'Tŷ')""")
    summary = files.land()
    assert (summary.rows_new, summary.rows_changed) == (1, 1)
    assert files.state("raise_client", "surname", day(11)) == {"42": "O'Brien", "43": "Tŷ"}
    assert files.accounts_balance()
    assert list((settings.spool / "raise").rglob("*.csv")) == []
    history = files.history_digest(with_ids=True)
    files.empty()
    landing.rebuild(files.warehouse)
    assert files.history_digest(with_ids=True) == history


def test_a_correction_on_the_same_day_that_leaves_all_counts_is_read_again(
    module_warehouse: Warehouse, supplier: psycopg.Connection, tmp_path: Path
) -> None:
    place = place_with(
        module_warehouse, tmp_path, "raise", url=reader_url(module_warehouse), database_schema="supplier"
    )
    assert place.land().rows_new == 202
    assert place.waiting().deliveries == []
    # rows that lie elsewhere are no other rows
    supplier.execute("""create index by_date on supplier."SCHOOL_MOVE" ("MOVE_NO"); analyze""")
    supplier.execute("""cluster supplier."SCHOOL_MOVE" using by_date""")
    assert place.waiting().deliveries == []
    supplier.execute("""update supplier."SCHOOL_MOVE" set "REASON" = 'OTHER' where "MOVE_NO" = 7""")
    assert len(place.waiting().deliveries) == 1
    assert len(place.land().landed) == 1
    assert place.state("raise_school_move", "reason", day(11))["7"] == "OTHER"
    assert place.waiting().deliveries == []
    assert place.query("select status from landing.deliveries order by delivery_id") == [("superseded",), ("accepted",)]
    # put right again: what the first delivery said stands once more
    supplier.execute("""update supplier."SCHOOL_MOVE" set "REASON" = 'HOME' where "MOVE_NO" = 7""")
    assert place.land().refused == []
    assert place.state("raise_school_move", "reason", day(11))["7"] == "HOME"
    assert place.accounts_balance()


def test_what_changes_between_looking_and_reading_is_read_once(
    module_warehouse: Warehouse, supplier: psycopg.Connection, tmp_path: Path
) -> None:
    place = place_with(
        module_warehouse, tmp_path, "raise", url=reader_url(module_warehouse), database_schema="supplier"
    )
    found = place.waiting().deliveries
    supplier.execute("""update supplier."SCHOOL_MOVE" set "REASON" = 'OTHER' where "MOVE_NO" = 7""")
    landing.land(place.warehouse, found)
    assert place.state("raise_school_move", "reason", day(11))["7"] == "OTHER"
    assert place.waiting().deliveries == []
    supplier.execute("""update supplier."SCHOOL_MOVE" set "REASON" = 'HOME' where "MOVE_NO" = 7""")
    assert len(place.waiting().deliveries) == 1


NARROWED: dict[str, tuple[str, dict[str, Any], str]] = {
    "a row policy": (
        """alter table supplier."SCHOOL_MOVE" enable row level security;
        create policy few on supplier."SCHOOL_MOVE" using ("MOVE_NO" < 100)""",
        {},
        "shows only a part of school_move: a row policy",
    ),
    "fewer rows than the statistics": (
        """delete from supplier."SCHOOL_MOVE" where "MOVE_NO" > 100""",
        {},
        "shows 100 rows of school_move where the database's own statistics count 200",
    ),
    "fewer rows than the source counts": (
        """create table supplier.counts as select lower(t) as entity_name, 0 as row_count
           from unnest(array['CONTACT']) as t;
        insert into supplier.counts select t, 0 from unnest(array['assessment','plan','review','s47','cp_registration',
          'lac_episode','lac_health','education_result','care_leaver_check','homeless_spell','prevention']) as t;
        insert into supplier.counts values ('client', 1), ('missing', 1), ('school_move', 201);
        grant select on supplier.counts to replica_reader""",
        {"counts_table": "counts"},
        "shows 200 rows of school_move where the source counts 201",
    ),
    "no count of an entity": (
        """create table supplier.counts (entity_name text, row_count int);
        grant select on supplier.counts to replica_reader""",
        {"counts_table": "counts"},
        "states no count of client in counts",
    ),
    "no permission": (
        """revoke select on supplier."SCHOOL_MOVE" from replica_reader""",
        {},
        "permission denied for table SCHOOL_MOVE",
    ),
    "a table that is not there": ("""drop table supplier."S47" """, {}, "does not list this entity"),
    "a column that is not there": (
        """alter table supplier."S47" drop "OUTCOME" """,
        {},
        "lacks the required column outcome",
    ),
}


@pytest.mark.parametrize("case", NARROWED)
def test_a_replica_that_shows_less_than_it_holds_is_refused(
    module_warehouse: Warehouse, supplier: psycopg.Connection, tmp_path: Path, case: str
) -> None:
    statement, config, said = NARROWED[case]
    supplier.execute(statement)
    place = place_with(
        module_warehouse, tmp_path, "raise", url=reader_url(module_warehouse), database_schema="supplier", **config
    )
    summary = place.land()
    assert len(summary.refused) == 1
    assert said in summary.refused[0]
    assert summary.refused[0].count("\n") == 0
    assert place.query("select count(*) from landing.raise_school_move") == [(0,)]
    assert place.waiting().deliveries == [], "what is refused is not read again unchanged"


def test_a_refused_replica_is_not_tried_again_when_a_scheduler_carried_it(
    module_warehouse: Warehouse, supplier: psycopg.Connection, tmp_path: Path
) -> None:
    supplier.execute("""delete from supplier."SCHOOL_MOVE" where "MOVE_NO" > 100""")
    place = place_with(
        module_warehouse, tmp_path, "raise", url=reader_url(module_warehouse), database_schema="supplier"
    )
    (found,) = place.waiting().deliveries
    carried = Delivery.from_ticket(json.loads(json.dumps(found.ticket())))
    assert len(landing.land(place.warehouse, [carried]).refused) == 1
    assert place.waiting().deliveries == []


@pytest.fixture
def sqlite_replica(tmp_path: Path) -> Callable[..., Path]:
    def make(entities: dict[str, list[dict[str, Any]]], columns: dict[str, str]) -> Path:
        path = tmp_path / "replica.db"
        with sqlite3.connect(path) as connection:
            for entity, names in columns.items():
                connection.execute(f"create table {entity} ({names.replace(' ', ', ')})")
                for row in entities.get(entity, []):
                    marks = ", ".join("?" * len(row))
                    connection.execute(f"insert into {entity} ({', '.join(row)}) values ({marks})", list(row.values()))
        return path

    return make


def test_sqlite_is_read_in_iso_texts_and_numbers(
    module_warehouse: Warehouse, tmp_path: Path, sqlite_replica: Callable[..., Path]
) -> None:
    row = {
        "MOVE_NO": 7,
        "CLIENT_NO": 42.0,
        "MOVE_DATE": "2018-05-01",
        "REASON": "home",
        "RECORDED": "2018-05-02 09:15:00",
    }
    path = sqlite_replica({"SCHOOL_MOVE": [row, {"MOVE_NO": 8, "MOVE_DATE": "soon"}]}, RAISE_COLUMNS)
    place = place_with(module_warehouse, tmp_path, "raise", url=f"sqlite:///{path}")
    # one row of two cannot be read: it is set apart, and costs the other nothing
    summary = place.land()
    assert (summary.refused, summary.rows_accepted, summary.rows_quarantined) == ([], 1, 1)
    assert place.query("select column_name, reason_code from landing.quarantine") == [("move_date", "unreadable_date")]
    with sqlite3.connect(path) as connection:
        connection.execute("delete from SCHOOL_MOVE where MOVE_NO = 8")
    assert place.land().refused == []
    assert place.query("select move_no, client_no, move_date, reason, recorded from landing.raise_school_move") == [
        ("7", "42", "01/05/2018", "home", "02/05/2018 09:15")
    ]


def test_a_replica_of_all_authorities_gives_those_of_one(
    module_warehouse: Warehouse, tmp_path: Path, sqlite_replica: Callable[..., Path]
) -> None:
    stamp = "2018-06-01 08:00:00.500"
    people = [
        {"personid": f"{{A-{n}}}", "owningauthority": code, "createdon": stamp, "modifiedon": stamp, "inactive": 0}
        for n, code in enumerate(["W06000006", "w06000006 ", "W06000005"])
    ]
    path = sqlite_replica({"person": people}, WCCIS_COLUMNS)
    place = place_with(module_warehouse, tmp_path, "wccis", url=f"sqlite:///{path}")
    assert place.land().rows_accepted == 2
    assert place.query("select distinct createdon from landing.wccis_person") == [("2018-06-01T08:00:00Z",)]
    # a file of the next day that says the same changes nothing
    again = [{**row, "createdon": "2018-06-01T08:00:00Z", "modifiedon": "2018-06-01T08:00:00Z"} for row in people[:2]]
    home = place.warehouse.settings.config.model_copy(update={"replicas": {}})
    configure(place, home)
    write_wccis(place.exports, day(12), {"person": [{k: str(v) for k, v in row.items()} for row in again]})
    summary = place.land()
    assert (summary.rows_changed, summary.rows_new, summary.rows_vanished) == (0, 0, 0)


def test_a_row_whose_authority_nobody_can_tell_is_counted_and_another_councils_is_not(
    module_warehouse: Warehouse, tmp_path: Path, sqlite_replica: Callable[..., Path]
) -> None:
    stamp = "2018-06-01 08:00:00"
    ours = ["W06000006", "w06000006 ", "W06000006\t", "\n W06000006", "\u00a0W06000006"]
    nobodys = ["", " ", None, "W06000O06", "W06000099", "Wrexham", 6]
    others = ["W06000005", " w06000005", "W06000005\t", "\u00a0W06000024", "E06000001"]
    people = [
        {"personid": f"{{A-{n:02}}}", "owningauthority": code, "createdon": stamp, "modifiedon": stamp, "inactive": 0}
        for n, code in enumerate([*ours, *nobodys, *others])
    ]
    path = sqlite_replica({"person": people}, WCCIS_COLUMNS)
    place = place_with(module_warehouse, tmp_path, "wccis", url=f"sqlite:///{path}")
    summary = place.land()
    assert (summary.refused, summary.rows_accepted, summary.rows_quarantined) == ([], len(ours), len(nobodys))
    assert place.query("select distinct reason_code from landing.quarantine") == [("wrong_authority",)]
    assert place.accounts_balance()


def test_what_is_wrong_with_the_settings_is_said(module_warehouse: Warehouse, tmp_path: Path) -> None:
    wrong = [
        ("raise", "nonsense", UsageError, "The URL of the replica of raise is none"),
        ("raise", f"sqlite:///{tmp_path}/gone.db", UsageError, "gone.db of raise is not there"),
        ("corporate", "sqlite://", UsageError, "delivers single files"),
        ("raise", "nodb+nodriver://x/y", UsageError, "is not installed"),
        ("raise", "postgresql+psycopg://reader:secret@127.0.0.1:1/x", SourceUnavailableError, "cannot be reached"),
    ]
    for number, (source, url, error, said) in enumerate(wrong):
        place = place_with(module_warehouse, tmp_path / str(number), source, url=url)
        with pytest.raises(error, match=said) as raised:
            place.waiting()
        assert "secret" not in str(raised.value)


def test_sql_server_is_asked_in_its_own_dialect() -> None:
    contract = load_contracts(("wccis",))["wccis"]
    entity = contract.entities["caseform"]
    columns = {"caseformid": "CaseFormId", "versionnumber": "VersionNumber", "owningauthority": "OwningAuthority"}
    found = ReplicaTable("CaseForm", "dbo", columns)
    dialect = registry.load("mssql")()
    query = str(
        found.rows(entity, contract, "W06000006").compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    )
    others = ", ".join(f"'W06{number:06}'" for number in range(1, 25) if number != 6)
    assert " ".join(query.split()) == (
        "SELECT dbo.[CaseForm].[OwningAuthority], dbo.[CaseForm].[CaseFormId], dbo.[CaseForm].[VersionNumber]"
        " FROM dbo.[CaseForm] WHERE dbo.[CaseForm].[OwningAuthority] IS NULL"
        f" OR (upper(trim(dbo.[CaseForm].[OwningAuthority])) NOT IN ({others}))"
        " ORDER BY dbo.[CaseForm].[CaseFormId], dbo.[CaseForm].[VersionNumber]"
    )
    assert "count(*)" in str(found.visible_count().compile(dialect=dialect))
    own = own_count_query(dialect)
    assert own is not None
    assert "sys.partitions" in str(own.compile(dialect=dialect))
    assert SNAPSHOTS["mssql"] == "SNAPSHOT"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2018-06-30T23:30:00+00:00", "2018-07-01"), ("2018-12-31T23:30:00+00:00", "2018-12-31")],
)
def test_today_is_the_day_in_wales(moment: str, expected: str) -> None:
    with time_machine.travel(datetime.datetime.fromisoformat(moment)):
        assert receipt.today() == datetime.date.fromisoformat(expected)
