"""What the files say round the figures, in both languages: a file of texts beside this one."""

from __future__ import annotations

import functools
from importlib.resources import files

import yaml


def label(key: str, language: str, **values: object) -> str:
    """Return a text of the files in a language, with its values in their places."""
    return _labels()[key][language].format(**values)


@functools.cache
def _labels() -> dict[str, dict[str, str]]:
    text = (files(__package__) / "labels.yml").read_text(encoding="utf-8")
    labels: dict[str, dict[str, str]] = yaml.safe_load(text)["files"]
    return labels
