"""Keyed pseudonyms of children: made here and not in SQL, where the key would lie in the server's logs."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, text

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.settings import Settings

KEY_BYTES = 32
KEY_LENGTH = 32
"""Hex digits kept of an HMAC-SHA256: 128 bits, far beyond collision among a nation's children."""
BATCH_ROWS = 50_000


_KNOWN = text(
    "select coalesce((select key_fingerprint from landing.pseudonym_key),"
    " (select min(key_fingerprint) from restricted.authority_keys))"
)


class OpenWarehouse(Protocol):
    """What this module needs of a warehouse; privacy imports no other room of the house."""

    @property
    def settings(self) -> Settings:
        """Return the settings that name the key file."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """Open one transaction."""


@dataclass(frozen=True)
class KeySummary:
    """What one assignment did: how many children were new, and how many authorities were keyed afresh."""

    new_children: int
    authorities_rekeyed: int


def load_key(settings: Settings) -> bytes:
    """Read the secret key, making it on first use where the settings allow that (embedded, no file named).

    Raises CscWarehouseError when the file is missing and may not be made, or is too short to be a key.
    """
    return load_keys(settings)[0]


def load_keys(settings: Settings) -> list[bytes]:
    """Read every key of the key file, one a line: the one in force first, then those that were rotated away.

    Only the tombstones of erased children still need the latter. Raises CscWarehouseError as load_key does.
    """
    path = settings.key_file
    if not path.exists():
        if not settings.is_key_made_on_first_use:
            raise CscWarehouseError(
                f"The key file {path} does not exist: restore it, or set CSC_WAREHOUSE_KEY_FILE to where it lies; a "
                "new key would give every child a new pseudonym. Only a warehouse that was never built gets a new one: "
                f"`umask 077; openssl rand -hex {KEY_BYTES} > {path}`, with a copy in a safe."
            )
        _make_key(path)
    lines = path.read_text(encoding="ascii", errors="replace").split("\n")
    keys = [line.strip().encode() for line in lines if line.strip()]
    if not keys or any(len(key) < KEY_BYTES for key in keys):
        raise CscWarehouseError(
            f"The key file {path} holds fewer than {KEY_BYTES} characters: restore the right one from its safe."
        )
    return keys


def require_known(settings: Settings, known: str | None) -> list[bytes]:
    """Read the key file as load_keys does; known: the fingerprint of the key that was in force, None where none was.

    Raises CscWarehouseError where the file is gone or lacks that key; none is made in its place then.
    """
    if known is None:
        return load_keys(settings)
    if not settings.key_file.exists():
        raise _lost_key(f"The key file {settings.key_file} does not exist")
    found = load_keys(settings)
    if known not in {fingerprint(key) for key in found}:
        raise _lost_key(f"The key file {settings.key_file} lacks the key that this warehouse was keyed with")
    return found


def _lost_key(what: str) -> CscWarehouseError:
    return CscWarehouseError(
        f"{what}, and with a new one every child would get another pseudonym. Restore the file from the safe in which "
        "its copy is kept (no backup holds it), or set CSC_WAREHOUSE_KEY_FILE to where it lies. Only where it is lost "
        "for good: csc-warehouse rotate-key puts a new one in force. Nothing was changed."
    )


def digest_of_keys(settings: Settings) -> str:
    """Return what changes where another key is in force, or one is put beside it, and gives none away.

    The file is only looked at: none is made, and one that is gone or is no key has a digest that no key has.
    """
    try:
        keys = load_keys(settings) if settings.key_file.exists() else []
    except CscWarehouseError:
        keys = []
    return hashlib.sha256(" ".join(fingerprint(key) for key in keys).encode()).hexdigest() if keys else "no key"


def missing_key(settings: Settings) -> CscWarehouseError:
    """Return the error for a key that tombstones were made with and that the key file has lost."""
    return CscWarehouseError(
        f"The key file {settings.key_file} lacks the key that erased children are recognised by, and they would come "
        "back: restore the file with every line it had. Nothing was landed."
    )


def rotate_key(settings: Settings) -> int:
    """Put a new key in force and keep those before it below; return how many the file then holds.

    Where the file is gone the new key is the only one.

    The next build gives every child another pseudonym. Raises CscWarehouseError where the file cannot be written.
    """
    path = settings.key_file
    keys = [secrets.token_hex(KEY_BYTES).encode(), *(load_keys(settings) if path.exists() else [])]
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_key(temporary, b"\n".join(keys).decode() + "\n")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise CscWarehouseError(
            f"The key file {path} cannot be replaced ({error.strerror}): let this account write it and its folder, or "
            "write a new key as its first line, above the old one, yourself."
        ) from error
    return len(keys)


def fingerprint(key: bytes) -> str:
    """Return what tells one key from another without giving either away."""
    return pseudonym(key, "fingerprint")


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    _write_key(temporary, secrets.token_hex(KEY_BYTES) + "\n")
    # a link refuses to overwrite: of two commands that race, the first one's key stays and both read it
    with contextlib.suppress(FileExistsError):
        os.link(temporary, path)
    temporary.unlink()


def _write_key(path: Path, content: str) -> None:
    """Write a new file that nobody else may read; durable when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def pseudonym(key: bytes, *parts: str) -> str:
    """Return the first 32 hex digits of an HMAC-SHA256 over parts, joined by a character that no id holds."""
    return hmac.new(key, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()[:KEY_LENGTH]


def child_key(key: bytes, authority_code: str, canonical_child_id: str) -> str:
    """Return a child's pseudonym: keyed, and different for each authority (design.md section 4, Keys)."""
    return pseudonym(key, "child", authority_code, canonical_child_id)


def assign_keys(warehouse: OpenWarehouse) -> KeySummary:
    """Give every child of `intermediate.int_children` its key, and every authority its record salt.

    Keys that stand are kept. Where the secret key was rotated, the authority's keys are made afresh.
    Raises CscWarehouseError when the key cannot be read, or is not the one that was in force.
    """
    with warehouse.transaction() as connection:
        key = require_known(warehouse.settings, connection.execute(_KNOWN).scalar())[0]
        rekeyed = _assign_salts(connection, key)
        new_children = 0
        for batch in _children_without_key(connection):
            rows = [
                {"authority": authority, "child": child, "key": child_key(key, authority, child)}
                for authority, child in batch
            ]
            connection.execute(
                text(
                    "insert into restricted.child_keys (authority_code, canonical_child_id, child_key)"
                    " select * from unnest(cast(:authorities as text[]), cast(:children as text[]),"
                    " cast(:keys as text[]))"
                ),
                {
                    "authorities": [row["authority"] for row in rows],
                    "children": [row["child"] for row in rows],
                    "keys": [row["key"] for row in rows],
                },
            )
            new_children += len(rows)
        connection.execute(text("analyze restricted.child_keys"))
    return KeySummary(new_children=new_children, authorities_rekeyed=rekeyed)


def _assign_salts(connection: Connection, key: bytes) -> int:
    """Write the salt of each authority in the run; return how many were keyed with another key before."""
    stale = connection.execute(
        text("delete from restricted.authority_keys where key_fingerprint <> :fingerprint returning authority_code"),
        {"fingerprint": fingerprint(key)},
    )
    stale_codes = [str(row[0]) for row in stale]
    if stale_codes:
        connection.execute(
            text("delete from restricted.child_keys where authority_code = any(:codes)"), {"codes": stale_codes}
        )
    authorities = connection.execute(
        text(
            "select authority_code from staging.run_context"
            " except select authority_code from restricted.authority_keys order by 1"
        )
    ).all()
    for (authority,) in authorities:
        connection.execute(
            text(
                "insert into restricted.authority_keys (authority_code, record_salt, key_fingerprint)"
                " values (:authority, :salt, :fingerprint)"
            ),
            {"authority": authority, "salt": pseudonym(key, "record", str(authority)), "fingerprint": fingerprint(key)},
        )
    return len(stale_codes)


def _children_without_key(connection: Connection) -> Iterator[list[tuple[str, str]]]:
    """Yield the (authority, canonical child) pairs that have no key, in batches."""
    rows = connection.execute(
        text(
            "select authority_code, canonical_child_id from intermediate.int_children"
            " except select authority_code, canonical_child_id from restricted.child_keys order by 1, 2"
        )
    ).all()
    for start in range(0, len(rows), BATCH_ROWS):
        yield [(row[0], row[1]) for row in rows[start : start + BATCH_ROWS]]
