"""sqlfluff as its command line has it, in two thirds of the time: it translates the text of each macro once.

By itself it reads every macro of the project anew for each file, and translates it into Python again.
"""

from __future__ import annotations

import gc
from types import CodeType
from unittest.mock import patch

from jinja2 import Environment
from jinja2.nodes import Template

_translate = Environment.compile
_translated: dict[tuple[object, ...], str | CodeType] = {}


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


def main() -> None:
    """Run sqlfluff with the arguments of this process, and end as it does."""
    from sqlfluff.cli.commands import cli

    # memory in place of time: as Python counts by itself, a third of linting is looking for garbage
    gc.set_threshold(100_000, 50, 50)
    with patch.object(Environment, "compile", translate):
        cli()


if __name__ == "__main__":
    main()
