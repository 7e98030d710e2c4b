"""Spare dbt what it does for each node and nobody needs: a new connection, messages that nothing hears, the same choice
of nodes three times. Which nodes run, in which order, and what they do stays dbt's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any
from unittest.mock import patch

HEARD = "LogStartLine"
"""The one event of which a build tells its progress."""


@contextmanager
def lean_sessions() -> Iterator[None]:
    """Let dbt's commands within this block go without what nobody needs; where they log nothing themselves."""
    from dbt.adapters.postgres.connections import PostgresConnectionManager
    from dbt.graph.selector import NodeSelector

    # dbt's own module of events, which it shares with its adapters and does not declare
    manager = type(import_module("dbt.events.logging").get_event_manager())
    with ExitStack() as patches:
        patches.enter_context(patch.object(PostgresConnectionManager, "release", _kept_for_the_next_node()))
        patches.enter_context(patch.object(NodeSelector, "get_selected", _chosen_once()))
        patches.enter_context(patch.object(manager, "fire_event", _heard_or_dropped(manager.fire_event)))
        yield


def _kept_for_the_next_node() -> Any:
    """Return what leaves a thread its connection, rolled back: a new one is a new process of the server.

    What a model sets is local to its transaction. A connection that is broken is closed as ever; dbt closes the others
    as its command ends.
    """
    import psycopg2
    from dbt.adapters.postgres.connections import PostgresConnectionManager

    close = PostgresConnectionManager.release

    def release(manager: Any) -> None:
        connection = manager.get_if_exists()
        if connection is None or connection.state != "open" or connection.handle.closed:
            close(manager)
            return
        try:
            connection.handle.rollback()
        except psycopg2.Error:
            close(manager)
        else:
            connection.transaction_open = False

    return release


def _chosen_once() -> Any:
    """Return what answers the same question about the same graph as it did before."""
    from dbt.graph.selector import NodeSelector

    choose = NodeSelector.get_selected
    known: list[tuple[Any, Any, Any, set[Any]]] = []

    def get_selected(selector: Any, spec: Any, warn_on_no_nodes: bool = True) -> set[Any]:
        types = getattr(selector, "resource_types", None)
        for graph, same, kinds, found in known:
            if graph is selector.full_graph and same is spec and kinds == types:
                return set(found)
        found = choose(selector, spec, warn_on_no_nodes)
        known.append((selector.full_graph, spec, types, set(found)))
        return found

    return get_selected


def _heard_or_dropped(fire: Any) -> Any:
    """Return what passes on warnings, errors and the one event that is heard, and drops the others unread."""

    def fire_event(manager: Any, e: Any, level: Any = None, *arguments: Any, **named: Any) -> None:
        is_small = str(getattr(level or e.level_tag(), "value", level)) in ("debug", "info", "test")
        if not is_small or type(e).__name__ == HEARD or named.get("force_warn_or_error_handling"):
            fire(manager, e, level, *arguments, **named)

    return fire_event
