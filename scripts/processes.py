"""A program that goes on after the command that started it: its process remembered in a file, and found again by it."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

STOPPED_WITHIN_SECONDS = 20


def find(folder: Path, name: str) -> psutil.Process | None:
    """Return a program's live process; a pid that now belongs to something else does not count."""
    try:
        written = json.loads((folder / f"{name}.pid").read_text())
        process = psutil.Process(written["pid"])
        is_ours = process.create_time() == written["created"] and process.status() != psutil.STATUS_ZOMBIE
    except (FileNotFoundError, json.JSONDecodeError, KeyError, psutil.NoSuchProcess):
        return None
    return process if is_ours else None


def start(folder: Path, name: str, command: Sequence[str], variables: Mapping[str, str], *, inside: Path) -> None:
    """Start a program away from any terminal, its words in a log, and remember its process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.log").open("a") as log:
        child = subprocess.Popen(  # noqa: S603  (our own programs and arguments)
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(variables),
            cwd=inside,
            start_new_session=True,
        )
    created = psutil.Process(child.pid).create_time()
    (folder / f"{name}.pid").write_text(json.dumps({"pid": child.pid, "created": created}))


def stop(folder: Path, names: Sequence[str]) -> bool:
    """Stop programs and what they started, and return whether any ran; one that does not listen is killed."""
    processes: list[psutil.Process] = []
    for name in names:
        process = find(folder, name)
        if process is not None:
            processes += [process, *process.children(recursive=True)]
            process.terminate()
    _, stubborn = psutil.wait_procs(processes, timeout=STOPPED_WITHIN_SECONDS)
    for process in stubborn:
        process.kill()
    psutil.wait_procs(stubborn, timeout=5)
    for name in names:
        (folder / f"{name}.pid").unlink(missing_ok=True)
    return bool(processes)


def is_free(port: int) -> bool:
    """Say whether a port of this machine can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
