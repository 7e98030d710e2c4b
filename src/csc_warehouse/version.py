"""Which code made a figure or a page: its version, and an address at which it can be read. Told here alone."""

from __future__ import annotations

import functools
import hashlib
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distributions, version
from importlib.util import find_spec
from pathlib import Path

from csc_warehouse.settings import IS_CHECKOUT, PROJECT_DIRECTORY, Config, shipped

_MADE_BY_TOOLS = frozenset({"__pycache__", "target", "logs", "dbt_packages"})
"""Folders in which tools leave what they make of the code."""
_WRITTEN_FOR_PEOPLE = frozenset({"dbt_project/profiles.yml"})
"""What installing writes for whoever runs dbt by hand; the nightly build has a profile of its own below `profiles`."""
_LOADED_AT = time.time()
"""Since when this process has its code: what is written after that is not what it runs."""


@dataclass(frozen=True)
class Origin:
    """A version of the code, and the address that the configuration gave for it when it was used."""

    version: str
    address: str | None = None

    def __str__(self) -> str:
        """Return it as a sentence names it: csc-warehouse 1.0.0, https://example.org/code."""
        return f"csc-warehouse {self.version}" + (f", {self.address}" if self.address else "")


@functools.cache
def code_version() -> str:
    """Return the version of the code that this process runs: the package's, and of a checkout also its commit."""
    released = version("csc-warehouse")
    # an installed package may lie in somebody else's repository
    if not IS_CHECKOUT or not (PROJECT_DIRECTORY / ".git").exists():
        return released
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607
            cwd=PROJECT_DIRECTORY,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return released
    return f"{released}+{described.stdout.strip()}"


def origin(config: Config) -> Origin:
    """Return which code runs, and where the configuration says that it can be read."""
    return Origin(code_version(), config.code_address)


def digests(config: Config) -> dict[str, str]:
    """Return digests of the code, of the libraries that it runs on and of its configuration; no secret is in them.

    code: changes with any file of this version, also in a checkout that was not committed; a process under which a file
    was replaced runs code of which no digest can be told, and gets one that no other has. libraries: changes with the
    version of Python or of anything installed.
    """
    code = hashlib.sha256()
    for path, name in _files():
        content = path.read_bytes()
        code.update(f"{name}\0{len(content)}\0".encode())
        code.update(content)
        if path.stat().st_ctime > _LOADED_AT:
            code.update(secrets.token_bytes())
    installed = sorted(f"{found.name} {found.version}" for found in distributions())
    return {
        "code": code.hexdigest(),
        "libraries": hashlib.sha256("\n".join([sys.version, *installed]).encode()).hexdigest(),
        "configuration": hashlib.sha256(config.model_dump_json().encode()).hexdigest(),
    }


def _files() -> Iterator[tuple[Path, str]]:
    """Yield the files of the package, of the dbt project and of the catalogue of checks, each with its name."""
    expectations = find_spec("expectations")
    folders = [Path(__file__).parent, shipped("dbt_project")]
    folders += [Path(place) for place in (expectations.submodule_search_locations or ())] if expectations else []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            below = path.relative_to(folder)
            name = f"{folder.name}/{below.as_posix()}"
            if path.is_file() and name not in _WRITTEN_FOR_PEOPLE and not _MADE_BY_TOOLS & set(below.parts):
                yield path, name
