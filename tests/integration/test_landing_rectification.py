"""What people set right: decided by name, kept apart from what was sent, in no log, and gone with an erased child."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import psycopg
import pytest

from csc_warehouse import landing
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.landing.keeping import holdings
from csc_warehouse.privacy import grants, published_erasure, roles
from csc_warehouse.transform import apply_rectifications, rectification_states
from csc_warehouse.warehouse import Warehouse, kept_archive
from tests.support.landings import WREXHAM, Place, day
from tests.support.planted import CHILD, RIGHT, WRONG, deliver

CONTACT = {"source": "raise", "entity": "contact", "record": "9000417", "column": "decided", "value": RIGHT}


@pytest.fixture
def place(module_warehouse: Warehouse, tmp_path: Path) -> Place:
    place = Place(module_warehouse, tmp_path)
    place.warehouse.settings.home.mkdir(parents=True, exist_ok=True)
    with place.warehouse.raw_connection() as connection:
        connection.execute("truncate landing.erasures, landing.erased_ids, landing.erasure_proofs")
        connection.execute("truncate staging.rectified_rows, staging.rectification_states")
    deliver(place.exports, day(10))
    assert place.land().refused == []
    return place


def rectify(place: Place, **changes: str) -> landing.RectificationSummary:
    decision: dict[str, Any] = {"by": "A. Jones", "reason": "request 7", "authority_code": WREXHAM}
    return landing.rectify(place.warehouse, **(decision | CONTACT | changes))


def applied(place: Place) -> list[tuple[Any, ...]]:
    """Build what staging sets right; return it."""
    apply_rectifications(place.warehouse)
    return place.query(
        "select entity, row_key, valid_from_date, right_values from staging.rectified_rows order by 1, 2, 3"
    )


def test_row_history_stays_as_sent_and_the_build_sets_it_right(place: Place) -> None:
    history = place.history_digest(with_ids=True)
    summary = rectify(place)
    assert "from the next build on" in str(summary)
    assert applied(place) == [("contact", "9000417", day(10), {"decided": RIGHT})]
    assert place.history_digest(with_ids=True) == history
    assert "applied until" in str(rectification_states(place.warehouse)[summary.rectification_id])


def test_it_ends_by_itself_once_the_source_says_the_same(place: Place) -> None:
    summary = rectify(place)
    (said,) = apply_rectifications(place.warehouse)
    assert "is applied until the source says the same" in said
    assert apply_rectifications(place.warehouse) == []
    deliver(place.exports, day(11), decided=RIGHT)
    place.land()
    (said,) = apply_rectifications(place.warehouse)
    assert said.startswith(f"Rectification {summary.rectification_id} (raise contact.decided) has ended")
    assert str(day(11)) in said
    assert RIGHT not in said
    # days before still show what is right
    assert [row[2] for row in applied(place)] == [day(10)]
    # the delivery is withdrawn: the source never said so
    delivery_id = place.query("select max(delivery_id) from landing.deliveries")[0][0]
    landing.withdraw(place.warehouse, delivery_id=delivery_id, by="A. Jones", reason="a test")
    (said,) = apply_rectifications(place.warehouse)
    assert "is applied until" in said


def test_it_is_undone_by_command(place: Place) -> None:
    name = rectify(place).rectification_id
    undone = landing.undo_rectification(place.warehouse, name, by="B. Evans", reason="another child")
    assert undone.is_undone
    assert applied(place) == []
    assert not landing.undo_rectification(place.warehouse, name, by="B. Evans", reason="again").is_changed
    (listed,) = landing.rectifications(place.warehouse)
    assert (listed["undone_by"], listed["undo_reason"]) == ("B. Evans", "another child")
    # and decided anew
    assert rectify(place).is_changed
    assert len(applied(place)) == 1


def test_the_same_decision_again_changes_nothing_and_another_one_is_asked_to_undo_it_first(place: Place) -> None:
    name = rectify(place).rectification_id
    again = rectify(place, value="08/05/2018 12:00 ")
    assert (again.rectification_id, again.is_changed) == (name, False)
    with pytest.raises(UsageError, match=f"undo rectification {name} first"):
        rectify(place, value="08/05/2018 13:00")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"by": " "}, "give both --by and --reason"),
        ({"reason": ""}, "give both --by and --reason"),
        ({"source": "rase"}, "rase is no source in use"),
        ({"entity": "contacts"}, "contacts is no table of RAISe about children"),
        ({"column": "decidet"}, "contact has no column decidet"),
        ({"record": "1"}, "no standing row"),
        ({"record": "9000417|1"}, "give --record as contact_no"),
        ({"value": "2018-05-08"}, "cannot hold that value"),
        ({"value": "12/05/2018 09:00"}, "may not lie after 2018-05-10"),
        ({"value": WRONG}, "says so already"),
        ({"column": "outcome", "value": "XX"}, "takes one of"),
        ({"column": "client_no", "value": "7000001"}, "only the source can set that right"),
        ({"column": "contact_no", "value": "7"}, "only the source can set that right"),
        ({"source": "corporate", "entity": "hr_establishment"}, "no table of Corporate returns about children"),
    ],
)
def test_what_cannot_be_set_right_is_said_without_the_value(place: Place, changes: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError) as raised:
        rectify(place, **changes)
    assert said in str(raised.value)
    assert place.query("select count(*) from landing.rectifications") == [(0,)]
    assert RIGHT not in str(raised.value)


def test_the_journal_has_the_decision_without_a_value_and_a_rebuild_brings_all_back(place: Place) -> None:
    first = rectify(place).rectification_id
    second = rectify(place, column="worker", value="Right Body").rectification_id
    landing.undo_rectification(place.warehouse, second, by="B. Evans", reason="wrong")
    archive = place.warehouse.settings.archive
    journal = (archive / "journal.jsonl").read_text()
    assert first in journal
    assert all(word not in journal for word in (RIGHT, WRONG, "9000417", CHILD, "Right Body"))
    kept = archive / "rectifications" / f"{first}.json"
    assert json.loads(kept.read_text())["right_value"] == RIGHT
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    before = landing.rectifications(place.warehouse)
    place.empty()
    assert landing.rectifications(place.warehouse) == []
    landing.rebuild(place.warehouse)
    assert landing.rectifications(place.warehouse) == before
    assert [row[1] for row in applied(place)] == ["9000417"]
    kept.write_text("{}")
    with pytest.raises(CscWarehouseError, match="missing or damaged"):
        landing.rebuild(place.warehouse)


def test_a_decision_that_was_killed_before_its_commit_is_finished_by_the_next(place: Place) -> None:
    name = rectify(place).rectification_id
    with place.warehouse.raw_connection() as connection:
        connection.execute("truncate landing.rectifications")
    again = rectify(place)
    assert (again.rectification_id, again.is_changed) == (name, False)


def test_an_erased_child_takes_along_what_was_set_right(place: Place) -> None:
    name = rectify(place).rectification_id
    other = rectify(place, record="9000500").rectification_id
    applied(place)
    child = holdings.known_child(place.warehouse, CHILD)
    held = holdings.holdings(place.warehouse, child)
    assert held.rows == {
        "landing.raise_client": 1,
        "landing.raise_contact": 1,
        "landing.quarantine": 1,
        "landing.rectifications": 1,
    }
    assert set(held.files.values()) == {1}
    assert sorted(file.rpartition(": ")[2] for file in held.files) == [
        "RAISE_CLIENT_20180510.csv",
        "RAISE_CONTACT_20180510.csv",
        "RAISE_SCHOOL_MOVE_20180510.csv",
    ]
    summary = landing.erase(
        place.warehouse, CHILD, by="A. Jones", reason="request 7", elsewhere=published_erasure.remove_child
    )
    assert summary.removed["landing.rectifications"] == 1
    assert summary.removed["staging.rectified_rows"] == 1
    folder = place.warehouse.settings.archive / "rectifications"
    assert [path.name for path in folder.iterdir()] == [f"{other}.json"]
    assert [row["rectification_id"] for row in landing.rectifications(place.warehouse)] == [other]
    assert name not in rectification_states(place.warehouse)
    landing.rebuild(place.warehouse)
    assert [row["rectification_id"] for row in landing.rectifications(place.warehouse)] == [other]
    # what the erased child's had is not lost, what another one's has is
    assert kept_archive.look(place.warehouse).is_whole
    (folder / f"{other}.json").unlink()
    assert str(kept_archive.look(place.warehouse)) == "the files of 1 rectifications"
    with pytest.raises(UsageError, match="No child is known by that id"):
        holdings.known_child(place.warehouse, CHILD)


def test_a_refused_delivery_that_names_the_child_is_found(place: Place) -> None:
    folder = deliver(place.exports, day(11))
    control = next(folder.glob("RAISE_CONTROL*"))
    control.write_bytes(control.read_bytes().replace(b",12", b",13"))
    assert len(place.land().refused) == 1
    held = holdings.holdings(place.warehouse, holdings.known_child(place.warehouse, CHILD))
    assert any("RAISE_CLIENT_20180511.csv" in name for name in held.refused)


@pytest.mark.parametrize("role", [*grants.READING, *grants.PIPELINE])
def test_who_may_not_erase_may_not_rectify(place: Place, role: str) -> None:
    roles.apply_grants(place.warehouse)
    with place.warehouse.raw_connection() as connection:
        for privilege in ("insert", "update", "delete", "select"):
            may = [
                connection.execute("select has_table_privilege(%s, %s, %s)", [role, table, privilege]).fetchone()
                for table in ("landing.rectifications", "landing.erased_ids")
            ]
            assert may[0] == may[1], privilege
        if role in grants.READING:
            connection.execute(f"set role {role}")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("select * from landing.rectifications")
