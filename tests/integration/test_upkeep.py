"""The evening's upkeep and the metrics: every step is tried and told of, and what is written can be read."""

from __future__ import annotations

import dataclasses
import datetime
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from csc_warehouse import publication, upkeep
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.landing.recording.archive import Archive
from csc_warehouse.quality import readings
from csc_warehouse.reporting import lineage, metrics, retention_preview, status
from csc_warehouse.settings import MaintenanceConfig, Settings
from csc_warehouse.warehouse import Warehouse, backup, drill, maintenance, sealing

AT = datetime.datetime(2019, 1, 2, 8, 30, tzinfo=datetime.UTC)
DELIVERED = """
insert into landing.deliveries (
    source, authority_code, name, business_date, kind, status, reason,
    rows_in_files, rows_accepted, rows_quarantined, content_sha256, received_at, landed_at
) values (
    'wccis', 'W06000006', 'all', cast(:day as date), 'delta', :status, :reason,
    12, 10, 2, md5(cast(:day as text)), '2019-01-01 02:00+00', '2019-01-01 02:05+00'
)
"""


@pytest.fixture(scope="module")
def delivered(module_warehouse: Warehouse) -> Warehouse:
    with module_warehouse.transaction() as connection:
        for day, state, reason in (
            ("2018-12-30", "accepted", None),
            ("2018-12-31", "accepted", None),
            ("2019-01-01", "refused", "It holds no file."),
        ):
            connection.execute(text(DELIVERED), {"day": day, "status": state, "reason": reason})
    return module_warehouse


def _samples(warehouse: Warehouse) -> dict[tuple[str, ...], float]:
    # the parser has no types of its own
    families = text_string_to_metric_families(metrics.exposition(warehouse, AT))  # type: ignore[no-untyped-call]
    return {
        (
            sample.name.removeprefix(metrics.PREFIX),
            *(sample.labels[name] for name in sorted(sample.labels)),
        ): sample.value
        for family in families
        for sample in family.samples
    }


def _configured(settings: Settings, **kept: Any) -> Settings:
    config = settings.config.model_copy(update={"maintenance": MaintenanceConfig(**kept)})
    return settings.model_copy(update={"config": config})


def _outcomes(found: list[dict[str, Any]]) -> dict[str, str]:
    return {step["step"]: step["outcome"] for step in found}


def test_metrics_when_something_landed_then_a_parser_reads_what_sql_says(delivered: Warehouse) -> None:
    found = _samples(delivered)
    of = ("W06000006", "wccis")
    received = datetime.datetime(2019, 1, 1, 2, tzinfo=datetime.UTC).timestamp()
    day = datetime.datetime(2018, 12, 31, tzinfo=datetime.UTC).timestamp()
    assert found["delivery_received_timestamp_seconds", *of] == received
    assert found["delivery_business_date_timestamp_seconds", *of] == day
    assert found["delivery_accepted_rows", *of] == 10
    assert found["delivery_quarantined_rows", *of] == 2
    assert found["delivery_waited_seconds", *of] == 300
    assert (found["deliveries", *of, "accepted"], found["deliveries", *of, "refused"]) == (2, 1)
    assert found["open_refusals", *of] == 1
    assert found["written_timestamp_seconds",] == AT.timestamp()
    assert found["disk_free_bytes", "home"] > 0
    # nothing is published, which is no nought
    assert [name for name, *_ in found if name.startswith("published")] == []


def test_metrics_when_written_to_a_file_then_whole_and_described(delivered: Warehouse, tmp_path: Path) -> None:
    path = metrics.write(delivered, AT, tmp_path / "textfile" / "csc_warehouse.prom")
    content = path.read_text(encoding="utf-8")
    assert content.endswith("# EOF\n")
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    for metric in metrics.METRICS:
        assert f"# HELP {metrics.PREFIX}{metric.name} {metric.says}" in content
        assert f"# TYPE {metrics.PREFIX}{metric.name} gauge" in content


def test_upkeep_when_everything_is_well_then_each_step_is_kept_with_what_became_of_it(
    delivered: Warehouse, tmp_path: Path
) -> None:
    key = tmp_path / "safe" / "backup.key"
    sealing.add_key(key)
    settings = _configured(delivered.settings, backup_folder=tmp_path, backup_key_file=key)
    found = _outcomes(upkeep.maintain("2019-01-01", settings=settings))
    assert list(found) == list(upkeep.STEPS)
    # no release was stored here, and what the server cleaned by itself is its own affair
    assert found["stored release"] == "left out"
    # and no log is kept of the tests' server
    assert found["log"] == "left out"
    others = [step for step in upkeep.STEPS if step not in ("vacuum", "stored release", "log")]
    assert {step: found[step] for step in others} == dict.fromkeys(others, "done")
    told = {row["step"]: row for row in status.read(delivered)["upkeep"]}
    assert list(told) == list(upkeep.STEPS)
    assert told["restore drill"]["sentence"] == (
        "csc-warehouse-2019-01-01.tar.sealed was restored: 3 deliveries and 0 published figures are as here, and each"
        " of the 0 archived files that they need is in it."
    )
    assert not (delivered.settings.home / drill.FOLDER).exists()
    # nothing but its key opens it, and the home into which it would have gone stays as it is
    made = tmp_path / "csc-warehouse-2019-01-01.tar.sealed"
    assert b"wccis" not in made.read_bytes()
    other = tmp_path / "safe" / "other.key"
    sealing.add_key(other)
    with pytest.raises(CscWarehouseError, match="was sealed with a key that is not in"):
        drill.restore_and_compare(
            Warehouse(_configured(settings, backup_key_file=other), delivered.url, delivered.engine), made
        )
    # the next one is due after a week
    assert _outcomes(upkeep.maintain("2019-01-07", settings=settings))["restore drill"] == "left out"
    assert maintenance.last_done(delivered, "restore drill") == datetime.date(2019, 1, 1)


def test_upkeep_when_a_release_is_not_stored_as_checked_then_says_what_to_do(
    delivered: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def differing(warehouse: Warehouse) -> publication.StoredCheck:
        return publication.StoredCheck(7, 90, ("marts.fct_contacts has 2 rows where 3 were built",))

    monkeypatch.setattr(publication, "check_stored", differing)
    with pytest.raises(CscWarehouseError, match=r"Release 7 is not stored as it was checked: marts.fct_contacts has 2"):
        upkeep.STEPS["stored release"](upkeep.Evening(delivered, "2019-01-03"))


def test_upkeep_when_steps_fail_then_the_others_are_done_and_the_sentence_names_them(
    delivered: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(evening: upkeep.Evening) -> tuple[upkeep.Outcome, str]:
        raise OSError(28, "No space left on device", "journal.jsonl")

    def lost(evening: upkeep.Evening) -> tuple[upkeep.Outcome, str]:
        with evening.warehouse.transaction() as connection:
            connection.execute(text("select 'Ann Child'::integer"))
        return "done", "never"

    monkeypatch.setitem(upkeep.STEPS, "journal", broken)
    monkeypatch.setitem(upkeep.STEPS, "vacuum", lost)
    with pytest.raises(CscWarehouseError, match="journal and vacuum failed; the other steps were done") as error:
        upkeep.maintain("2019-01-02", settings=_configured(delivered.settings))
    assert "Ann Child" not in str(error.value)
    told = {row["step"]: row for row in status.read(delivered)["upkeep"]}
    assert {step for step, row in told.items() if row["outcome"] == "failed"} == {"journal", "vacuum"}
    assert {row["stamp"] for row in told.values()} == {"2019-01-02"}
    found = _samples(delivered)
    assert (found["upkeep_step_failed", "journal"], found["upkeep_step_failed", "messages"]) == (1, 0)
    assert found["upkeep_step_done_timestamp_seconds", "journal"] > 0


@pytest.fixture
def backed_up(delivered: Warehouse, tmp_path: Path) -> Path:
    return backup.backup(delivered, tmp_path / "csc-warehouse-2019-01-03.tar")


def test_drill_when_the_backup_is_not_what_stands_then_says_so(delivered: Warehouse, backed_up: Path) -> None:
    with delivered.transaction() as connection:
        connection.execute(text("update landing.deliveries set rows_accepted = 9, rows_quarantined = 3"))
    with pytest.raises(CscWarehouseError, match="3 deliveries and the figures of 0 releases differ"):
        drill.restore_and_compare(delivered, backed_up)
    assert not (delivered.settings.home / drill.FOLDER).exists()


def test_archive_when_a_file_rots_then_the_check_names_it(tmp_path: Path) -> None:
    import hashlib

    archive = Archive(tmp_path / "archive")
    hashes = []
    for number in range(20):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(b"row\n" * (number + 1))
        hashes.append(hashlib.sha256(path.read_bytes()).hexdigest())
        staged = archive.stage(path, hashes[-1])
        assert staged is not None
        archive.keep(staged)
    parts = [archive.verify(part, upkeep.PARTS) for part in range(upkeep.PARTS)]
    assert sum(read for read, _ in parts) == 20
    assert [path for _, damaged in parts for path in damaged] == []
    rotten, cut = archive.find(hashes[3]), archive.find(hashes[5])
    assert rotten is not None
    assert cut is not None
    rotten.write_bytes((archive.find(hashes[4]) or rotten).read_bytes())
    cut.write_bytes(cut.read_bytes()[:-4])
    assert sorted(archive.verify()[1]) == sorted([rotten, cut])


def test_reading_when_recorded_then_kept_with_its_reader_and_nameless_ones_refused(delivered: Warehouse) -> None:
    readings.record(delivered, "worklist", "W06000006/index.html", reader=" r.jones ", way="pages")
    [found] = readings.newest(delivered)
    assert (found["kind"], found["place"], found["reader"], found["way"]) == (
        "worklist",
        "W06000006/index.html",
        "r.jones",
        "pages",
    )
    with pytest.raises(CscWarehouseError, match="Nobody is known"):
        readings.record(delivered, "worklist", "W06000006/index.html", reader=" ", way="pages")
    assert _samples(delivered)["readings_recorded", "worklist"] == 1


NIGHT = """
insert into release.releases (run_id, created_at, stored_at, code_version, state)
values ('one', '2019-01-01 03:00+00', '2019-01-01 03:03+00', '1.0.0', 'published');
insert into quality.check_results (
    run_id, release_id, authority_code, check_code, sentence, severity, owner, status, checked, failed,
    first_failed_at, gate, as_at_date, change, recorded_at
)
select
    'one', r.release_id, 'W06000006', c.code, 'A sentence.', c.severity, 'Performance team', c.status, 9, c.failed,
    case when c.failed > 0 then now() end, 'exit', '2018-12-31',
    case when c.failed > 0 then 'newly failing' else 'passing' end, c.at
from release.releases as r
cross join (
    values
    ('A1', 'critical', 'passed', 0, '2019-01-01 03:01+00'::timestamptz),
    ('A2', 'warning', 'failed', 2, '2019-01-01 03:02:30+00'),
    ('A3', 'warning', 'passed', 0, '2019-01-01 03:02+00')
) as c (code, severity, status, failed, at);
insert into quality.publications (
    release_id, authority_code, as_at_date, verdict, reason, published_at, published_by, code_version
)
select release_id, 'W06000006', '2018-12-31', 'caveats', 'A2', '2019-01-01 03:04+00', 'nightly', '1.0.0'
from release.releases;
insert into release.pointer (authority_code, release_id) select 'W06000006', release_id from release.releases;
"""


def test_metrics_when_a_night_was_published_then_its_verdict_checks_steps_and_age(delivered: Warehouse) -> None:
    with delivered.raw_connection() as connection:
        connection.execute(NIGHT)
    found = _samples(delivered)
    published = datetime.datetime(2019, 1, 1, 3, 4, tzinfo=datetime.UTC).timestamp()
    assert found["published_timestamp_seconds", "W06000006"] == published
    assert found["published_as_at_timestamp_seconds", "W06000006"] == published - 27 * 3600 - 240
    assert {key[1:]: value for key, value in found.items() if key[0] == "verdict_of_latest_night"} == {
        ("W06000006", "caveats"): 1,
        ("W06000006", "held"): 0,
        ("W06000006", "published"): 0,
    }
    assert {key[1:]: value for key, value in found.items() if key[0] == "checks_of_latest_night"} == {
        ("W06000006", "exit", "critical", "passed"): 1,
        ("W06000006", "exit", "warning", "failed"): 1,
        ("W06000006", "exit", "warning", "passed"): 1,
    }
    assert {key[1:]: value for key, value in found.items() if key[0] == "night_step_seconds"} == {
        ("build",): 60,
        ("check",): 90,
        ("publish",): 90,
    }


QUIET = """
insert into quality.quiet_nights (release_id, authority_code, sentence, noted_at)
select release_id, authority_code, 'Nothing new.', unnest(array[timestamptz '2019-01-02 03:00Z', '2019-01-03 03:00Z'])
from release.pointer
"""


def test_metrics_when_a_night_found_nothing_new_then_it_counts_as_the_one_that_was_published(
    delivered: Warehouse,
) -> None:
    before = _samples(delivered)
    assert (
        before["published_or_quiet_timestamp_seconds", "W06000006"]
        == before["published_timestamp_seconds", "W06000006"]
    )
    with delivered.raw_connection() as connection:
        connection.execute(QUIET)
    found = _samples(delivered)
    quiet = datetime.datetime(2019, 1, 3, 3, tzinfo=datetime.UTC).timestamp()
    assert found["published_or_quiet_timestamp_seconds", "W06000006"] == quiet
    assert found["published_timestamp_seconds", "W06000006"] == before["published_timestamp_seconds", "W06000006"]


def test_metrics_when_a_system_was_taken_over_then_its_last_delivery_is_no_longer_current(delivered: Warehouse) -> None:
    with delivered.transaction() as connection:
        for source, day in (("raise", "2018-12-01"), ("corporate", "2018-06-30")):
            connection.execute(
                text(DELIVERED.replace("'wccis'", ":source")),
                {"source": source, "day": day, "status": "accepted", "reason": None},
            )
    found = _samples(delivered)
    current = {source: found["delivery_current", "W06000006", source] for source in ("corporate", "raise", "wccis")}
    assert current == {"corporate": 1, "raise": 0, "wccis": 1}
    with delivered.transaction() as connection:
        # within a week of the other: both deliver
        connection.execute(text("update landing.deliveries set business_date = '2018-12-24' where source = 'raise'"))
    assert _samples(delivered)["delivery_current", "W06000006", "raise"] == 1
    with delivered.transaction() as connection:
        connection.execute(text("delete from landing.deliveries where source <> 'wccis'"))


def test_backups_when_a_file_of_another_name_lies_beside_them_then_neither_counted_nor_removed(
    delivered: Warehouse, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in ("2018-12-30", "2018-12-31"):
        (folder / f"csc-warehouse-{day}.tar").write_bytes(b"older")
    (folder / "csc-warehouse-zzz.tar").touch()
    settings = _configured(delivered.settings, backup_folder=folder, keep_backups=2)
    configured = dataclasses.replace(delivered, settings=settings)
    assert _samples(configured)["backup_newest_bytes",] == 5
    done = upkeep._do("backup", upkeep._backup, upkeep.Evening(configured, "2019-01-01"))
    assert done.sentence == "csc-warehouse-2019-01-01.tar was written, and 1 older backups were removed."
    left = sorted(path.name for path in folder.iterdir())
    assert left == [f"csc-warehouse-{name}.tar" for name in ("2018-12-31", "2019-01-01", "zzz")]


def test_lineage_when_written_then_each_run_has_its_ids_datasets_and_outcome(
    delivered: Warehouse, tmp_path: Path
) -> None:
    with delivered.raw_connection() as connection:
        connection.execute(
            "insert into landing.delivery_entities (delivery_id, entity, file_name, rows_in_file, rows_accepted,"
            " rows_new, rows_changed, rows_unchanged, rows_quarantined, rows_vanished)"
            " select delivery_id, 'contact', 'contact.csv', 12, 10, 10, 0, 0, 2, 0 from landing.deliveries"
            " where business_date <= '2018-12-31'"
        )
        connection.execute(
            "insert into release.relations (schema_name, relation_name, kind, is_shared, key_columns)"
            " values ('marts', 'fct_contacts', 'range', false, '{record_key}')"
        )
    since = datetime.datetime(2018, 1, 1, tzinfo=datetime.UTC)
    out = tmp_path / "lineage.ndjson"
    assert lineage.write(delivered, since, out) == 12
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    # what the specification needs of every event
    for event in found:
        assert {"eventTime", "producer", "schemaURL", "run", "job"} <= set(event)
        assert datetime.datetime.fromisoformat(event["eventTime"]).tzinfo is not None
        assert str(uuid.UUID(event["run"]["runId"])) == event["run"]["runId"]
        assert all(set(d) == {"namespace", "name"} for d in (*event["inputs"], *event["outputs"]))
    assert [(event["job"]["name"], event["eventType"]) for event in found] == [
        *[("land.wccis", "START"), ("land.wccis", "COMPLETE")] * 2,
        *[("land.wccis", "START"), ("land.wccis", "FAIL")],
        *[(step, what) for step in ("build", "check", "publish") for what in ("START", "COMPLETE")],
    ]
    ids = [event["run"]["runId"] for event in found]
    assert ids[0::2] == ids[1::2]
    assert len(set(ids)) == 6
    assert found[0]["inputs"] == [{"namespace": "file", "name": "wccis/W06000006/2018-12-30/contact.csv"}]
    assert [d["name"] for d in found[0]["outputs"]] == ["warehouse.landing.wccis_contact"]
    assert (found[5]["inputs"], found[5]["outputs"]) == ([], [])
    assert [d["name"] for d in found[6]["inputs"]] == ["warehouse.landing.wccis_contact"]
    assert [d["name"] for d in found[6]["outputs"]] == ["warehouse.marts_candidate.fct_contacts"]
    assert [d["name"] for d in found[-1]["outputs"]] == ["warehouse.marts.fct_contacts"]
    first = out.read_bytes()
    lineage.write(delivered, since, out)
    assert out.read_bytes() == first


STUBS = """
create table intermediate.int_child_attributes (authority_code text, child_key text, date_of_birth date);
create table marts_candidate.fct_care_periods (authority_code text, child_key text, end_date date);
create table marts_candidate.fct_plans (authority_code text, child_key text, end_date date);
insert into intermediate.int_child_attributes values
    ('W06000006', 'past', '1993-12-30'), ('W06000006', 'that day', '1993-12-31'),
    ('W06000006', 'not yet', '1994-01-01'),
    ('W06000006', 'cared for', '1960-01-01'), ('W06000006', 'cared for long ago', '1943-12-31'),
    ('W06000006', 'on a plan', '1990-01-01'), ('W06000006', 'unborn', null), ('W06000001', 'elsewhere', '1992-02-29');
insert into marts_candidate.fct_care_periods values
    ('W06000006', 'cared for', '1970-01-01'), ('W06000006', 'cared for long ago', '1950-01-01'),
    ('W06000001', 'past', '2000-01-01');
insert into marts_candidate.fct_plans values ('W06000006', 'on a plan', null), ('W06000006', 'past', '2005-01-01');
"""


def test_retention_when_previewed_then_by_age_care_and_what_is_open(delivered: Warehouse) -> None:
    day = datetime.date(2018, 12, 31)
    with pytest.raises(CscWarehouseError, match="Nothing has been built yet"):
        retention_preview.preview(delivered, as_at=day, age=25, looked_after_age=75)
    with delivered.raw_connection() as connection:
        connection.execute(STUBS)
    found = retention_preview.preview(delivered, as_at=day, age=25, looked_after_age=75)
    assert found.due == (
        ("W06000001", "elsewhere"),
        ("W06000006", "cared for long ago"),
        ("W06000006", "past"),
        ("W06000006", "that day"),
    )
    assert found.counts == {
        ("W06000001", False, "due"): 1,
        ("W06000006", False, "due"): 2,
        ("W06000006", False, "due, and something is open"): 1,
        ("W06000006", False, "kept"): 1,
        ("W06000006", False, "no date of birth"): 1,
        ("W06000006", True, "due"): 1,
        ("W06000006", True, "kept"): 1,
    }
    assert {state for *_, state in found.counts} == set(retention_preview.STATES)
    with pytest.raises(CscWarehouseError, match="18 or more"):
        retention_preview.preview(delivered, as_at=day, age=17, looked_after_age=75)


@pytest.mark.parametrize("change", ["delete from {}", "update {} set {} = 'other'", "truncate {}"])
@pytest.mark.parametrize(("table", "column"), [("quality.upkeep_steps", "step"), ("quality.readings", "reader")])
def test_record_when_somebody_would_change_it_then_refused(
    delivered: Warehouse, change: str, table: str, column: str
) -> None:
    with pytest.raises(DBAPIError, match="are kept as they were written"), delivered.transaction() as connection:
        connection.execute(text(change.format(table, column)))
