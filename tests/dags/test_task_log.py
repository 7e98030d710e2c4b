"""What a task's log says of an error: one sentence of what was expected, the frames of what was not."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from csc_warehouse.errors import CscWarehouseError, SourceUnavailableError, UsageError, WarehouseUnavailableError


@pytest.fixture
def log(airflow: None) -> Iterator[io.BytesIO]:
    """Log as a task's process does, to a stream that can be read."""
    from airflow.sdk.log import logging_processors

    before = structlog.get_config()
    stream = io.BytesIO()
    *processors, render = logging_processors(json_output=True)
    structlog.configure(
        processors=[*processors, render],
        logger_factory=structlog.BytesLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    yield stream
    structlog.configure(**before)


def _fail(error: BaseException) -> None:
    """Fail as a task does: some frames down, logged by Airflow in the words that it uses."""
    logger = structlog.get_logger("task")
    from task_log import tell_expected_errors_in_a_sentence

    tell_expected_errors_in_a_sentence({})
    tell_expected_errors_in_a_sentence({})
    try:
        raise error
    except BaseException:
        logger.exception("Task failed with exception")


def _lines(log: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def _fail_exception() -> Exception:
    from airflow.sdk.exceptions import AirflowFailException

    return AirflowFailException("2 refused, the rest landed.")


@pytest.mark.parametrize(
    "error",
    [
        UsageError("contact.csv has another sha256 than the manifest says: have it sent again."),
        WarehouseUnavailableError("The database cannot be reached."),
        SourceUnavailableError("sftp.example does not answer."),
        CscWarehouseError("A third of its rows\nare missing."),
        None,
    ],
    ids=lambda error: type(error).__name__,
)
def test_error_when_expected_then_its_sentence_stands_last_and_alone(
    log: io.BytesIO, airflow: None, error: Exception | None
) -> None:
    error = error or _fail_exception()
    _fail(error)
    [line] = _lines(log)
    assert line["event"] == " ".join(str(error).split())
    assert line["level"] == "error"
    assert "frames" not in log.getvalue().decode()
    assert "error_detail" not in line
    assert "exception" not in line


@pytest.mark.parametrize("error", [KeyError("column"), RuntimeError("a defect"), OSError("No space left on device")])
def test_error_when_a_defect_then_its_frames_stay(log: io.BytesIO, error: Exception) -> None:
    _fail(error)
    [line] = _lines(log)
    assert line["event"] == "Task failed with exception"
    assert "frames" in log.getvalue().decode()
