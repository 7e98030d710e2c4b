"""How a task's log tells an error that was expected: its one sentence, without a traceback. No DAG of its own.

Airflow logs every exception with the frames that led to it. Of an error that says itself what to do they are in the
way, as whoever is woken by it reads one sentence; of a defect they are what is needed, and stay.
"""

from __future__ import annotations

import sys
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSensorTimeout

OURS = ("csc_warehouse.errors", "CscWarehouseError")
"""The family of errors that one sentence explains; known by name, so that reading a DAG loads nothing of ours."""


def tell_expected_errors_in_a_sentence(context: Any = None) -> None:
    """Let this task's process log what it expects in a sentence; given to every task to do before its own work."""
    del context
    import structlog

    # what a logger was made with is this very list: it cannot be replaced any more
    processors: Any = structlog.get_config()["processors"]
    if in_a_sentence not in processors:
        processors.insert(0, in_a_sentence)


def in_a_sentence(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Put the sentence of an expected error in place of what Airflow says of it, and take its frames away."""
    del logger, method
    error = _error_of(event.get("exc_info"))
    if error is not None and is_expected(error):
        del event["exc_info"]
        event["event"] = " ".join(str(error).split())
    return event


def is_expected(error: BaseException) -> bool:
    """Say of an error whether its sentence says all that whoever reads the log must know."""
    if isinstance(error, AirflowFailException | AirflowSensorTimeout):
        return True
    return OURS in {(kind.__module__, kind.__name__) for kind in type(error).__mro__}


def _error_of(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        found = given[1]
        return found if isinstance(found, BaseException) else None
    return sys.exception() if given else None
