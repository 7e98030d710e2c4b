"""Stand-ins that note what they were called with."""

from __future__ import annotations

from typing import TypeVar

Value = TypeVar("Value")
Answer = TypeVar("Answer")


def noted(notes: list[Value], value: Value, answer: Answer) -> Answer:
    """Add a value to the notes and return the answer: what a stand-in of one line does."""
    notes.append(value)
    return answer
