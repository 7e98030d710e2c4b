"""Errors that nobody foresaw: a delivery that causes one is refused, and the others are landed (deliveries.md 9)."""

from __future__ import annotations

import hashlib
import logging
import traceback
from importlib.metadata import version
from pathlib import Path

import psycopg
import sqlalchemy.exc

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.sources.delivery import Delivery, Untrusted

_OF_THE_WAREHOUSE = (
    CscWarehouseError,
    NotThereYet,
    Untrusted,
    ImportError,
    MemoryError,
    OSError,
    sqlalchemy.exc.SQLAlchemyError,
)
"""Errors that every other delivery would meet too, or that have a sentence of their own."""
_OF_A_VALUE = (psycopg.DataError, psycopg.errors.ProgramLimitExceeded)
"""Errors of the database that are about a value; all others are about the database itself."""
_ENGINE = "duckdb"
_FRAMES = 8


def is_of_the_delivery(error: Exception) -> bool:
    """Tell whether the delivery caused an error, judged by its type; not one that every other delivery would meet."""
    if isinstance(error, psycopg.Error):
        return isinstance(error, _OF_A_VALUE)
    # errors of the engine on disk are about room on the disk
    return not isinstance(error, _OF_THE_WAREHOUSE) and _ENGINE not in type(error).__module__


def unforeseen(delivery: Delivery, error: Exception) -> Refusal:
    """Return the refusal, and log type and place of the error for engineers; its words may hold a row's values."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    logging.getLogger("csc_warehouse.landing").error("%s: %s at %s", delivery.label, kind, places)
    return Refusal(f"cannot be read, for a reason that was not foreseen ({type(error).__name__})", code="unforeseen")


def digest_of_this_version(contract_sha256: str) -> str:
    """Return the digest under which such a refusal is recorded: another version of the program tries again."""
    return hashlib.sha256(f"{contract_sha256}|{version('csc-warehouse')}".encode()).hexdigest()
