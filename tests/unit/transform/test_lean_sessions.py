"""What dbt is spared within a build, and what it is not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest
from dbt.adapters.events.types import AdapterEventWarning, ConnectionUsed
from dbt.adapters.postgres.connections import PostgresConnectionManager
from dbt.events.types import LogStartLine
from dbt.graph.selector import NodeSelector

from csc_warehouse.transform.lean_sessions import lean_sessions


class Handle:
    """A connection of psycopg2 that notes what it is told."""

    def __init__(self, *, is_lost: bool = False, closed: int = 0) -> None:
        self.is_lost, self.closed = is_lost, closed
        self.told: list[str] = []

    def rollback(self) -> None:
        self.told.append("rollback")
        if self.is_lost:
            raise psycopg2.OperationalError("server closed the connection unexpectedly")

    def close(self) -> None:
        self.told.append("close")


def released(handle: Handle) -> Any:
    manager: Any = PostgresConnectionManager.__new__(PostgresConnectionManager)
    connection = SimpleNamespace(state="open", handle=handle, transaction_open=True, name="a node")
    manager.get_if_exists = lambda: connection
    manager.lock = threading.RLock()
    manager.release()
    return connection


@pytest.fixture(autouse=True)
def lean() -> Iterator[None]:
    with lean_sessions():
        yield


def test_connection_when_a_node_ends_then_is_rolled_back_and_kept() -> None:
    handle = Handle()
    connection = released(handle)
    assert handle.told == ["rollback"]
    assert (connection.state, connection.transaction_open) == ("open", False)


def test_connection_when_the_server_is_lost_then_closed_as_ever() -> None:
    handle = Handle(is_lost=True)
    assert released(handle).state == "closed"
    assert handle.told[-1] == "close"


def test_connection_when_it_broke_then_closed_as_ever() -> None:
    assert released(Handle(closed=2)).state == "closed"


def test_nodes_when_asked_for_again_then_as_chosen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def select_nodes(selector: NodeSelector, spec: object, warn_on_no_nodes: bool) -> tuple[set[str], set[str]]:
        asked.append(spec)
        return {f"model.{len(asked)}"}, set()

    monkeypatch.setattr(NodeSelector, "select_nodes", select_nodes)
    monkeypatch.setattr(NodeSelector, "filter_selection", lambda selector, found: found)

    def chosen(graph: object, spec: object, types: set[str]) -> set[str]:
        selector: Any = NodeSelector.__new__(NodeSelector)
        selector.full_graph, selector.resource_types = graph, types
        found: Any = selector.get_selected(spec)
        return set(found)

    graph, spec = object(), object()
    assert chosen(graph, spec, {"model"}) == chosen(graph, spec, {"model"}) == {"model.1"}
    assert chosen(graph, spec, {"model", "test"}) == {"model.2"}
    assert chosen(graph, object(), {"model"}) == {"model.3"}
    assert chosen(object(), spec, {"model"}) == {"model.4"}


def test_event_when_nothing_hears_it_then_dropped_and_warnings_and_starts_are_not() -> None:
    manager = type(import_module("dbt.events.logging").get_event_manager())()
    heard: list[str] = []
    manager.add_callback(lambda message: heard.append(message.info.name))
    manager.fire_event(ConnectionUsed(conn_type="postgres", conn_name="a node"))
    manager.fire_event(LogStartLine(description="a model", index=1, total=2))
    manager.fire_event(AdapterEventWarning(base_msg="something"))
    assert heard == ["LogStartLine", "AdapterEventWarning"]
