"""Tests that need a program which pip cannot install: run where it is, left out by name where it is not."""

from __future__ import annotations

import shutil

import pytest


def needs_program(program: str, *, package: str) -> pytest.MarkDecorator:
    """Mark a test that needs a program of one of Debian's packages (.ci/run installs them)."""
    reason = f"left out: needs {program}, of Debian's package {package}"
    return pytest.mark.skipif(shutil.which(program) is None, reason=reason)
