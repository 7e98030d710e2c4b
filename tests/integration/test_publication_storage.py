"""Stored releases over time: new columns, refused changes, comments, retired relations, expiry."""

from __future__ import annotations

import dataclasses
import datetime
import threading

import psycopg
import pytest

from csc_warehouse import publication
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.publication import published_relations
from csc_warehouse.warehouse import Warehouse, locks
from tests.support.candidates import (
    CONTACTS,
    FLINTSHIRE,
    PASSED,
    RELATIONS,
    SCORECARD,
    VALUES,
    WREXHAM,
    change,
    fill_night,
    night,
    open_night,
    read,
)

DAY = datetime.date(2018, 1, 1)
BOTH = {WREXHAM: PASSED, FLINTSHIRE: PASSED}


def columns(warehouse: Warehouse, relation: str) -> list[str]:
    rows = read(
        warehouse,
        f"select attname from pg_attribute where attrelid = '{relation}'::regclass and attnum > 0 order by attnum",
    )
    return [name for (name,) in rows]


def test_declared_indexes_find_their_rows_within_one_release(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY)
    indexed = dataclasses.replace(SCORECARD, indexes=(("authority_code", "display"),))
    published_relations.register(warehouse, [indexed if r is SCORECARD else r for r in RELATIONS])
    night(warehouse, 2, DAY + datetime.timedelta(days=1))
    found = read(
        warehouse,
        "select array_agg(a.attname::text order by k.place) from pg_index as i"
        " cross join lateral unnest(i.indkey) with ordinality as k (attnum, place)"
        " inner join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum"
        " where i.indrelid = 'release.reporting__rpt_scorecard__from_1'::regclass and not i.indisprimary"
        " group by i.indexrelid",
    )
    assert found == [(["release_id", "authority_code", "display"],)]


def test_release_id_comes_first_and_types_have_no_length(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY)
    assert columns(warehouse, "marts.indicator_values") == [
        "release_id",
        "authority_code",
        "indicator_code",
        "value",
        "run",
    ]
    types = read(
        warehouse,
        "select format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = 'marts.indicator_values'::regclass and attname in ('indicator_code', 'value')"
        " order by attnum",
    )
    assert types == [("text",), ("numeric",)]


def test_a_new_column_joins_at_the_end_and_readers_views_stay(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY)
    change(warehouse, "create view public.mine as select indicator_code, release_id from marts.indicator_values")
    identity = "select 'marts.indicator_values'::regclass::oid, 'marts.fct_contacts'::regclass::oid"
    before = read(warehouse, identity)
    change(warehouse, "drop view if exists public.other")
    for relation in ("marts_candidate.indicator_values", "marts_candidate.fct_contacts"):
        change(warehouse, f"alter table {relation} add column note text not null default 'new'")
    release_id = open_night(warehouse, 2, DAY)
    publication.store(warehouse, release_id)
    # between storing and publishing, readers see the old release with the new column empty
    assert read(warehouse, "select distinct release_id, note from marts.indicator_values") == [(1, None)]
    publication.publish(warehouse, release_id, BOTH, published_by="test")
    assert read(warehouse, "select distinct release_id, note from marts.indicator_values") == [(2, "new")]
    assert read(warehouse, "select distinct release_id, note from marts.fct_contacts") == [(2, "new")]
    assert columns(warehouse, "marts.fct_contacts")[-1] == "note"
    assert read(warehouse, "select distinct release_id from public.mine") == [(2,)]
    assert read(warehouse, identity) == before
    publication.rollback(warehouse, by="P. Lead")
    assert read(warehouse, "select distinct release_id, note from marts.fct_contacts") == [(1, None)]
    change(warehouse, "drop view public.mine")


def test_a_narrower_type_is_stored_as_the_wider_one(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY)
    change(
        warehouse, "alter table marts_candidate.indicator_values alter column value type int, alter run type smallint"
    )
    night(warehouse, 2, DAY)
    assert read(warehouse, "select distinct value, pg_typeof(value)::text, run from marts.indicator_values") == [
        (2, "numeric", 2)
    ]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "alter table marts_candidate.indicator_values drop column run",
            r"marts\.indicator_values is published with a column run that the build no longer makes.*Keep it",
        ),
        (
            "alter table marts_candidate.indicator_values alter column run type bigint",
            r"marts\.indicator_values\.run is published as integer and the build now makes bigint.*new column",
        ),
        (
            "alter table marts_candidate.fct_contacts alter column outcome type int using 1",
            r"marts\.fct_contacts\.outcome is published as text and the build now makes integer",
        ),
        (
            "alter table marts_candidate.fct_contacts add column row_hash int",
            r"marts\.fct_contacts has a column row_hash",
        ),
        ("drop table marts_candidate.fct_contacts", r"marts\.fct_contacts.*the build did not make it"),
    ],
)
def test_a_change_that_readers_could_not_survive_is_refused(warehouse: Warehouse, statement: str, message: str) -> None:
    night(warehouse, 1, DAY)
    release_id = open_night(warehouse, 2, DAY)
    fill_night(warehouse, 2)
    # judged before anything is changed: the new column of another relation is not added either
    change(warehouse, "alter table marts_candidate.dim_children add column note text")
    change(warehouse, statement)
    with pytest.raises(CscWarehouseError, match=message):
        publication.store(warehouse, release_id)
    assert "note" not in columns(warehouse, "marts.dim_children")
    assert read(warehouse, "select distinct release_id, run from marts.indicator_values") == [(1, 1)]


@pytest.mark.parametrize("relation", ["indicator_values", "fct_contacts"])
def test_a_key_that_is_not_one_is_refused_without_its_value(warehouse: Warehouse, relation: str) -> None:
    night(warehouse, 1, DAY)
    release_id = open_night(warehouse, 2, DAY)
    fill_night(warehouse, 2)
    key = "indicator_code" if relation == "indicator_values" else "record_key"
    change(warehouse, f"update marts_candidate.{relation} set authority_code = '{WREXHAM}', {key} = 'TWICE'")
    with pytest.raises(CscWarehouseError, match=f"marts.{relation} cannot be stored.*{key}") as caught:
        publication.store(warehouse, release_id)
    assert "TWICE" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert read(warehouse, "select distinct release_id from marts.indicator_values") == [(1,)]


def test_another_key_or_kind_of_storage_is_refused(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY)
    release_id = open_night(warehouse, 2, DAY)
    others = [relation for relation in RELATIONS if relation != VALUES]
    published_relations.register(warehouse, [*others, dataclasses.replace(VALUES, key_columns=("indicator_code",))])
    with pytest.raises(CscWarehouseError, match="keep the key"):
        publication.store(warehouse, release_id)
    published_relations.register(warehouse, [*others, dataclasses.replace(VALUES, kind="range")])
    with pytest.raises(CscWarehouseError, match="stored another way"):
        publication.store(warehouse, release_id)


def test_comments_follow_the_models_descriptions(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY)
    comments = (
        "select obj_description('marts.indicator_values'::regclass, 'pg_class'),"
        " col_description('marts.indicator_values'::regclass, 4)"
    )
    assert read(warehouse, comments) == [("One row per authority and indicator.", "The figure.")]
    described = dataclasses.replace(VALUES, description="One row per figure.", column_descriptions={})
    published_relations.register(warehouse, [described, *(relation for relation in RELATIONS if relation != VALUES)])
    night(warehouse, 2, DAY)
    assert read(warehouse, comments) == [("One row per figure.", None)]


def test_a_relation_that_is_no_longer_made_stops_publication_until_it_is_retired(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY)
    change(warehouse, "create view public.on_contacts as select record_key from marts.fct_contacts")
    published_relations.register(warehouse, [relation for relation in RELATIONS if relation != CONTACTS])
    release_id = open_night(warehouse, 2, DAY)
    with pytest.raises(
        CscWarehouseError, match=r"the build no longer makes it.*\(csc-warehouse retire marts\.fct_contacts\)"
    ):
        publication.store(warehouse, release_id)
    with pytest.raises(CscWarehouseError, match=r"on_contacts stand on it"):
        publication.retire(warehouse, "marts", "fct_contacts")
    change(warehouse, "drop view public.on_contacts")
    publication.retire(warehouse, "marts", "fct_contacts")
    publication.store(warehouse, release_id)
    assert read(warehouse, "select to_regclass('marts.fct_contacts') is null") == [(True,)]
    with pytest.raises(CscWarehouseError, match="not a published relation"):
        publication.retire(warehouse, "marts", "fct_contacts")


def test_expiry_keeps_what_readers_see_could_go_back_to_or_signed(warehouse: Warehouse) -> None:
    for run in range(1, 8):
        # Wrexham has been held since its release 3
        night(warehouse, run, DAY, {WREXHAM: {"verdict": "held", "reason": ""}} if run > 3 else None)
    change(
        warehouse,
        "with decision as (select quality.record_decision('sign_off', 'P. Lead', 'half year') as decision_id)"
        " insert into quality.signed_figures (decision_id, release_id, profile, authority_code, indicator_code,"
        " period_type, period_label, breakdown, breakdown_value, status, signed_by, signed_at, note, code_version)"
        " select decision_id, 1, 'committee', 'W06000006', 'CON01', 'year', '2017/18', 'all', 'all', 'final',"
        " 'P. Lead', now(), 'half year', 'test' from decision",
    )
    seen = "select authority_code, release_id, outcome from marts.fct_contacts where outcome like 'run%' order by 1"
    before = read(warehouse, seen)
    summary = publication.expire(warehouse, keep=1)
    # kept: 1 signed, 2 Wrexham's way back, 3 what Wrexham sees, 6 Flintshire's way back, 7 the latest
    assert summary.expired == (4, 5)
    # of each release 2 values, 2 scorecards, 10 children, 1 register row, 2 cases; and the range rows that held for
    # 4 or 5 alone, one per authority each
    assert (summary.tables_dropped, summary.rows_deleted, summary.left) == (0, 2 * 17 + 4, ())
    assert read(warehouse, seen) == before
    publication.rollback(warehouse, by="P. Lead")
    assert read(warehouse, seen) == [(FLINTSHIRE, 6, "run 6"), (WREXHAM, 2, "run 2")]
    assert publication.expire(warehouse, keep=1).expired == ()
    with pytest.raises(UsageError, match="1 or more"):
        publication.expire(warehouse, keep=0)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two releases share a table, attached four releases ahead."""
    monkeypatch.setattr("csc_warehouse.publication.release_tables.BLOCK", 2)
    monkeypatch.setattr("csc_warehouse.publication.release_tables.BLOCKS_LEAD", 4)
    monkeypatch.setattr("csc_warehouse.publication.expiry.BLOCK", 2)


BLOCKS = (
    "select substring(c.relname from '[0-9]+$')::int from pg_inherits as i"
    " inner join pg_class as c on c.oid = i.inhrelid"
    " where i.inhparent = 'release.marts__indicator_values'::regclass order by 1"
)


@pytest.mark.usefixtures("small_blocks")
def test_tables_are_attached_long_before_they_are_written_and_dropped_when_empty(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY)
    assert read(warehouse, BLOCKS) == [(1,), (3,), (5,)]  # release 1 and the four after it
    for run in range(2, 8):
        night(warehouse, run, DAY)
    assert read(warehouse, BLOCKS) == [(1,), (3,), (5,), (7,), (9,), (11,)]  # up to release 11
    summary = publication.expire(warehouse, keep=1)
    # kept: 6, the way back, and 7; of the five partitioned relations the tables of 1 and 2, 3 and 4
    assert (summary.expired, summary.tables_dropped) == ((1, 2, 3, 4, 5), 10)
    assert read(warehouse, BLOCKS) == [(5,), (7,), (9,), (11,)]
    assert read(warehouse, "select distinct release_id from release.marts__indicator_values order by 1") == [(6,), (7,)]


@pytest.mark.usefixtures("small_blocks")
def test_expiry_leaves_what_a_reader_holds_for_the_next_time(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("csc_warehouse.publication.expiry.DETACH_WAIT", "200ms")
    for run in range(1, 7):
        night(warehouse, run, DAY)
    with psycopg.connect(warehouse.url_for("libpq")) as reader:
        reader.execute("set transaction isolation level repeatable read")
        assert reader.execute("select distinct run from marts.indicator_values").fetchall() == [(6,)]
        summary = publication.expire(warehouse, keep=1)
        assert summary.expired == (1, 2, 3, 4)
        assert summary.left == ("release.marts__indicator_values__from_1",)
        # whoever reads meanwhile is not made to wait, and nights go on
        night(warehouse, 7, DAY)
        assert read(warehouse, "select distinct run from marts.indicator_values") == [(7,)]
        assert reader.execute("select distinct run from marts.indicator_values").fetchall() == [(6,)]
    publication.expire(warehouse, keep=1)
    assert read(warehouse, BLOCKS) == [(5,), (7,), (9,), (11,)]


def test_one_publication_at_a_time(warehouse: Warehouse) -> None:
    night(warehouse, 1, DAY)
    release_id = open_night(warehouse, 2, DAY)
    fill_night(warehouse, 2)
    stored = threading.Event()

    def store() -> None:
        publication.store(warehouse, release_id)
        stored.set()

    with warehouse.raw_connection() as other:
        locks.wait_for(other, locks.PUBLICATION)
        thread = threading.Thread(target=store)
        thread.start()
        with pytest.raises(CscWarehouseError, match=r"A publication is running \(csc-warehouse, login postgres, since"):
            publication.expire(warehouse, keep=1)
        assert not stored.wait(0.5)
    thread.join(30)
    assert stored.is_set()
