"""What BI tools join: the published marts with their keys, and the foreign keys that dbt's YAML declares of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.publication import published_relations
from csc_warehouse.publication.published_relations import PublishedRelation

SCHEMAS = ("marts", "reporting")
"""What BI tools read; child lists (restricted) are no part of it."""
FOREIGN_KEYS = "foreign_keys"
"""Metadata (meta) of a model or seed: its foreign keys, each `columns`, the relation `to` whose key they are (or whose
other key `to_columns` is), `is_active: false` where another way leads there, or another day of the fact is the one that
it is filtered by, and `is_optional: true` where rows are without by design. A test of relationships of one column says
the same of a relation that is known by one column."""
OTHER_KEYS = "other_keys"
"""Metadata (meta) of a model: the lists of columns by which each row of it is known besides its key."""
_REF = re.compile(r"ref\('(\w+)'\)")
CALENDAR = "dim_dates"
"""Its years end: a fact keeps a day outside them, which then joins nothing."""
Role = Literal["fact", "dimension", "register", "figures"]


@dataclass(frozen=True)
class MartColumn:
    """One column as its contract has it."""

    name: str
    data_type: str
    description: str
    is_nullable: bool


@dataclass(frozen=True)
class ForeignKey:
    """A declared foreign key: many rows of one mart refer to one of the other by a whole key of it, or to none."""

    mart: str
    columns: tuple[str, ...]
    to: str
    to_columns: tuple[str, ...]
    is_active: bool
    is_optional: bool
    """Rows are without by design, and no test of a night looks for them."""
    is_always_met: bool
    """No row goes without: none of the columns is ever null, it is no day, and nothing is left out by design."""


@dataclass(frozen=True)
class Mart:
    """One published relation as a tool sees it."""

    relation: PublishedRelation
    subject: str
    """What its YAML file is about, such as looked_after."""
    columns: tuple[MartColumn, ...]
    foreign_keys: tuple[ForeignKey, ...]
    other_keys: tuple[tuple[str, ...], ...] = ()
    """By what each of its rows is known besides its key."""

    @property
    def name(self) -> str:
        """Return its name without the schema."""
        return self.relation.name

    @property
    def role(self) -> Role:
        """Return what it is in the star: by its name, as the layers have them."""
        if self.name.startswith("fct_"):
            return "fact"
        if self.name.startswith("dim_"):
            return "dimension"
        return "figures" if self.relation.schema == "reporting" or self.name.startswith("indicator_") else "register"

    @property
    def one_line(self) -> str:
        """Return the first sentence of its description."""
        text = " ".join(self.relation.description.split())
        return re.split(r"(?<=[^.])\.(?= [A-Z])", text, maxsplit=1)[0].rstrip(".") + "."


def read(manifest_path: Path) -> list[Mart]:
    """Read the marts from dbt's manifest, sorted by schema and name.

    Raises CscWarehouseError naming the mart whose foreign key names a column or relation that is not there, columns
    that are no key of the other, or another number of columns than the key that it refers to; and as
    published_relations.read does.
    """
    relations = {r.name: r for r in published_relations.read(manifest_path) if r.schema in SCHEMAS}
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    nodes = {
        str(node.get("alias") or node["name"]): node
        for node in manifest["nodes"].values()
        if node["resource_type"] in published_relations.PUBLISHED_TYPES
    }
    tested = _tested_relationships(manifest)
    other_keys = {name: _other_keys(nodes[name]) for name in relations}
    marts = []
    for name, relation in relations.items():
        columns = tuple(_columns(nodes[name], relation.key_columns))
        declared = [
            *nodes[name]["config"].get("meta", {}).get(FOREIGN_KEYS, ()),
            *(
                {"columns": [column], "to": to}
                for column, to, field in tested.get(name, ())
                if to in relations and relations[to].key_columns == (field,)
            ),
        ]
        keys = tuple(_foreign_keys(name, declared, relations, other_keys, columns))
        marts.append(Mart(relation, _subject(nodes[name]), columns, keys, other_keys[name]))
    return marts


def _other_keys(node: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(columns) for columns in node["config"].get("meta", {}).get(OTHER_KEYS, ()))


def _columns(node: Mapping[str, Any], key_columns: Sequence[str]) -> Iterator[MartColumn]:
    types = node["config"].get("column_types") or {}
    primary = set(key_columns)
    for column in node["columns"].values():
        is_required = any(constraint["type"] == "not_null" for constraint in column.get("constraints") or ())
        stated = str(column.get("data_type") or types.get(column["name"], "text"))
        data_type = {"timestamptz": "timestamp with time zone"}.get(stated, stated)
        description = " ".join((column.get("description") or "").split())
        yield MartColumn(column["name"], data_type, description, not is_required and column["name"] not in primary)


def _tested_relationships(manifest: Mapping[str, Any]) -> dict[str, list[tuple[str, str, str]]]:
    """Return by relation the columns that tests of relationships name, each with the relation and column behind it."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        attached = manifest["nodes"].get(node.get("attached_node") or "")
        if test.get("name") != "relationships" or attached is None:
            continue
        arguments = test["kwargs"].get("arguments") or test["kwargs"]
        to = _REF.search(str(arguments["to"]))
        if to is not None:
            column = str(node.get("column_name") or test["kwargs"]["column_name"])
            found.setdefault(attached["name"], []).append((column, to.group(1), str(arguments["field"])))
    return {name: sorted(tests) for name, tests in found.items()}


def _foreign_keys(
    name: str,
    keys: Sequence[Mapping[str, Any]],
    relations: Mapping[str, PublishedRelation],
    other_keys: Mapping[str, tuple[tuple[str, ...], ...]],
    columns: Sequence[MartColumn],
) -> Iterator[ForeignKey]:
    names = {column.name for column in columns}
    required = {column.name for column in columns if not column.is_nullable}
    for declared in keys:
        referring, to = tuple(declared["columns"]), str(declared["to"])
        absent = [column for column in referring if column not in names]
        if absent:
            raise CscWarehouseError(f"{name} has a foreign key of the column {absent[0]}, which it does not have.")
        if to not in relations:
            raise CscWarehouseError(f"{name} has a foreign key to {to}, which is not published: correct its metadata.")
        key = tuple(declared.get("to_columns", relations[to].key_columns))
        if key not in (relations[to].key_columns, *other_keys[to]):
            raise CscWarehouseError(f"{name} refers to {to} by its ({', '.join(key)}), by which no row of it is known.")
        if len(key) != len(referring):
            raise CscWarehouseError(
                f"{name} refers to {to} by ({', '.join(referring)}), and the key of that is ({', '.join(key)})."
            )
        is_optional = bool(declared.get("is_optional", False))
        is_always_met = to != CALENDAR and not is_optional and set(referring) <= required
        yield ForeignKey(name, referring, to, key, bool(declared.get("is_active", True)), is_optional, is_always_met)


def _subject(node: Mapping[str, Any]) -> str:
    """Return the middle of the name of its YAML file: looked_after of _core__looked_after__models.yml."""
    parts = Path(str(node.get("patch_path") or "")).stem.removeprefix("_").split("__")
    return parts[1] if len(parts) == 3 else parts[0]
