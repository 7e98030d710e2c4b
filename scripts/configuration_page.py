"""Write docs/configuration.md and docs/csc_warehouse.example.toml from the code that reads the configuration."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
import types
import typing
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from csc_warehouse import configuration
from csc_warehouse.authority_config import AuthorityConfig
from csc_warehouse.commands.console import OUT
from csc_warehouse.settings import PROJECT_DIRECTORY, Config

PAGE = PROJECT_DIRECTORY / "docs" / "configuration.md"
EXAMPLE = PROJECT_DIRECTORY / "docs" / "csc_warehouse.example.toml"
WIDTH = 118
KINDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path, as text",
    SecretStr: "text, kept out of logs",
}
LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
NAMED = {"authorities": "W06000006", "replicas": "raise"}
"""Of tables whose entries the file names itself: a name."""
SHOWN = {
    "authorities.NAME.name": '"Wrexham"',
    "authorities.NAME.cut_over_date": "2018-05-21",
    "authorities.NAME.systems[].source": '"wccis"',
    "authorities.NAME.systems[].first_day": "2018-05-21",
    "landing.keep_superseded_days": "365",
    "sftp.host": '"sftp.supplier.example"',
    "sftp.user": '"csc-warehouse"',
    "sftp.key_file": '"/run/secrets/sftp_key"',
    "sftp.known_hosts": '"/etc/csc/known_hosts"',
    "sftp.host_key": '"ssh-ed25519 AAAA..."',
    "sftp.sources": '["wccis"]',
    "replicas.NAME.url": '"mssql+pyodbc://reader:PASSWORD@server/RAISE?driver=ODBC+Driver+18+for+SQL+Server"',
    "replicas.NAME.database_schema": '"reporting"',
    "replicas.NAME.authority": '"W06000006"',
    "replicas.NAME.counts_table": '"entity_counts"',
    "replicas.NAME.isolation": '"SNAPSHOT"',
    "notification.pages_address": '"https://airflow.council.example"',
    "notification.smtp_host": '"relay.council.example"',
    "notification.smtp_password_file": '"/run/secrets/smtp_password"',
    "notification.webhook_url": '"https://chat.council.example/hooks/..."',
    "lineage.file": '"/srv/csc/lineage.ndjson"',
    "lineage.url": '"https://marquez.council.example/api/v1/lineage"',
    "maintenance.backup_folder": '"/srv/backups"',
    "maintenance.backup_key_file": '"/run/secrets/backup_key"',
    "asset_register.layouts": '{flowz = {"Name of asset" = "asset", "Personal data" = "personal_data"}}',
    "overlay": '"overlay"',
    "code_address": '"https://forge.council.example/csc-warehouse"',
    "spellings": '{team = {"ASSESSMENT & INTERVENTION" = "AIT"}}',
}
"""Of keys without a default: what a value looks like."""
BY_KIND = {"text": '"..."', "path": '"/path/to/file"', "date": "2018-05-21", "table": "{}", "list": "[]"}

INTRODUCTION = """\
# Configuration

Written from the code by `python scripts/configuration_page.py`; a test holds it to the code. The file is TOML, and
`CSC_WAREHOUSE_CONFIG` names it. Every key has a default that suits the sample, so that the file says only what differs:
[csc_warehouse.example.toml](csc_warehouse.example.toml) is one to copy, with each key at its default.

- What the file gives is laid over the defaults, key by key; a list replaces the default list.
- **Authorities** are laid over the 22 of Wales: an entry may name the keys that differ alone, and those that the file
  does not name stay. With `only = true` in `[authorities]` there are those that the file names and no others.
  `home_authority` must be one of them. An authority that is none of the 22 needs its `name`.
- What is wrong is said before anything else is done, a sentence for each key, with what was probably meant. Nothing is
  taken silently: a key that is not known is refused.
- Where deliveries come from is told in [ways in](runbooks/ways-in.md), who is told of a bad night in
  [signing](runbooks/sign-off.md), what is kept how long in [retention](runbooks/retention.md).
"""


@cache
def _described(model: type[BaseModel]) -> dict[str, str]:
    """Return the docstring below each field of a model, as one line."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    found: dict[str, str] = {}
    if not isinstance(tree, ast.ClassDef):
        return found
    for node, following in zip(tree.body, tree.body[1:], strict=False):
        is_text = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and is_text:
            found[node.target.id] = " ".join(str(following.value.value).split())  # type: ignore[attr-defined]
    return found


def described(model: type[BaseModel], name: str) -> str:
    """Return what the code says of a key; empty where it says nothing."""
    return _described(model).get(name, "")


def kind(field: FieldInfo) -> str:
    """Return in words what a key takes, with its limits."""
    limits = [
        f"{words} {getattr(rule, name):g}"
        for rule in field.metadata
        for name, words in LIMITS.items()
        if hasattr(rule, name)
    ]
    return ", ".join([_kind(field.annotation), *limits])


def _kind(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, types.UnionType) or origin is typing.Union:
        return _kind(next(choice for choice in arguments if choice is not type(None)))
    if origin is typing.Annotated:
        return _kind(arguments[0])
    if origin is typing.Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in arguments)
    if origin is tuple:
        return f"list of {_kind(arguments[0])}"
    if origin is dict:
        return "table"
    return KINDS.get(annotation, "date")


def value(default: Any) -> str | None:
    """Return a default as TOML; None where it cannot stand in a file, as nothing does."""
    if default is None:
        return None
    if isinstance(default, bool):
        return "true" if default else "false"
    if isinstance(default, tuple):
        return "[" + ", ".join(f'"{entry}"' for entry in default) + "]"
    return f'"{default}"' if isinstance(default, str) else str(default)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    if isinstance(field.default, dict):
        return "empty" if not field.default else "the 22 of Wales"
    return value(field.default) or "none"


def _tables() -> dict[str, list[tuple[str, type[BaseModel], str, FieldInfo]]]:
    """Return the keys by the table of the file in which they stand, the top first."""
    found: dict[str, list[tuple[str, type[BaseModel], str, FieldInfo]]] = {}
    for key, model, name, field in configuration.keys(Config):
        found.setdefault(key.rpartition(".")[0], []).append((key, model, name, field))
    return {"": found.pop(""), **found}


def _top(table: str) -> str:
    """Return what the code says of a table: of its key, else of the section's class."""
    first, _, below = table.partition(".")
    if below.endswith("[]"):
        name = below.rpartition(".")[2].removesuffix("[]")
        return next(described(model, name) for model in (AuthorityConfig,) if name in model.model_fields)
    section = Config.model_fields[first].annotation
    is_section = isinstance(section, type) and issubclass(section, BaseModel)
    return described(Config, first) or " ".join((inspect.getdoc(section) or "").split() if is_section else ())


def _header(table: str) -> str:
    """Return a table's header as the file has it; that of a list of tables has two brackets."""
    return f"[[{table.removesuffix('[]')}]]" if table.endswith("[]") else f"[{table}]"


def page() -> str:
    """Return the page: every key with what it takes, its default and its meaning."""
    parts = [INTRODUCTION]
    for table, keys in _tables().items():
        parts.append(f"## {_header(table) if table else 'At the top of the file'}\n")
        if table:
            said = _top(table)
            parts.append("\n".join(textwrap.wrap(said, WIDTH)) + "\n" if said else "")
        rows = [
            f"| `{name}` | {kind(field)} | {_default(field)} | {described(model, name).replace('|', chr(92) + '|')} |"
            for _, model, name, field in keys
        ]
        parts.append("\n".join(["| key | takes | default | meaning |", "|---|---|---|---|", *rows]) + "\n")
    return "\n".join(part for part in parts if part)


def example() -> str:
    """Return the example file: every key with its meaning, commented out at its default or at a value that it may have.

    A line that begins with # and no blank is a setting; with one, an explanation.
    """
    lines = [
        "# Take the # away from what you change, its table's name included. Every key stands at its default, or, where",
        "# it has none, at an example. docs/configuration.md says more.",
        "",
    ]
    for table, keys in _tables().items():
        if table:
            first = table.partition(".")[0]
            lines += [f"# {line}" for line in textwrap.wrap(_top(table), WIDTH)]
            lines.append("#" + _header(table).replace("NAME", NAMED.get(first, "NAME")))
        for key, model, name, field in keys:
            default = None if field.is_required() or field.default == {} else value(field.default)
            why = "needed" if field.is_required() else "no default"
            said = described(model, name) + ("" if default is not None else f" ({why}: an example)")
            lines += [f"# {line}" for line in textwrap.wrap(said, WIDTH)]
            lines.append(f"#{name} = {default or SHOWN.get(key) or _of_kind(kind(field))}")
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def _of_kind(words: str) -> str:
    return next((example for kind_of, example in BY_KIND.items() if words.startswith(kind_of)), "1")


def main() -> int:
    """Write both files and say where they are."""
    for path, content in ((PAGE, page()), (EXAMPLE, example())):
        path.write_text(content, encoding="utf-8")
        OUT.print(str(path), markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
