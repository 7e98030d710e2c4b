"""Which code made a figure or a page: its version, and an address at which it can be read. Told here alone."""

from __future__ import annotations

import functools
import subprocess
from dataclasses import dataclass
from importlib.metadata import version

from csc_warehouse.settings import IS_CHECKOUT, PROJECT_DIRECTORY, Config


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
