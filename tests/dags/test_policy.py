"""What every DAG must be: timed, owned, explained, light to read and free of business."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY, SOURCES

DAGS = PROJECT_DIRECTORY / "dags"
INGESTS = tuple(f"ingest_{source}" for source in SOURCES)
FILES = (
    "ingest_sources",
    "build_warehouse",
    "maintain_warehouse",
    "publish_report",
    "publish_weekly",
    "watch_deadline",
)
ALL = (*INGESTS, "build_warehouse", "maintain_warehouse", "publish_report", "publish_weekly", "watch_deadline")
SHARED = {"nightly_chain": 165, "task_log": 60}
"""What the DAG files share, and the lines that each may have."""
WAITING_FOR_A_PERSON = {("publish_report", "ask")}
DAG_FILES = [DAGS / f"{name}.py" for name in FILES]
LONDON = ZoneInfo("Europe/London")
LINES_OF_A_DAG_FILE = 110
SECONDS_TO_READ_ALL_DAGS = 2.0
"""Processor time on top of importing airflow.sdk; the DAG processor reads every file again each minute."""
HEAVY = ("dbt", "great_expectations", "pandas", "pyarrow", "duckdb", "psycopg", "csc_warehouse.warehouse")


def test_bag_when_read_then_holds_exactly_our_dags_without_import_errors(bag: Any) -> None:
    assert bag.import_errors == {}
    assert sorted(bag.dags) == sorted(ALL)
    assert all(dag.tasks for dag in bag.dags.values())


def test_dag_files_when_listed_then_each_is_documented_in_the_readme() -> None:
    readme = (DAGS / "README.md").read_text()
    assert {path.stem for path in DAGS.glob("*.py")} == {*FILES, *SHARED}
    for name in (*ALL, *FILES):
        assert f"`{name}`" in readme


@pytest.mark.parametrize("name", ALL)
def test_dag_when_read_then_meets_the_policy(bag: Any, name: str) -> None:
    from nightly_chain import OWNER, TAGS
    from task_log import tell_expected_errors_in_a_sentence

    dag = bag.dags[name]
    assert dag.tags
    assert set(dag.tags) <= TAGS
    assert dag.catchup is False
    # several authorities may wait for their leads; anything else runs once at a time
    assert dag.max_active_runs == (25 if name == "publish_report" else 1)
    assert str(dag.timezone) == "Europe/London"
    assert "**When it fails**" in dag.doc_md
    assert "**trigger**" in dag.doc_md.lower()
    assert "**clear**" in dag.doc_md.lower()
    for task in dag.tasks:
        assert task.owner == OWNER
        hook = task.partial_kwargs["pre_execute"] if task.is_mapped else task._pre_execute_hook
        assert hook is tell_expected_errors_in_a_sentence, "its log would bury the one sentence"
        if (name, task.task_id) in WAITING_FOR_A_PERSON:
            assert task.response_timeout is not None
        else:
            assert task.execution_timeout is not None
        # also one that only tells: what it tells of is never tried again, a full disk or a lost worker is
        assert task.retries == 3
        assert f"`{task.task_id}`" in dag.doc_md, f"doc_md does not say what to do when {task.task_id} is red"


@pytest.mark.parametrize("name", INGESTS)
@pytest.mark.parametrize(
    ("after", "expected_utc"),
    [
        # in winter London has UTC
        (datetime(2018, 12, 16, 12, tzinfo=UTC), datetime(2018, 12, 17, 2, 30, tzinfo=UTC)),
        # in summer it is an hour ahead
        (datetime(2018, 6, 16, 12, tzinfo=UTC), datetime(2018, 6, 17, 1, 30, tzinfo=UTC)),
        # the night in which clocks go forward at 01:00 UTC: 02:30 is already summer time
        (datetime(2018, 3, 24, 12, tzinfo=UTC), datetime(2018, 3, 25, 1, 30, tzinfo=UTC)),
        # the night in which they go back at 01:00 UTC: 02:30 is winter time again, and comes once
        (datetime(2018, 10, 27, 12, tzinfo=UTC), datetime(2018, 10, 28, 2, 30, tzinfo=UTC)),
    ],
)
def test_ingest_when_scheduled_then_runs_at_half_past_two_in_london(
    bag: Any, name: str, after: datetime, expected_utc: datetime
) -> None:
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction
    from pendulum import instance

    scheduled = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(bag.dags[name]))
    restriction = TimeRestriction(earliest=instance(after), latest=None, catchup=True)
    info = scheduled.timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert info is not None
    assert info.run_after == expected_utc
    assert info.run_after.astimezone(LONDON).strftime("%H:%M") == "02:30"


def test_night_when_make_up_tells_of_it_then_is_the_timetables(airflow: None) -> None:
    import services
    from nightly_chain import NIGHTLY

    assert f"{services.NIGHT.minute} {services.NIGHT.hour} * * *" == NIGHTLY


def test_build_when_scheduled_then_waits_for_every_source(bag: Any) -> None:
    from nightly_chain import LANDED, SOURCES

    condition = bag.dags["build_warehouse"].timetable.asset_condition
    assert type(condition).__name__ == "AssetAll"
    assert {asset.uri for asset in condition.objects} == {LANDED[source].uri for source in SOURCES}
    emitted = {
        outlet.uri
        for name in INGESTS
        for task in bag.dags[name].tasks
        for outlet in task.outlets
        if task.task_id == "emit_asset"
    }
    assert emitted == {LANDED[source].uri for source in SOURCES}


@pytest.mark.parametrize(
    ("name", "arrows"),
    [
        *(
            (
                name,
                {
                    "find_waiting": {"land", "report_verdict"},
                    "land": {"emit_asset", "report_verdict"},
                    "emit_asset": {"report_verdict"},
                    "report_verdict": set(),
                },
            )
            for name in INGESTS
        ),
        (
            "build_warehouse",
            {
                "wait_for_landings": {"build"},
                "build": {"check", "notify", "report_verdict"},
                "check": {"publish"},
                "publish": {"write_pages", "notify", "report_verdict"},
                "write_pages": {"report_verdict"},
                "notify": {"report_verdict"},
                "report_verdict": set(),
            },
        ),
        (
            "publish_report",
            {
                "summarise": {"ask", "decide"},
                "ask": {"decide"},
                "decide": {"write_report"},
                "write_report": set(),
            },
        ),
        (
            "watch_deadline",
            {"check_deadline": {"report_verdict", "tell_blind"}, "tell_blind": set(), "report_verdict": set()},
        ),
        ("maintain_warehouse", {"maintain": set()}),
    ],
)
def test_chain_when_read_then_has_these_arrows(bag: Any, name: str, arrows: dict[str, set[str]]) -> None:
    assert {task.task_id: task.downstream_task_ids for task in bag.dags[name].tasks} == arrows


def test_land_when_several_authorities_wait_then_the_pool_alone_says_how_many_at_once(bag: Any) -> None:
    import warehouse_pool

    from nightly_chain import LANDING_POOL

    assert warehouse_pool.POOL == LANDING_POOL
    for name in INGESTS:
        land = bag.dags[name].task_dict["land"]
        assert (land.pool, land.pool_slots) == (LANDING_POOL, 1)
        assert land.max_active_tis_per_dagrun is None
        assert {task.pool for task in bag.dags[name].tasks if task is not land} == {"default_pool"}


def test_dag_when_read_twice_then_is_the_same_version(bag: Any) -> None:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    again = DagBag(DAGS)
    for name in ALL:
        first = json.dumps(DagSerialization.serialize_dag(bag.dags[name]), sort_keys=True, default=str)
        second = json.dumps(DagSerialization.serialize_dag(again.dags[name]), sort_keys=True, default=str)
        assert first == second


@pytest.mark.parametrize("path", [*DAG_FILES, *(DAGS / f"{name}.py" for name in SHARED)], ids=lambda path: path.name)
def test_dag_file_when_read_then_is_a_timetable_and_no_more(path: Path) -> None:
    source = path.read_text()
    assert len(source.splitlines()) <= SHARED.get(path.stem, LINES_OF_A_DAG_FILE)
    # Airflow passes over a file that lacks either word, without a word of its own
    assert "airflow" in source
    assert "dag" in source.lower()
    allowed_everywhere = {"__future__", "airflow.sdk", "airflow.sdk.exceptions", "nightly_chain"}
    if path.stem == "nightly_chain":
        allowed_everywhere |= {"task_log", "csc_warehouse.contracts.nights"}
    if path.stem == "task_log":
        allowed_everywhere |= {"structlog", "sys"}
    allowed_everywhere |= {"datetime", "logging", "typing", "zoneinfo"}
    if path.stem == "publish_report":
        allowed_everywhere |= {"airflow.providers.standard.operators.hitl"}
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= allowed_everywhere
        if isinstance(node, ast.ImportFrom) and node.module == "csc_warehouse":
            assert {alias.name for alias in node.names} <= {"nightly", "stewardship", "upkeep", "weekly"}, (
                "a DAG calls the functions of the night, the day and the week, nothing else"
            )
            assert node not in tree.body, "imported in the task that needs it"
        elif isinstance(node, ast.ImportFrom):
            assert node.module in allowed_everywhere


def test_dag_files_when_read_then_load_nothing_heavy_and_little_time() -> None:
    program = f"""
import sys, time, json
sys.path.insert(0, {str(DAGS)!r})
import airflow.sdk, airflow.providers.standard.decorators.python, airflow.providers.standard.decorators.sensor
import airflow.providers.standard.operators.hitl
before, started = set(sys.modules), time.process_time()
for name in {FILES!r}:
    __import__(name)
print(json.dumps([time.process_time() - started, sorted(set(sys.modules) - before)]))
"""
    # an interpreter of its own: this one has long imported everything
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)  # noqa: S603
    seconds, loaded = json.loads(done.stdout.splitlines()[-1])
    heavy = [name for name in loaded if any(name == root or name.startswith(f"{root}.") for root in HEAVY)]
    assert heavy == []
    assert seconds < SECONDS_TO_READ_ALL_DAGS


def test_tickets_when_divided_then_a_task_for_each_authority_with_its_own_in_order(airflow: None) -> None:
    from nightly_chain import by_authority

    days = [f"2018-12-{day:02d}" for day in range(1, 9)]
    tickets = [{"authority_code": code, "business_date": day} for day in days for code in ("W06000006", "W06000001")]
    assert by_authority([]) == []
    assert [
        ({t["authority_code"] for t in task}, [t["business_date"] for t in task]) for task in by_authority(tickets)
    ] == [
        ({"W06000001"}, days),
        ({"W06000006"}, days),
    ]


def test_retry_policy_when_a_task_fails_then_only_what_may_pass_is_tried_again(airflow: None) -> None:
    from airflow.sdk import RetryAction
    from sqlalchemy.exc import OperationalError

    from csc_warehouse import errors
    from nightly_chain import RETRY_FAULTS_ONLY

    def decide(exception: Exception) -> RetryAction:
        return RETRY_FAULTS_ONLY.evaluate(exception, try_number=1, max_tries=3).action

    assert decide(errors.WarehouseUnavailableError("gone")) is RetryAction.RETRY
    # what holds the lock may be an earlier try, whose worker was killed and whose task was not
    assert decide(errors.WarehouseBusyError("Another build is running")) is RetryAction.RETRY
    assert decide(errors.CscWarehouseError("too few rows")) is RetryAction.FAIL
    assert decide(errors.UsageError("no such folder")) is RetryAction.FAIL
    assert decide(ImportError("half an installation")) is RetryAction.FAIL
    # deadlocks, lost connections and full disks: the tries that every task has
    assert decide(OperationalError("select", {}, Exception("deadlock detected"))) is RetryAction.DEFAULT
    assert decide(OSError("No space left on device")) is RetryAction.DEFAULT


def test_waiting_for_landings_when_an_ingest_hangs_then_gives_up_before_its_own_time_is_over(bag: Any) -> None:
    sensor = bag.dags["build_warehouse"].task_dict["wait_for_landings"]
    assert timedelta(seconds=sensor.timeout) < sensor.execution_timeout
    assert sensor.soft_fail is True
    assert bag.dags["build_warehouse"].task_dict["build"].trigger_rule.value == "all_done"


@pytest.mark.parametrize(
    ("after", "expected_utc"),
    [
        (datetime(2018, 12, 12, 12, tzinfo=UTC), datetime(2018, 12, 17, 7, 30, tzinfo=UTC)),
        (datetime(2018, 6, 13, 12, tzinfo=UTC), datetime(2018, 6, 18, 6, 30, tzinfo=UTC)),
    ],
)
def test_weekly_pack_when_scheduled_then_on_monday_after_the_deadline(
    bag: Any, after: datetime, expected_utc: datetime
) -> None:
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction
    from pendulum import instance

    scheduled = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(bag.dags["publish_weekly"]))
    restriction = TimeRestriction(earliest=instance(after), latest=None, catchup=True)
    info = scheduled.timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert info is not None
    assert info.run_after == expected_utc
    assert info.run_after.astimezone(LONDON).strftime("%A %H:%M") == "Monday 07:30"


@pytest.mark.parametrize(
    ("after", "expected_utc"),
    [
        (datetime(2018, 12, 16, 12, tzinfo=UTC), datetime(2018, 12, 17, 7, tzinfo=UTC)),
        (datetime(2018, 6, 16, 12, tzinfo=UTC), datetime(2018, 6, 17, 6, tzinfo=UTC)),
        # clocks went forward, and back, in the small hours of these two days
        (datetime(2018, 3, 24, 12, tzinfo=UTC), datetime(2018, 3, 25, 6, tzinfo=UTC)),
        (datetime(2018, 10, 27, 12, tzinfo=UTC), datetime(2018, 10, 28, 7, tzinfo=UTC)),
    ],
)
def test_deadline_when_watched_then_at_the_very_instant_that_it_judges(
    bag: Any, after: datetime, expected_utc: datetime
) -> None:
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction
    from pendulum import instance

    from csc_warehouse.quality.deadline import deadline_of, latest_deadline

    scheduled = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(bag.dags["watch_deadline"]))
    restriction = TimeRestriction(earliest=instance(after), latest=None, catchup=True)
    info = scheduled.timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert info is not None
    assert info.run_after == expected_utc
    assert deadline_of(latest_deadline(expected_utc)) == expected_utc


def test_release_when_nobody_signs_it_then_two_weeks_pass_without_a_worker(bag: Any) -> None:
    from csc_warehouse import stewardship

    ask = bag.dags["publish_report"].task_dict["ask"]
    assert ask.response_timeout == timedelta(days=14)
    assert ask.defaults is None, "nothing is signed because nobody answered"
    assert ask.options == [stewardship.APPROVE, stewardship.REJECT]
    assert set(ask.params) == {"name_and_role", "note", "revision_reason"}
    # as it stands before anybody has typed: where it does not hold, the question is never put
    ask.params.validate()


def test_reason_for_revisions_when_nothing_is_revised_then_is_not_asked_for(bag: Any) -> None:
    params = {
        name: bag.dags["publish_report"].task_dict["ask"].params.get_param(name)
        for name in ("name_and_role", "note", "revision_reason")
    }
    # the form lets nobody pass without a value where none is no value
    needed = {name for name, param in params.items() if "null" not in param.schema["type"]}
    assert needed == {"name_and_role", "note"}
    assert str(params["revision_reason"].description).startswith("Only where")
