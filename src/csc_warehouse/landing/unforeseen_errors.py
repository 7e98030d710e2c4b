"""The last net around one delivery: an error that nobody foresaw refuses it, and stops no other (deliveries.md 9)."""

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
"""What would meet every other delivery too, or has a sentence of its own."""
_OF_A_VALUE = (psycopg.DataError, psycopg.errors.ProgramLimitExceeded)
"""What the database says of a value; anything else that it says is of itself."""
_ENGINE = "duckdb"
_FRAMES = 8


def is_of_the_delivery(error: Exception) -> bool:
    """Tell whether an error comes from what was delivered, as far as its kind says; not what would meet every other."""
    if isinstance(error, psycopg.Error):
        return isinstance(error, _OF_A_VALUE)
    # the engine on disk says by an error of its own that there is no room
    return not isinstance(error, _OF_THE_WAREHOUSE) and _ENGINE not in type(error).__module__


def unforeseen(delivery: Delivery, error: Exception) -> Refusal:
    """Return the refusal, and log kind and place of the error for engineers; its words may hold a row's values."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    logging.getLogger("csc_warehouse.landing").error("%s: %s at %s", delivery.label, kind, places)
    return Refusal(f"cannot be read, for a reason that was not foreseen ({type(error).__name__})", code="unforeseen")


def digest_of_this_version(contract_sha256: str) -> str:
    """Return what such a refusal is judged under: another version of the program tries the delivery again."""
    return hashlib.sha256(f"{contract_sha256}|{version('csc-warehouse')}".encode()).hexdigest()
