"""An erased child never comes back: not with the next full or delta, not late, not from the archive."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse import landing
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.landing import ErasureSummary
from csc_warehouse.privacy import pseudonyms, published_erasure
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_raise, write_wccis
from tests.support.landings import WREXHAM, Place, day

CHILD, OTHER = "0000042", "0000043"
PERSON, SECOND = "{AAAA-0042}", "bbbb-0043"


def full(*, reason: str = "HOME") -> dict[str, Any]:
    """Return a RAISe full of two children with rows enough that two unreadable ones do not refuse it."""
    moves = [
        {"MOVE_NO": str(n), "CLIENT_NO": child, "REASON": reason, "MOVE_DATE": "01/05/2018"}
        for n, child in enumerate([CHILD, " 42 ", *[OTHER] * 60])
    ]
    moves[1]["MOVE_DATE"] = "soon"
    clients = [{"CLIENT_NO": CHILD, "SURNAME": "Secretname"}, {"CLIENT_NO": OTHER, "SURNAME": "Stays"}]
    return {"CLIENT": clients, "SCHOOL_MOVE": moves}


@pytest.fixture
def place(module_warehouse: Warehouse, tmp_path: Path) -> Place:
    place = Place(module_warehouse, tmp_path)
    place.warehouse.settings.home.mkdir(parents=True, exist_ok=True)
    with place.warehouse.raw_connection() as connection:
        connection.execute("truncate landing.erasures, landing.erased_ids, landing.erasure_proofs")
        connection.execute("truncate restricted.child_keys")
        connection.execute("drop table if exists intermediate.int_children")
    return place


def erase(place: Place, child: str, **choices: Any) -> ErasureSummary:
    decision: dict[str, Any] = {
        "by": "A. Jones",
        "reason": "request 7",
        "elsewhere": published_erasure.remove_child,
    } | choices
    return landing.erase(place.warehouse, child, **decision)


def mentions(place: Place, text: str = "42") -> list[str]:
    """Return the tables of landing in which a text stands anywhere in a row's own values."""
    found = []
    for table in [*place.tables(), "quarantine"]:
        hidden = " - 'row_hash' - 'delivery_id' - 'record_number' - 'content_sha256'"
        rows = place.query(f"select (to_jsonb(t){hidden})::text from landing.{table} as t")
        if any(text.lower() in row[0].lower() for row in rows):
            found.append(table)
    return found


def accounts(place: Place, entity: str, on: datetime.date) -> tuple[Any, ...]:
    return place.query(
        "select rows_in_file, e.rows_accepted, rows_new, rows_changed, rows_unchanged, e.rows_quarantined,"
        " rows_vanished, rows_erased from landing.delivery_entities as e join landing.deliveries using (delivery_id)"
        " where entity = %s and business_date = %s and status = 'accepted'",
        entity,
        on,
    )[0]


def test_an_erased_child_leaves_landing_and_never_comes_back(place: Place) -> None:
    write_raise(place.exports, day(10), full())
    place.land()
    assert mentions(place, "secretname") == ["raise_client"]
    summary = erase(place, "42")
    assert summary.removed == {"landing.raise_client": 1, "landing.raise_school_move": 1, "landing.quarantine": 1}
    assert mentions(place, "secretname") == []
    assert place.query("select raw_record, reason_code from landing.quarantine") == [(None, "unreadable_date")]
    # the next full brings it again, changed; then a late one; then everything from the archive
    write_raise(place.exports, day(12), full(reason="OTHER"))
    write_raise(place.exports, day(11), full(reason="ADOPTION"))
    again = place.land()
    assert (again.refused, again.rows_accepted, again.rows_quarantined) == ([], 126, 2)
    assert accounts(place, "client", day(12)) == (2, 2, 0, 0, 2, 0, 0, 1)
    assert accounts(place, "school_move", day(12)) == (62, 61, 0, 60, 1, 1, 0, 1)
    assert place.accounts_balance()
    history = place.history_digest(with_ids=True)
    place.empty()
    with place.warehouse.raw_connection() as connection:
        connection.execute("truncate landing.erasures, landing.erased_ids, landing.erasure_proofs")
    landing.rebuild(place.warehouse)
    assert place.history_digest(with_ids=True) == history
    assert place.accounts_balance()
    assert mentions(place, "secretname") == []
    assert set(place.query("select count(*), count(raw_record) from landing.quarantine")) == {(3, 0)}
    assert place.query("select erased_by, reason from landing.erasures") == [("A. Jones", "request 7")]
    assert place.query("select sum(rows_removed) from landing.erasure_proofs") == [(3,)]
    journal = (place.warehouse.settings.archive / "journal.jsonl").read_text()
    assert all(word not in journal for word in ("Secretname", CHILD))


def test_an_unchanged_file_is_read_again_once_a_child_was_erased(place: Place) -> None:
    write_raise(place.exports, day(10), full())
    place.land()
    erase(place, CHILD)
    for number in (11, 12):
        write_raise(place.exports, day(number), full())
        place.land()
        assert accounts(place, "client", day(number)) == (2, 2, 0, 0, 2, 0, 0, 1)
    assert mentions(place, "secretname") == []


def test_a_row_whose_fields_nobody_can_assign_is_blanked_too(place: Place) -> None:
    write_raise(place.exports, day(10), full())
    place.land()
    erase(place, CHILD)
    folder = write_raise(place.exports, day(11), full())
    path = next(folder.glob("RAISE_SCHOOL*"))
    path.write_bytes(
        path.read_bytes().replace(b"0,0000042,", b"0,0000042,,", 1).replace(b"9,0000043,", b"9,0000043,,", 1)
    )
    assert place.land().rows_quarantined == 3
    apart = place.query(
        "select record_number, reason_code, raw_record is null from landing.quarantine"
        " join landing.deliveries using (delivery_id) where deliveries.business_date = %s order by 1",
        day(11),
    )
    assert apart == [(2, "field_count", True), (3, "unreadable_date", True), (11, "field_count", False)]


def migrated(person: str = PERSON, number: str = CHILD) -> dict[str, Any]:
    return {
        "person": [
            {"personid": person, "legacyid": number, "lastname": "Secretname"},
            {"personid": SECOND, "legacyid": OTHER},
        ],
        "contact": [
            {"contactid": "c-1", "personid": person.upper(), "contactreasonid_cwname": "Secretname"},
            {"contactid": "c-2", "personid": SECOND},
        ],
        "mergedrecord": [{"mergedrecordid": "m-1", "entity": "person", "masterid": person, "subordinateid": "gone-1"}],
    }


def test_an_erased_child_that_migrates_afterwards_is_known_by_its_old_number(place: Place) -> None:
    write_raise(place.exports, day(10), full())
    place.land()
    erase(place, CHILD)
    write_wccis(place.exports, day(1, 6), migrated())
    # later deltas do not say the old number any more
    later = {"contact": [{"contactid": "c-3", "personid": PERSON.lower(), "contactreasonid_cwname": "Secretname"}]}
    write_wccis(place.exports, day(2, 6), later, extract_type="delta")
    assert place.land().refused == []
    assert mentions(place, "secretname") == []
    assert place.query("select row_key from landing.wccis_contact") == [("c-2",)]
    assert place.query("select count(*) from landing.wccis_mergedrecord") == [(0,)]
    assert accounts(place, "contact", day(1, 6)) == (2, 2, 1, 0, 1, 0, 0, 1)
    history = place.history_digest(with_ids=True)
    place.empty()
    with place.warehouse.raw_connection() as connection:
        connection.execute("truncate landing.erasures, landing.erased_ids, landing.erasure_proofs")
    landing.rebuild(place.warehouse)
    assert place.history_digest(with_ids=True) == history
    assert mentions(place, "secretname") == []


def test_a_child_of_both_systems_is_erased_in_both(place: Place) -> None:
    write_raise(place.exports, day(10), full())
    write_wccis(place.exports, day(1, 6), migrated())
    place.land()
    assert erase(place, "0042").ids == 2
    assert mentions(place, "secretname") == []
    assert place.query("select count(*) from landing.wccis_person") == [(1,)]


def test_an_adopted_childs_old_number_says_nothing_of_a_new_person(place: Place) -> None:
    entities = full()
    entities["LAC_EPISODE"] = [
        {"EPISODE_NO": "1", "CLIENT_NO": CHILD, "START_DATE": "01/05/2017", "END_REASON": "adopted "}
    ]
    write_raise(place.exports, day(10), entities)
    place.land()
    assert erase(place, CHILD).ids == 1
    write_wccis(place.exports, day(1, 6), migrated("new-identity"))
    place.land()
    assert place.query("select row_key from landing.wccis_person order by 1") == [(SECOND,), ("new-identity",)]


def test_what_was_built_and_published_loses_the_child_by_id_and_pseudonym(place: Place) -> None:
    write_raise(place.exports, day(10), full())
    write_wccis(place.exports, day(1, 6), {"person": [{"personid": PERSON, "lastname": "Secretname"}]})
    place.land()
    with place.warehouse.raw_connection() as connection:
        connection.execute(
            "create table intermediate.int_children as select %s::text as authority_code, * from (values"
            " ('raise', '42', '42'), ('wccis', '{aaaa-0042}', '42'), ('raise', '43', '43'))"
            " as v (source_name, child_id, canonical_child_id)",
            [WREXHAM],
        )
        connection.execute(
            "insert into restricted.child_keys values (%(a)s, '42', 'key-42'), (%(a)s, '43', 'key-43')", {"a": WREXHAM}
        )
        connection.execute("create table marts_candidate.fct_erasure_probe (authority_code text, child_key text)")
        connection.execute(
            "create table release.marts__erasure_probe (authority_code text, child_key text, release_id int)"
            " partition by list (release_id);"
            "create table release.marts__erasure_probe_1 partition of release.marts__erasure_probe for values in (1)"
        )
        for table in ("marts_candidate.fct_erasure_probe", "release.marts__erasure_probe"):
            for key in ("key-42", "key-43"):
                connection.execute(
                    f"insert into {table} values (%s, %s{', 1' if 'release' in table else ''})", [WREXHAM, key]
                )
    try:
        summary = erase(place, "key-42")
        assert summary.ids == 2
        assert summary.removed | {"landing.quarantine": 1} == {
            "landing.raise_client": 1,
            "landing.raise_school_move": 1,
            "landing.quarantine": 1,
            "landing.wccis_person": 1,
            "intermediate.int_children": 2,
            "marts_candidate.fct_erasure_probe": 1,
            "release.marts__erasure_probe": 1,
            "restricted.child_keys": 1,
        }
        assert place.query("select child_key from release.marts__erasure_probe") == [("key-43",)]
    finally:
        with place.warehouse.raw_connection() as connection:
            connection.execute("drop table marts_candidate.fct_erasure_probe, release.marts__erasure_probe")


def test_an_id_that_nobody_has_or_several_authorities_have_is_said(place: Place) -> None:
    for authority in ("W06000005", WREXHAM):
        write_wccis(place.exports, day(1, 6), {"person": [{"personid": PERSON}]}, authority=authority)
    place.land()
    with pytest.raises(UsageError, match="No child is known by that id") as raised:
        erase(place, "777")
    assert "777" not in str(raised.value)
    with pytest.raises(UsageError, match="give both --by and --reason"):
        erase(place, PERSON, reason=" ")
    with pytest.raises(UsageError, match=r"Children of several authorities have that id \(W06000005, W06000006\)"):
        erase(place, PERSON)
    erase(place, PERSON, authority_code=WREXHAM)
    assert place.query("select authority_code from landing.wccis_person") == [("W06000005",)]


def test_tombstones_outlive_a_rotation_of_the_key_and_miss_a_key_that_is_lost(place: Place) -> None:
    write_raise(place.exports, day(10), full())
    place.land()
    erase(place, CHILD)
    settings = place.warehouse.settings.model_copy(update={"key_file": place.warehouse.settings.home / "test.key"})
    shutil.copy(place.warehouse.settings.key_file, settings.key_file)
    place.warehouse = type(place.warehouse)(settings=settings, url=place.warehouse.url, engine=place.warehouse.engine)
    old = pseudonyms.load_key(settings)
    assert pseudonyms.rotate_key(settings) == 2
    assert pseudonyms.load_keys(settings)[1] == old != pseudonyms.load_key(settings)
    assert settings.key_file.stat().st_mode & 0o777 == 0o600
    write_raise(place.exports, day(11), full(reason="OTHER"))
    place.land()
    assert mentions(place, "secretname") == []
    settings.key_file.write_text("0" * 64)
    write_raise(place.exports, day(12), full())
    with pytest.raises(CscWarehouseError, match=r"lacks the key that this warehouse was keyed with.*rotate-key"):
        place.land()
    assert mentions(place, "secretname") == []


def waiting(place: Place, number: int, *rows: str) -> None:
    """Write a return of children who wait for adoption, under references of its own."""
    folder = place.exports / "corporate" / str(day(number))
    folder.mkdir(parents=True)
    header = "child_ref,authority,age_years,waiting_since,status,as_at"
    text = "\n".join([header, *(f"{row},2018-04-30" for row in rows), ""])
    (folder / f"nwas_children_waiting_{day(number):%Y%m%d}.csv").write_text(text)


def children_waiting(number: int) -> list[str]:
    """Return rows of a child to be erased, one of them unreadable, and of forty others."""
    apart = ["K17 ,W06000005,4,soon,WAITING"] if number == 10 else []
    return [f"k17,W06000006,{number},2018-01-0{number - 9},WAITING", *apart] + [
        f"K{n},W06000006,3,2018-02-01,WAITING" for n in range(100, 140)
    ]


def test_a_child_that_a_corporate_return_names_is_erased_by_that_returns_reference(place: Place) -> None:
    waiting(place, 10, *children_waiting(10))
    place.land()
    with place.warehouse.raw_connection() as connection:
        connection.execute("drop table if exists intermediate.int_reference_probe, release.marts__reference_probe")
        connection.execute(
            "create table intermediate.int_reference_probe as select authority_code, delivery_id, record_number,"
            " 'record-' || record_number as record_key from landing.corporate_nwas_children_waiting"
        )
        connection.execute(
            "create table release.marts__reference_probe as select authority_code, record_key"
            " from intermediate.int_reference_probe"
        )
    try:
        decision = {"source": "corporate", "by": "A. Jones", "reason": "request 8"}
        erased = landing.erase_reference(
            place.warehouse, " K17", **decision, elsewhere=published_erasure.remove_records
        )
        assert erased.removed == {
            "landing.corporate_nwas_children_waiting": 1,
            "landing.quarantine": 1,
            "intermediate.int_reference_probe": 1,
            "release.marts__reference_probe": 1,
        }
        assert mentions(place, "k17") == []
        # the next return names it again, an earlier one comes late, and everything is made again
        waiting(place, 12, *children_waiting(12))
        waiting(place, 11, *children_waiting(11))
        again = place.land()
        assert (again.refused, again.rows_accepted) == ([], 82)
        assert accounts(place, "nwas_children_waiting", day(12)) == (41, 41, 40, 0, 1, 0, 0, 1)
        assert place.accounts_balance()
        history = place.history_digest(with_ids=True)
        place.empty()
        with place.warehouse.raw_connection() as connection:
            connection.execute("truncate landing.erasures, landing.erased_ids, landing.erasure_proofs")
        landing.rebuild(place.warehouse)
        assert place.history_digest(with_ids=True) == history
        assert mentions(place, "k17") == []
        assert "k17" not in (place.warehouse.settings.archive / "journal.jsonl").read_text().lower()
    finally:
        with place.warehouse.raw_connection() as connection:
            connection.execute("drop table intermediate.int_reference_probe, release.marts__reference_probe")


def test_a_reference_is_no_number_of_a_case_system_and_the_other_way_round(place: Place) -> None:
    write_raise(place.exports, day(10), full())
    waiting(place, 10, "42,W06000006,4,2018-01-01,WAITING")
    place.land()
    landing.erase_reference(place.warehouse, "42", source="corporate", by="A. Jones", reason="request 8")
    assert mentions(place, "secretname") == ["raise_client"]
    assert place.query("select count(*) from landing.corporate_nwas_children_waiting") == [(0,)]
    assert erase(place, "42").removed["landing.raise_client"] == 1
    with pytest.raises(UsageError, match=r"references of their own \(corporate\)"):
        landing.erase_reference(place.warehouse, "42", source="raise", by="A. Jones", reason="request 8")
    with pytest.raises(UsageError, match="No row of Corporate returns names a child by that reference"):
        landing.erase_reference(place.warehouse, "43", source="corporate", by="A. Jones", reason="request 8")
