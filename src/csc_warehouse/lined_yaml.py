"""YAML of a council as text alone, with the line of each of its keys, so that a fault is told with its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

MOST_BYTES = 1024**2

Place = tuple[str, ...]
Lines = dict[Place, int]


def parse(text: str, *, what: str, begins: str) -> tuple[dict[str, Any], Lines, list[str]]:
    """Return what a file says, the line of each of its keys, and what keeps it from being read at all.

    what: what such a file is called; begins: the keys that it may begin with. Every value is a text, a list or a table.
    """
    lines: Lines = {}
    faults: list[str] = []
    node = None
    try:
        node = yaml.compose(text[: MOST_BYTES + 1], Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        faults = [f"line {mark.line + 1 if mark else 1}: it is no YAML ({error.problem}); correct the line."]
    except yaml.YAMLError:
        faults = ["line 1: it holds characters that no text has; save it as UTF-8."]
    except RecursionError:
        faults = [f"line 1: it is nested deeper than any {what}; correct it."]
    if len(text) > MOST_BYTES:
        faults = [f"line 1: it is larger than {MOST_BYTES:,} characters; no {what} is."]
    elif node is not None and not isinstance(node, yaml.MappingNode):
        faults = [f"line 1: it holds no keys; begin with {begins}."]
    elif node is not None:
        faults += _walk(node, (), lines, set())
    own = yaml.load(text, Loader=yaml.BaseLoader) if node is not None and not faults else {}  # noqa: S506  (text alone)
    return own, lines, faults


def sentence(name: str, lines: Lines, place: Place, says: str) -> str:
    """Return a fault with its file and line: that of the key, or of what stands around it."""
    near = next((lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in lines), None)
    at = f", line {near}" if near is not None else ""
    says = says if says.endswith(("?", ".")) else f"{says}."
    return f"{name}{at}, {'.'.join(place) or 'the whole'}: {says}"


def _walk(node: yaml.Node, place: Place, lines: Lines, seen: set[int]) -> Iterator[str]:
    """Note the line of every key, and yield what is said twice or refers to another place of the file."""
    if id(node) in seen:
        yield f"line {node.start_mark.line + 1}: it repeats another place by a name (*); write it out."
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = str(key.value)
            below = (*place, name)
            if below in lines:
                yield f"line {key.start_mark.line + 1}, {'.'.join(below)}: it stands on line {lines[below]} already."
            lines[below] = key.start_mark.line + 1
            yield from _walk(value, below, lines, seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            below = (*place, str(number))
            lines[below] = value.start_mark.line + 1
            yield from _walk(value, below, lines, seen)
