"""Tests that need a program which pip cannot install: run where it is, left out by name where it is not."""

from __future__ import annotations

import ctypes.util
import os
import shutil

import pytest

PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
"""Servers' programs lie where only root looks."""


def program_path(program: str) -> str | None:
    """Return where a program lies, or None."""
    return shutil.which(program, path=PATH)


def needs_program(program: str, *, package: str) -> pytest.MarkDecorator:
    """Mark a test that needs a program of one of Debian's packages (.ci/run installs them)."""
    reason = f"left out: needs {program}, of Debian's package {package}"
    return pytest.mark.skipif(program_path(program) is None, reason=reason)


def needs_library(library: str, *, package: str) -> pytest.MarkDecorator:
    """Mark a test that needs a library of one of Debian's packages (.ci/run installs them)."""
    reason = f"left out: needs the library {library}, of Debian's package {package}"
    return pytest.mark.skipif(ctypes.util.find_library(library) is None, reason=reason)
