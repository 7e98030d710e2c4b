"""Nights as Airflow runs them, with the night's functions replaced: what turns red, and what still runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from csc_warehouse import nightly, stewardship, upkeep, weekly
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.settings import SOURCES
from tests.support.noting import noted

Run = Callable[..., dict[str, str]]


def _ticket(date: str, authority: str = "W06000006") -> dict[str, Any]:
    return {"source": "wccis", "authority_code": authority, "business_date": date}


def _landed(tickets: list[dict[str, Any]], **_: Any) -> dict[str, Any]:
    return {"landed": len(tickets), "refused": [], "business_date": tickets[-1]["business_date"]}


@pytest.fixture
def run(bag: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a DAG with replaced functions; return each task's state (the last map index's), and the run's as `run`."""

    def run_dag(name: str, **functions: Callable[..., Any]) -> dict[str, str]:
        defaults: dict[str, Callable[..., Any]] = {
            "find_waiting_tickets": lambda source, **_: [],
            "land_tickets": _landed,
            "latest_business_date": lambda source: "2018-12-31",
            "build": lambda **_: {"release_id": 7, "run_id": "a"},
            "check": lambda release_id, **_: {"release_id": release_id},
            "publish": lambda release_id, **_: {"release_id": release_id},
            "write_pages": lambda release_id: {"quality_reports": 1, "worklists": 2},
            "notify": lambda release_id, occasion: [],
            "report_verdict": lambda release_id: {"held": [], "sentences": ["W06000006: published."]},
        }
        for function, replacement in {**defaults, **functions}.items():
            assert hasattr(nightly, function), f"nightly has no {function} (any more)"
            monkeypatch.setattr(nightly, function, replacement)
        finished = bag.dags[name].test()
        states = {found.task_id: str(found.state) for found in finished.get_task_instances()}
        return {**states, "run": str(finished.state)}

    return run_dag


def _last_event() -> dict[str, Any]:
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        event = session.scalars(select(AssetEvent).order_by(AssetEvent.id.desc()).limit(1)).one()
        return {"uri": event.asset.uri, **event.extra}


def _events() -> int:
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session
    from sqlalchemy import func, select

    with create_session() as session:
        return session.scalar(select(func.count()).select_from(AssetEvent)) or 0


def test_ingest_when_two_authorities_wait_then_each_has_a_task_with_its_own_in_order(run: Run) -> None:
    landed: dict[str, list[str]] = {}

    def land(tickets: list[dict[str, Any]], **_: Any) -> dict[str, Any]:
        (authority,) = {ticket["authority_code"] for ticket in tickets}
        assert authority not in landed
        landed[authority] = [ticket["business_date"] for ticket in tickets]
        return _landed(tickets)

    days = [f"2018-12-{day:02d}" for day in range(1, 21)]
    states = run(
        "ingest_wccis",
        find_waiting_tickets=lambda source, **_: [
            ticket for day in days for ticket in (_ticket(day), _ticket(day, "W06000001"))
        ],
        land_tickets=land,
    )
    assert set(states.values()) == {"success"}
    assert landed == {"W06000001": days, "W06000006": days}
    expected = {"business_date": "2018-12-31", "landed": 40, "refused": 0}
    assert _last_event() == {"uri": "csc-warehouse://landing/wccis", **expected}


def test_ingest_when_nothing_waits_then_emits_all_the_same(run: Run) -> None:
    before = _events()
    states = run("ingest_corporate")
    assert states == {
        "find_waiting": "success",
        "land": "skipped",
        "emit_asset": "success",
        "report_verdict": "success",
        "run": "success",
    }
    assert _events() == before + 1
    expected = {"business_date": "2018-12-31", "landed": 0, "refused": 0}
    assert _last_event() == {"uri": "csc-warehouse://landing/corporate", **expected}


def test_ingest_when_one_is_refused_then_only_the_verdict_is_red_and_the_asset_is_out(run: Run) -> None:
    def land(tickets: list[dict[str, Any]], **_: Any) -> dict[str, Any]:
        if tickets[0]["authority_code"] == "W06000001":
            return {"landed": 0, "refused": ["wccis 2018-12-31 is refused: no manifest."], "business_date": None}
        return _landed(tickets)

    before = _events()
    states = run(
        "ingest_wccis",
        find_waiting_tickets=lambda source, **_: [_ticket("2018-12-31", "W06000001"), _ticket("2018-12-31")],
        land_tickets=land,
    )
    assert states == {
        "find_waiting": "success",
        "land": "success",
        "emit_asset": "success",
        "report_verdict": "failed",
        "run": "failed",
    }
    assert _events() == before + 1
    assert (_last_event()["landed"], _last_event()["refused"]) == (1, 1)


def test_ingest_when_landing_one_authority_breaks_then_its_task_is_red_and_the_others_and_the_asset_are_out(
    run: Run,
) -> None:
    asked: list[str] = []

    def land(tickets: list[dict[str, Any]], **_: Any) -> dict[str, Any]:
        asked.append(tickets[0]["authority_code"])
        if tickets[0]["authority_code"] == "W06000001":
            raise CscWarehouseError("the archive cannot be written")
        return _landed(tickets)

    before = _events()
    states = run(
        "ingest_wccis",
        find_waiting_tickets=lambda source, **_: [_ticket("2018-12-31", "W06000001"), _ticket("2018-12-31")],
        land_tickets=land,
    )
    assert sorted(asked) == ["W06000001", "W06000006"], "the other authority is landed all the same"
    assert states["emit_asset"] == "success"
    assert states["report_verdict"] == "failed"
    assert states["run"] == "failed"
    assert _events() == before + 1
    assert _last_event()["landed"] == 1


def test_ingest_when_the_share_is_gone_then_it_is_red_and_the_asset_is_out(run: Run) -> None:
    def find(source: str, **_: Any) -> list[dict[str, Any]]:
        raise UsageError("the exports folder does not exist")

    before = _events()
    states = run("ingest_raise", find_waiting_tickets=find)
    assert states == {
        "find_waiting": "failed",
        "land": "upstream_failed",
        "emit_asset": "success",
        "report_verdict": "failed",
        "run": "failed",
    }
    assert _events() == before + 1


def test_ingest_when_triggered_by_a_person_then_reads_files_that_just_came(run: Run) -> None:
    asked: list[bool] = []
    run("ingest_corporate", find_waiting_tickets=lambda source, is_scheduled, **_: noted(asked, is_scheduled, []))
    assert asked == [False]


def test_build_when_all_is_well_then_each_step_gets_the_release_of_the_build(run: Run) -> None:
    steps: list[tuple[str, Any]] = []

    def step(name: str, result: dict[str, Any]) -> Callable[..., dict[str, Any]]:
        def called(release_id: int, **_: Any) -> dict[str, Any]:
            steps.append((name, release_id))
            return result

        return called

    states = run(
        "build_warehouse",
        check=step("check", {"release_id": 7}),
        publish=step("publish", {"release_id": 7}),
        report_verdict=step("verdict", {"held": [], "sentences": ["W06000006: published."]}),
    )
    assert set(states.values()) == {"success"}
    assert steps == [("check", 7), ("publish", 7), ("verdict", 7)]


def test_build_when_an_authority_is_held_then_only_the_verdict_is_red(run: Run) -> None:
    held = {"held": ["W06000006"], "sentences": ["W06000006 as at 2018-12-31: held. Contacts fell by 80%."]}
    states = run("build_warehouse", report_verdict=lambda release_id: held)
    assert states.pop("report_verdict") == "failed"
    assert states.pop("run") == "failed"
    assert set(states.values()) == {"success"}


@pytest.mark.parametrize("broken", ["build", "check", "publish"])
def test_build_when_a_step_breaks_then_nothing_after_it_runs_and_the_verdict_is_red(run: Run, broken: str) -> None:
    called: list[str] = []

    def record(name: str) -> Callable[..., dict[str, Any]]:
        def called_with(*_: Any, **__: Any) -> dict[str, Any]:
            called.append(name)
            if name == broken:
                raise CscWarehouseError("a model failed")
            return {"release_id": 7}

        return called_with

    steps = ["build", "check", "publish"]
    states = run("build_warehouse", **{name: record(name) for name in steps})
    assert called == steps[: steps.index(broken) + 1]
    assert states[broken] == "failed"
    assert states["report_verdict"] == "failed"
    assert states["run"] == "failed"


def test_build_when_an_ingest_is_under_way_then_waits_for_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    answers = [{"ingest_wccis": 1}, {"ingest_wccis": 1}, {}]
    asked: list[str] = []

    def count(dag_id: str, states: list[str]) -> int:
        assert states == ["queued", "running"]
        asked.append(dag_id)
        found = answers[0].get(dag_id, 0)
        if dag_id == f"ingest_{SOURCES[-1]}":
            answers.pop(0)
        return found

    monkeypatch.setattr(RuntimeTaskInstance, "get_dr_count", staticmethod(count))
    monkeypatch.setattr("airflow.sdk.bases.sensor.time.sleep", lambda seconds: None)
    states = run("build_warehouse")
    assert answers == []
    assert asked == [f"ingest_{source}" for source in SOURCES] * 3
    assert states["run"] == "success"


def test_ingest_when_airflow_knows_an_sftp_server_then_fetches_from_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def find(source: str, *, sftp: Any, **_: Any) -> list[dict[str, Any]]:
        asked.append(sftp)
        return []

    run("ingest_raise", find_waiting_tickets=find)
    monkeypatch.setenv(
        "AIRFLOW_CONN_CSC_WAREHOUSE_SFTP",
        '{"conn_type": "sftp", "host": "sftp.example", "login": "csc", "port": 2222,'
        ' "extra": {"key_file": "/run/secrets/sftp_key", "folder": "/out"}}',
    )
    run("ingest_raise", find_waiting_tickets=find)
    server = {
        "host": "sftp.example",
        "user": "csc",
        "port": 2222,
        "key_file": "/run/secrets/sftp_key",
        "folder": "/out",
    }
    assert asked == [None, server]


@pytest.mark.parametrize("broken", [None, "publish"])
def test_build_when_it_ends_then_people_are_told_of_its_release_or_that_there_is_none(
    run: Run, broken: str | None
) -> None:
    told: list[tuple[int | None, str]] = []

    def publish(release_id: int, **_: Any) -> dict[str, Any]:
        if broken:
            raise CscWarehouseError("the disk is full")
        return {"release_id": release_id}

    states = run(
        "build_warehouse",
        publish=publish,
        notify=lambda release_id, occasion: noted(told, (release_id, occasion), []),
    )
    assert states["notify"] == "success"
    assert states["write_pages"] == ("upstream_failed" if broken else "success")
    ((release_id, occasion),) = told
    assert release_id == (None if broken else 7)
    assert occasion


def test_build_when_its_pages_cannot_be_written_then_the_verdict_is_told_all_the_same(run: Run) -> None:
    def write(release_id: int) -> dict[str, Any]:
        raise CscWarehouseError("the disk is full")

    states = run("build_warehouse", write_pages=write)
    assert (states["write_pages"], states["report_verdict"]) == ("failed", "success")


@pytest.mark.parametrize(("late", "state"), [([], "success"), (["W06000006 was not published by 07:00."], "failed")])
def test_deadline_when_missed_then_only_the_verdict_is_red(
    run: Run, monkeypatch: pytest.MonkeyPatch, late: list[str], state: str
) -> None:
    asked: list[Any] = []

    def check(at: Any) -> dict[str, Any]:
        asked.append(at)
        return {"day": "2018-12-31", "late": late, "told": []}

    monkeypatch.setattr(stewardship, "check_deadline", check)
    assert run("watch_deadline") == {
        "check_deadline": "success",
        "tell_blind": "skipped",
        "report_verdict": state,
        "run": state,
    }
    (at,) = asked
    assert at.tzinfo is not None


def test_deadline_when_it_cannot_be_checked_then_people_are_told_and_the_run_is_red(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []

    def check(at: Any) -> dict[str, Any]:
        raise CscWarehouseError("the database is gone")

    monkeypatch.setattr(stewardship, "check_deadline", check)
    monkeypatch.setattr(stewardship, "tell_blind", lambda at: noted(told, at, ["Told by mail."]))
    assert run("watch_deadline") == {
        "check_deadline": "failed",
        "tell_blind": "success",
        "report_verdict": "upstream_failed",
        "run": "failed",
    }
    assert len(told) == 1


def test_maintenance_when_run_then_names_the_day(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    stamps: list[str] = []
    monkeypatch.setattr(upkeep, "maintain", lambda stamp: noted(stamps, stamp, []))
    assert run("maintain_warehouse")["run"] == "success"
    assert len(stamps[0]) == len("2018-12-31")


def test_weekly_pack_when_written_then_its_recipients_are_told_of_what_was(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = [{"authority_code": "W06000006", "as_at": "2018-12-31", "counts": 28, "lists": 16}]
    told: list[Any] = []
    monkeypatch.setattr(weekly, "write_all", lambda: packs)
    monkeypatch.setattr(weekly, "tell", lambda written: noted(told, written, ["Told by mail."]))
    assert run("publish_weekly") == {"write": "success", "tell": "success", "account": "success", "run": "success"}
    assert told == [packs]


def test_weekly_pack_when_that_of_one_authority_fails_then_the_others_are_told_of_and_the_run_is_red(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = [
        {"authority_code": "W06000005", "failure": "W06000005: Release 3 does not say which work was open."},
        {"authority_code": "W06000006", "as_at": "2018-12-31", "counts": 28, "lists": 16},
    ]
    told: list[Any] = []
    monkeypatch.setattr(weekly, "write_all", lambda: packs)
    monkeypatch.setattr(weekly, "tell", lambda written: noted(told, written, ["Told by mail."]))
    assert run("publish_weekly") == {"write": "success", "tell": "success", "account": "failed", "run": "failed"}
    assert told == [packs]


def test_weekly_pack_when_nothing_is_published_then_nobody_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def write() -> list[dict[str, Any]]:
        raise CscWarehouseError("Nothing is published for W06000006.")

    monkeypatch.setattr(weekly, "write_all", write)
    assert run("publish_weekly") == {
        "write": "failed",
        "tell": "upstream_failed",
        "account": "upstream_failed",
        "run": "failed",
    }
