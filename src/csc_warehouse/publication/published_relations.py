"""Which relations are published, and how their releases are stored: read from the models' own metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from psycopg import sql
from psycopg.types.json import Jsonb

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.publication.session import Connection, transaction
from csc_warehouse.warehouse import Warehouse

Kind = Literal["partition", "range"]

PUBLISHED_SCHEMAS = ("marts", "reporting", "restricted")
CANDIDATE_SUFFIX = "_candidate"
LONGEST_NAME = 63
"""PostgreSQL cuts longer identifiers without a word."""
LONGEST_SUFFIX = len("__from_") + 10
"""Of the names of the tables that hold a block of releases."""
BLOCK = 64
"""Releases per table of a relation that is stored by partition."""
PUBLISHED_TYPES = ("model", "seed", "snapshot")


@dataclass(frozen=True)
class PublishedRelation:
    """One relation that readers see, and how it is stored.

    partition: each release whole, in tables of BLOCK releases each. range: rows with the half-open range of releases
    for which they hold.
    Shared relations belong to no authority. key_columns tell its rows apart within one release.
    """

    schema: str
    name: str
    kind: Kind
    is_shared: bool = False
    key_columns: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    description: str = ""
    column_descriptions: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def candidate(self) -> sql.Identifier:
        """Return the relation that the build made."""
        return sql.Identifier(self.schema + CANDIDATE_SUFFIX, self.name)

    @property
    def view(self) -> sql.Identifier:
        """Return the stable view that readers see."""
        return sql.Identifier(self.schema, self.name)

    @property
    def storage_name(self) -> str:
        """Return the name of the table in `release` that holds its releases."""
        return f"{self.schema}__{self.name}"

    @property
    def storage(self) -> sql.Identifier:
        """Return the table that holds its releases."""
        return sql.Identifier("release", self.storage_name)

    def block(self, first_release_id: int) -> sql.Identifier:
        """Return the table that holds BLOCK releases from the given one on."""
        return sql.Identifier("release", f"{self.storage_name}__from_{first_release_id}")

    def __str__(self) -> str:
        """Return schema.name."""
        return f"{self.schema}.{self.name}"


def read(manifest_path: Path) -> list[PublishedRelation]:
    """Read the published relations from dbt's manifest, sorted by schema and name.

    Published is a model or seed whose `config.meta.publication` is partition or range; `meta.shared: true` marks
    registers that belong to no authority; its key is `meta.key`, else the primary key of its contract;
    `meta.indexes` lists further column lists to index. Raises CscWarehouseError naming the model whose metadata
    cannot be used, or the file when it is missing.
    """
    try:
        manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CscWarehouseError(
            f"dbt's manifest {manifest_path} does not exist: build before publishing (csc-warehouse build)."
        ) from error
    nodes = (node for node in manifest["nodes"].values() if node["resource_type"] in PUBLISHED_TYPES)
    relations = [relation for node in nodes if (relation := _relation(node)) is not None]
    return sorted(relations, key=lambda relation: (relation.schema, relation.name))


def _relation(node: Mapping[str, Any]) -> PublishedRelation | None:
    meta = {**(node.get("meta") or {}), **(node.get("config", {}).get("meta") or {})}
    kind = meta.get("publication")
    if kind is None or not node.get("config", {}).get("enabled", True):
        return None
    name = node.get("alias") or node["name"]
    schema = str(node["schema"]).removesuffix(CANDIDATE_SUFFIX)
    if kind not in ("partition", "range"):
        raise CscWarehouseError(f"{name}: meta.publication is {kind!r}; it must be partition or range.")
    if schema not in PUBLISHED_SCHEMAS or not str(node["schema"]).endswith(CANDIDATE_SUFFIX):
        raise CscWarehouseError(
            f"{name} is to be published but built in {node['schema']}: only models of marts_candidate, "
            "reporting_candidate and restricted_candidate are published."
        )
    is_shared = bool(meta.get("shared", False))
    key = tuple(_key_columns(node, meta))
    if kind == "range" and (is_shared or not key):
        raise CscWarehouseError(
            f"{schema}.{name} is stored by range, which needs a primary key in its contract (or meta.key) and an "
            "authority: declare the key, or publish it by partition."
        )
    if kind == "range" and "authority_code" not in key:
        key = ("authority_code", *key)
    if len(f"{schema}__{name}") + LONGEST_SUFFIX > LONGEST_NAME:
        raise CscWarehouseError(
            f"{schema}.{name} has too long a name to be stored by release: shorten the model's name."
        )
    return PublishedRelation(
        schema=schema,
        name=name,
        kind=kind,
        is_shared=is_shared,
        key_columns=key,
        indexes=tuple(tuple(columns) for columns in meta.get("indexes", ())),
        description=(node.get("description") or "").strip(),
        column_descriptions={
            column["name"]: (column.get("description") or "").strip() for column in node.get("columns", {}).values()
        },
    )


def _key_columns(node: Mapping[str, Any], meta: Mapping[str, Any]) -> Iterator[str]:
    declared = meta.get("key")
    if declared:
        yield from [declared] if isinstance(declared, str) else declared
        return
    for constraint in node.get("constraints") or ():
        if constraint["type"] == "primary_key":
            yield from constraint.get("columns") or ()
            return
    for column in node.get("columns", {}).values():
        if any(constraint["type"] == "primary_key" for constraint in column.get("constraints") or ()):
            yield column["name"]


def register(warehouse: Warehouse, relations: Sequence[PublishedRelation]) -> None:
    """Keep in the warehouse which relations the latest build makes, so that publishing needs no files.

    A relation that is no longer among them stays, marked as not current; one that was never stored is forgotten.
    """
    with transaction(warehouse) as connection:
        connection.execute("update release.relations set is_current = false where is_current")
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into release.relations (schema_name, relation_name, kind, is_shared, key_columns, indexes,"
                " description, column_descriptions) values (%s, %s, %s, %s, %s, %s, %s, %s)"
                " on conflict (schema_name, relation_name) do update set kind = excluded.kind,"
                " is_shared = excluded.is_shared, key_columns = excluded.key_columns, indexes = excluded.indexes,"
                " description = excluded.description, column_descriptions = excluded.column_descriptions,"
                " is_current = true, registered_at = now()",
                [
                    (
                        relation.schema,
                        relation.name,
                        relation.kind,
                        relation.is_shared,
                        list(relation.key_columns),
                        Jsonb([list(columns) for columns in relation.indexes]),
                        relation.description,
                        Jsonb(dict(relation.column_descriptions)),
                    )
                    for relation in relations
                ],
            )
        connection.execute("delete from release.relations where not is_current and view_sha256 is null")


def registered(connection: Connection, *, is_current: bool = True) -> list[PublishedRelation]:
    """Read back the relations that the latest build makes (or, where not current, those that it no longer makes)."""
    rows = connection.execute(
        "select schema_name, relation_name, kind, is_shared, key_columns, indexes, description, column_descriptions"
        " from release.relations where is_current = %s order by schema_name, relation_name",
        [is_current],
    )
    return [
        PublishedRelation(
            schema=schema,
            name=name,
            kind=kind,
            is_shared=is_shared,
            key_columns=tuple(key),
            indexes=tuple(tuple(columns) for columns in indexes),
            description=description,
            column_descriptions=column_descriptions,
        )
        for schema, name, kind, is_shared, key, indexes, description, column_descriptions in rows
    ]
