"""Copies of the server's files, and pieces of its log, that are sealed with the key of the backups."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.settings import Settings, child_environment
from csc_warehouse.warehouse import account_python, cluster, sealing, server, tar_files

SERVER_KEY = "log.key"
"""In the home: the key for the server's account, where that is another than ours."""
_MANIFEST, _LABEL, _WAL = "backup_manifest", "backup_label", "pg_wal/"
_SEGMENT = slice(8, 24)
"""Of a piece's name, what counts it whatever branch of the log it is on."""


def require(keys: sealing.Keys | None, kept: Path) -> sealing.Keys:
    """Return the keys; raise UsageError where none is configured and what is kept is sealed."""
    if keys is None:
        raise UsageError(f"{kept} is sealed: name the file with its key as maintenance.backup_key_file.")
    return keys


def archive_command(settings: Settings, account: server.Account, keys: sealing.Keys, log: Path) -> str:
    """Return the shell command that keeps a piece of the log sealed: whole or not at all, never over another one."""
    called, key = account_python.sealing_command(account), _key_for(settings, account, keys)
    return f"{called} keep {_quoted(key)} %p {_quoted(log)}/%f{sealing.SUFFIX}"


def restore_command(settings: Settings, account: server.Account, keys: sealing.Keys, log: Path) -> str:
    """Return the shell command that gives a piece of the log back, sealed or not."""
    called, key = account_python.sealing_command(account), _key_for(settings, account, keys)
    return f"{called} fetch {_quoted(key)} {_quoted(log)}/%f %p"


def _quoted(path: Path) -> str:
    # the server puts its own names for %p and %f, and one per cent sign for two
    return shlex.quote(str(path)).replace("%", "%%")


def _key_for(settings: Settings, account: server.Account, keys: sealing.Keys) -> Path:
    """Return a key file that the server's account may read: ours, or where that is another account, a copy for it."""
    path = keys.path.absolute()
    if not account.is_another:
        return path
    copy = settings.home / SERVER_KEY
    unfinished = copy.with_name(f".{copy.name}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
        file.write(path.read_bytes())
    os.chown(unfinished, account.uid, account.gid)
    unfinished.replace(copy)
    return copy


def make(host: str, copy: Path, keys: sealing.Keys) -> None:
    """Copy the files of the server that listens in a folder into one sealed file; nothing of it is ever plain."""
    command = [
        str(cluster.binaries() / "pg_basebackup"),
        f"--dbname=host={host} user=postgres",
        *("--pgdata=-", "--format=tar", "--checkpoint=fast", "--wal-method=fetch"),
        *("--manifest-checksums=SHA256", "--no-password"),
    ]
    with sealing.sealing(copy, keys) as sealed, tempfile.TemporaryFile() as said:
        with subprocess.Popen(  # noqa: S603  (PostgreSQL's programs and our own arguments)
            command, env=child_environment(), stdout=subprocess.PIPE, stderr=said
        ) as program:
            if program.stdout is not None:
                shutil.copyfileobj(program.stdout, sealed, sealing.PIECE)
        if program.returncode:
            said.seek(0)
            last = (said.read().decode(errors="replace").strip().splitlines() or ["no message"])[-1]
            raise CscWarehouseError(f"pg_basebackup failed: {last}. Mend the cause and run the command again.")


def listed_in(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the files that a copy's manifest lists, by name."""
    return {str(f.get("Path") or os.fsdecode(bytes.fromhex(f["Encoded-Path"]))): f for f in manifest["Files"]}


def verify(copy: Path, keys: sealing.Keys) -> None:
    """Read a sealed copy whole and compare it with its manifest; raise CscWarehouseError naming what differs."""
    found: dict[str, tuple[int, str]] = {}
    manifest: dict[str, Any] = {"Files": []}
    with sealing.unsealing(copy, keys) as content, tarfile.open(fileobj=content, mode="r|") as tar:
        for member in tar:
            name = member.name.removeprefix("./")
            file = tar.extractfile(member)
            if file is None or name.startswith(_WAL):
                continue
            if name == _MANIFEST:
                manifest = json.loads(file.read())
                continue
            digest = hashlib.sha256()
            while block := file.read(sealing.PIECE):
                digest.update(block)
            found[name] = (member.size, digest.hexdigest())
    listed = listed_in(manifest).items()
    # the pieces of the log that make the copy whole are not in its manifest
    wanted = {name: (file["Size"], file["Checksum"]) for name, file in listed if not name.startswith(_WAL)}
    wrong = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
    if wrong or not wanted:
        raise CscWarehouseError(
            f"The copy {copy} is damaged ({(wrong or [_MANIFEST])[0]}, {len(wrong)} files in all): remove it, and use"
            " the one before or make a new one with csc-warehouse protect."
        )


def label(copy: Path, keys: sealing.Keys) -> str:
    """Return what a sealed copy says of itself: where in the log it begins."""
    with copy.open("rb") as file:
        content = sealing.Unsealer(file, keys, copy.name)
        with tarfile.open(fileobj=content, mode="r|") as tar:
            for member in tar:
                if member.name.removeprefix("./") == _LABEL and (inside := tar.extractfile(member)):
                    return inside.read().decode()
    raise CscWarehouseError(f"The copy {copy} is damaged ({_LABEL} is not in it): use the one before.")


def unpack(copy: Path, target: Path, keys: sealing.Keys) -> None:
    """Write the files of a sealed copy into a new folder."""
    target.mkdir(mode=0o700)
    with sealing.unsealing(copy, keys) as content, tarfile.open(fileobj=content, mode="r|") as tar:
        tar_files.take_out(tar, target)


def check_log(log: Path, keys: sealing.Keys, first: str, until: datetime.datetime | None) -> None:
    """Open every sealed piece of the log that a recovery may need, from the copy's first one on.

    Raises CscWarehouseError naming the piece that is not as it was sealed, or whose key is not there: the server would
    stop in the middle of its recovery.
    """
    pieces = [path for path in log.glob(f"*{sealing.SUFFIX}") if path.name[_SEGMENT] >= first[_SEGMENT]]
    for piece in sorted(pieces, key=lambda path: path.stat().st_mtime):
        with sealing.unsealing(piece, keys):
            pass
        kept = datetime.datetime.fromtimestamp(piece.stat().st_mtime, datetime.UTC)
        if until is not None and kept > until:
            # it holds the moment, and nothing behind it is needed
            return
