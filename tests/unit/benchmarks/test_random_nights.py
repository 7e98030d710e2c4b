"""Random nights: what counts as changed, what is told of a difference, and that every kind of night can be drawn."""

from __future__ import annotations

import datetime
import random
from pathlib import Path

import pytest

from benchmarks import changed_children, night_kinds
from benchmarks.changed_children import State
from benchmarks.night_kinds import Council
from benchmarks.same_figures import Difference
from csc_warehouse.sample import HOME_AUTHORITY
from csc_warehouse.sample.written_deliveries import Sheet
from csc_warehouse.settings import load_settings

DAY = datetime.date(2018, 12, 4)
CONTACTS, CHILDREN = "marts_candidate.fct_contacts", "marts_candidate.dim_children"
WHOLE = State({CONTACTS: {"a": 1, "b": 2}, CHILDREN: {"a": 5, "b": 6}}, {"stg_raise__contacts": {"a": 7, "b": 8}})


def test_change_when_nothing_differs_then_nobody_changed() -> None:
    assert changed_children.change(WHOLE, WHOLE) == changed_children.Change(0, 0, 0, {})


def test_change_when_rows_differ_then_own_rows_are_told_from_the_day_and_from_others() -> None:
    after = State(
        {CONTACTS: {"a": 3, "b": 4, "c": 1}, CHILDREN: {"a": 5, "b": 6}}, {"stg_raise__contacts": {"a": 9, "b": 8}}
    )
    found = changed_children.change(WHOLE, after)
    assert (found.changed, found.by_own_rows, found.unchanged_with_other_rows) == (3, 1, 0)
    assert found.where_else == {CONTACTS: 2}


def test_change_when_a_child_is_gone_then_it_has_changed() -> None:
    after = State({CONTACTS: {"a": 1}, CHILDREN: {"a": 5}}, {"stg_raise__contacts": {"a": 7}})
    found = changed_children.change(WHOLE, after)
    assert (found.changed, found.by_own_rows) == (1, 1)


def test_change_when_other_rows_make_no_difference_then_that_is_counted() -> None:
    after = State(WHOLE.built, {"stg_raise__contacts": {"a": 7, "b": 9}})
    assert changed_children.change(WHOLE, after) == changed_children.Change(0, 0, 1, {})


def test_a_difference_names_the_relation_and_the_rows_of_either_side() -> None:
    text = str(Difference("marts_candidate.fct_plans", 3, 2, ('{"record_key": "x"}',), ()))
    assert text.splitlines() == [
        "marts_candidate.fct_plans: 3 rows, of the whole build 2",
        '  only in the night: {"record_key": "x"}',
    ]


def test_every_kind_of_night_can_be_drawn_and_says_what_it_is() -> None:
    public = {
        value
        for name, value in vars(night_kinds).items()
        if callable(value) and getattr(value, "__module__", "") == night_kinds.__name__ and not name.startswith("_")
    }
    assert set(night_kinds.KINDS) == public - {Council}
    assert all(weight > 0 and kind.__doc__ for kind, weight in night_kinds.KINDS.items())


@pytest.fixture
def council(tmp_path: Path) -> Council:
    folder = tmp_path / "written" / "wccis" / HOME_AUTHORITY / DAY.isoformat()
    folder.mkdir(parents=True)
    (folder / "wccis_export_20181204.zip").write_bytes(b"x" * 300)
    settings = load_settings(home=tmp_path / "home", exports=tmp_path / "exports")
    return Council(settings, tmp_path / "written", random.Random(1), DAY)  # noqa: S311 - which rows change is no secret


def test_a_day_that_is_held_back_does_not_lie_in_the_exports(council: Council) -> None:
    night_kinds.missing(council)
    assert council.held_back == [DAY]
    assert not council.settings.exports.exists()


def test_a_delivery_that_is_broken_comes_whole_another_night(council: Council) -> None:
    night_kinds.broken(council)
    assert len(council.of_day(DAY).zip_path.read_bytes()) == 100
    assert council.held_back == [DAY]
    night_kinds.ordinary(council)
    assert len(council.of_day(DAY).zip_path.read_bytes()) == 300


def test_a_day_of_which_nothing_was_written_brings_nothing(council: Council) -> None:
    assert council.come(DAY + datetime.timedelta(days=1)) is None


def test_dates_are_moved_by_a_day_and_a_changed_row_says_when_it_was_changed() -> None:
    header = ["plannumber", "enddate", "createdon", "modifiedon", "owningauthority", "legacyid", "inactive"]
    rows = [[str(number), "2018-11-01", "2018-10-01T08:00:00Z", "", "", "", "0"] for number in range(200)]
    sheet = Sheet("wccis", "plan", header, rows)
    night_kinds._move(random.Random(1), "end_date", sheet)  # noqa: S311 - which rows change is no secret
    days = [row[1] for row in sheet.rows]
    assert set(days) == {"2018-11-01", "2018-11-02"}
    assert 10 < days.count("2018-11-02") < 80
    stamped = night_kinds._stamped(sheet, sheet.rows[0], DAY)
    assert stamped[3] == "2018-12-04T18:00:00Z"
    assert stamped[2] == "2018-10-01T08:00:00Z"
