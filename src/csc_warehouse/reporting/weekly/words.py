"""The texts and windows of the pack as data, by language."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from csc_warehouse.errors import CscWarehouseError

LANGUAGE = "en"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Windows(_Part):
    """Working days from the as-at day on, of which the pack says what falls due in them."""

    soon: int = Field(ge=1)
    next: int = Field(ge=1)


class Clock(_Part):
    """A clock of the pack."""

    title: dict[str, str]
    shares: tuple[str, ...]
    """Indicators whose share in time stands beside it."""


class Words(_Part):
    """Everything that the pack says of itself."""

    windows: Windows
    clocks: dict[str, Clock]
    texts: dict[str, Any]

    def says(self, *path: str) -> str:
        """Return a text by its name, in the language of the pack. Raises CscWarehouseError where there is none."""
        found: Any = self.texts
        for name in (*path, LANGUAGE):
            if not isinstance(found, Mapping) or name not in found:
                raise CscWarehouseError(f"The weekly pack has no text {'.'.join(path)} in {LANGUAGE}.")
            found = found[name]
        return str(found)

    def clock(self, code: str) -> str:
        """Return the title of a clock."""
        return self.clocks[code].title[LANGUAGE]


@functools.cache
def words() -> Words:
    """Return the texts that this version ships, validated."""
    text = resources.files(__package__).joinpath("texts.yml").read_text(encoding="utf-8")
    return Words.model_validate(yaml.safe_load(text))
