"""A night with nothing new is told from one that has something: by what the release that readers see was built from."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from csc_warehouse import publication, version
from csc_warehouse.privacy import pseudonyms
from csc_warehouse.publication.release_inputs import DECIDED_BY_PEOPLE, OF_NO_FIGURE
from csc_warehouse.quality import deadline
from csc_warehouse.settings import Config
from csc_warehouse.version import digests
from csc_warehouse.warehouse import Warehouse
from tests.support.candidates import FLINTSHIRE, PASSED, WREXHAM, fill_night, open_night, read, reset

DAY = datetime.date(2018, 1, 1)
SAID = {"code": "a", "configuration": "b", "keys": "c"}
HELD = {"verdict": "held", "reason": "Too few."}
CODE = "insert into landing.code_map (source, list_name, source_code, code) values ('raise', 'outcome', 'N', 'NFA')"
DECIDED = "select quality.record_decision('accept_loss', 'A. Jones', 'They left.', null, '{}')"
JUDGED = (
    "insert into quality.check_results (authority_code, check_code, sentence, severity, owner, status, gate,"
    " as_at_date, change)"
    " values ('W06000006', 'A', 'It holds.', 'info', 'Team', 'passed', '{}', '2018-01-01', 'passing')"
)


@pytest.fixture
def warehouse(server: Warehouse) -> Warehouse:
    """Return a warehouse whose readers see what was built last."""
    reset(server)
    write(server, "truncate quality.quiet_nights, landing.code_map")
    _publish(server, 1)
    return server


def _publish(warehouse: Warehouse, run: int, **verdicts: dict[str, str]) -> int:
    inputs = publication.read_inputs(warehouse, SAID)
    release_id = open_night(warehouse, run, DAY)
    publication.note_inputs(warehouse, release_id, inputs)
    fill_night(warehouse, run)
    publication.seal(warehouse, release_id)
    publication.store(warehouse, release_id)
    publication.publish(warehouse, release_id, {WREXHAM: PASSED, FLINTSHIRE: PASSED} | verdicts, published_by="test")
    return release_id


def write(warehouse: Warehouse, statement: str) -> None:
    with warehouse.raw_connection(autocommit=True) as connection:
        connection.execute(statement)


def _standing(warehouse: Warehouse, requested: datetime.date | None = None, **said: str) -> publication.Standing:
    return publication.standing(warehouse, SAID | said, requested)


def test_nothing_is_new_where_nothing_was_written(warehouse: Warehouse) -> None:
    found = _standing(warehouse)
    assert found.is_nothing_new
    assert found.sentence.startswith("Nothing is new: no delivery, decision, setting, key or code has changed since")
    assert found.as_built()["as_at"] == {FLINTSHIRE: "2018-01-01", WREXHAM: "2018-01-01"}
    # also a second release, and what a folder that is looked at leaves behind
    _publish(warehouse, 2)
    write(warehouse, "update landing.locks set name = name")
    write(warehouse, "vacuum (freeze) landing.code_map")
    write(warehouse, JUDGED.format("exit"))
    assert _standing(warehouse).is_nothing_new


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (CODE, "what has landed"),
        (DECIDED, "what people decided or the door found"),
        (JUDGED.format("door"), "what people decided or the door found"),
        ("update marts_candidate.indicator_values set value = value", "the candidate of release 1 has been written to"),
        ("update release.releases set inputs = null", "release 1 does not say what it was built from"),
        ("update release.releases set inputs = inputs - 'landing.code_map'", "what has landed changed"),
        ("create table landing.raise_new_entity (a text)", "what has landed"),
    ],
)
def test_anything_that_is_written_makes_a_whole_night(warehouse: Warehouse, statement: str, said: str) -> None:
    try:
        write(warehouse, statement)
        found = _standing(warehouse)
    finally:
        write(warehouse, "drop table if exists landing.raise_new_entity")
    assert not found.is_nothing_new
    assert found.sentence.startswith("A whole night: ")
    assert said in found.sentence


def test_a_row_that_was_rewritten_or_removed_makes_a_whole_night(warehouse: Warehouse) -> None:
    write(warehouse, CODE)
    _publish(warehouse, 2)
    assert _standing(warehouse).is_nothing_new
    write(warehouse, "update landing.code_map set code = code")
    assert not _standing(warehouse).is_nothing_new
    _publish(warehouse, 3)
    write(warehouse, "delete from landing.code_map")
    assert not _standing(warehouse).is_nothing_new


@pytest.mark.parametrize("name", ["code", "configuration", "keys"])
def test_what_lies_outside_the_database_makes_a_whole_night(warehouse: Warehouse, name: str) -> None:
    found = _standing(warehouse, None, **{name: "other"})
    assert found.sentence == f"A whole night: the {name} changed since release 1 was built."


def test_a_day_that_was_asked_for_makes_a_whole_night(warehouse: Warehouse) -> None:
    assert "built for another day" in _standing(warehouse, DAY).sentence


def test_readers_who_see_another_release_make_a_whole_night(warehouse: Warehouse) -> None:
    _publish(warehouse, 2)
    publication.rollback(warehouse, authority_code=WREXHAM, by="A. Jones")
    assert (
        _standing(warehouse).sentence
        == f"A whole night: readers of {WREXHAM} do not see release 2, which was begun last."
    )
    held = _publish(warehouse, 3, **{FLINTSHIRE: HELD})
    assert f"readers of {FLINTSHIRE} do not see release {held}" in _standing(warehouse).sentence


def test_a_release_in_between_makes_a_whole_night(warehouse: Warehouse) -> None:
    # an earlier day, stored and not published; then one that was broken off
    release_id = open_night(warehouse, 2, DAY - datetime.timedelta(days=30))
    publication.store(warehouse, release_id)
    assert "do not see release 2" in _standing(warehouse).sentence
    open_night(warehouse, 3, DAY)
    assert "do not see release 3" in _standing(warehouse).sentence
    _publish(warehouse, 4)
    assert _standing(warehouse).is_nothing_new
    # one that was built from is gone
    write(warehouse, "update release.releases set state = 'expired' where release_id = 1")
    assert "the releases before changed" in _standing(warehouse).sentence


def test_a_warehouse_without_a_release_needs_a_whole_night(server: Warehouse) -> None:
    reset(server)
    assert _standing(server).sentence == "A whole night: no release has been built yet."


def test_every_table_of_landing_counts_but_those_of_no_figure(warehouse: Warehouse) -> None:
    tables = {name for (name,) in read(warehouse, "select tablename from pg_tables where schemaname = 'landing'")}
    assert {
        "deliveries",
        "withdrawals",
        "overrides",
        "erasures",
        "erased_ids",
        "rectifications",
        "quarantine",
    } <= tables
    inputs = publication.read_inputs(warehouse, SAID)
    counted = {name.removeprefix("landing.") for name in inputs if name.startswith("landing.")}
    assert counted == tables - OF_NO_FIGURE
    assert tables >= OF_NO_FIGURE
    assert {f"quality.{name}" for name in DECIDED_BY_PEOPLE} <= set(inputs)


def test_a_quiet_night_keeps_its_deadline(warehouse: Warehouse) -> None:
    write(warehouse, "update release.schema_migrations set applied_at = '2017-01-01'")
    write(warehouse, "update quality.publications set published_at = '2018-01-02 03:00+00'")
    at = datetime.datetime(2018, 1, 3, 7, 30, tzinfo=datetime.UTC)
    assert len(deadline.punctuality(warehouse, at).late) == 2
    publication.note_quiet_night(warehouse, _standing(warehouse))
    write(warehouse, "update quality.quiet_nights set noted_at = '2018-01-03 02:00+00'")
    assert deadline.punctuality(warehouse, at).late == ()
    write(warehouse, "update quality.quiet_nights set noted_at = '2018-01-03 07:10+00'")
    assert len(deadline.punctuality(warehouse, at).late) == 2


def test_digests_say_nothing_of_a_secret_and_change_with_what_they_are_of(warehouse: Warehouse) -> None:
    settings = warehouse.settings
    # a key that is not there yet is not made by the question
    assert pseudonyms.digest_of_keys(settings) == "no key"
    assert not settings.key_file.exists()
    assert digests(Config()) == digests(Config())
    changed = {name for name, value in digests(Config()).items() if digests(settings.config)[name] != value}
    assert changed == {"configuration"}


def test_a_process_whose_code_was_replaced_cannot_tell_what_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "_LOADED_AT", 0.0)
    assert digests(Config())["code"] != digests(Config())["code"]


def test_what_installing_writes_for_people_is_no_code_and_the_nightly_profile_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project = tmp_path / "dbt_project"
    nightly_profile = project / "profiles" / "profiles.yml"
    nightly_profile.parent.mkdir(parents=True)
    nightly_profile.write_text("of the night", encoding="utf-8")
    monkeypatch.setattr(version, "shipped", lambda _name: project)
    monkeypatch.setattr(version, "_LOADED_AT", float("inf"))
    before = digests(Config())["code"]
    (project / "profiles.yml").write_text("of a person", encoding="utf-8")
    assert digests(Config())["code"] == before
    nightly_profile.write_text("of another night", encoding="utf-8")
    assert digests(Config())["code"] != before
