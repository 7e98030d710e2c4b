"""How far a step over many deliveries has come."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with what is being landed, how many deliveries are done, and of how many."""
