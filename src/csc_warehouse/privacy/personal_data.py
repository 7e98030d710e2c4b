"""What is said of the personal data in every relation: by contracts, by dbt's models, by the tables' own list.

One question is answered: what tag does this column of that relation carry. A stored release of a relation carries what
the relation carries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.personal import TEXTS, PersonalData, Tag, categories, read_tags
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import Settings, shipped

OWN_TABLES = Path(__file__).parent / "personal_data.yml"
LANDING_ROWS, RELEASE_ROWS = "landing rows", "release rows"
"""Under these names the tables' own list speaks of what landing and publication add to every table."""
CANDIDATE = "_candidate"
LAYERS = {
    "staging": ("staging",),
    "intermediate": ("intermediate",),
    "marts": ("marts", "indicators"),
    "reporting": ("marts", "reporting"),
    "restricted": ("marts", "restricted"),
}
"""Folder of models whose tags hold for a relation of a schema that this version ships no model of: a council's own."""


@dataclass(frozen=True)
class Tags:
    """The tags of all relations: of the sources' rows, of dbt's models, of the warehouse's own tables."""

    rows: Mapping[str, PersonalData]
    """By name of the table in landing."""
    models: PersonalData
    layers: PersonalData
    """What holds for models that this version does not ship, by schema."""
    tables: PersonalData

    @classmethod
    def load(cls, settings: Settings) -> Tags:
        """Read all tags. Raises UsageError, naming the file, where they break a rule."""
        contracts = load_contracts(settings.config.sources)
        rows = {
            f"{contract.source}_{entity}": PersonalData(
                defaults=contract.personal_data.defaults,
                columns=contract.personal_data.columns,
                relations={f"{contract.source}_{entity}": tagged},
            )
            for contract in contracts.values()
            for entity, tagged in contract.personal_data.relations.items()
        }
        models, layers = of_models(shipped("dbt_project"))
        tables = read_tags(yaml.safe_load(OWN_TABLES.read_text(encoding="utf-8")), OWN_TABLES.name)
        return cls(rows, models, layers, tables)

    def tag(self, schema: str, relation: str, column: str) -> Tag | None:
        """Return the tag of a column of the database; None: it holds no personal data."""
        named, key = self._of(schema, relation, column)
        if key == LANDING_ROWS and self.rows[relation].relations[relation].category is None:
            # the key of a post or a heading leads to nobody
            return None
        return named.tag(key, column)

    def terms(self, rows: Iterable[str]) -> list[list[str]]:
        """Return the terms on which these tables of landing hold personal data: one row per category and terms.

        Grain: title of the category, then lawful basis, purpose, recipients, retention and source.
        """
        found = {
            (categories()[tag.category].title, *(getattr(tag, name) for name in TEXTS))
            for table in rows
            for column in ("", *self.rows[table].relations[table].columns)
            if (tag := self.rows[table].tag(table, column)) is not None
        }
        return [list(row) for row in sorted(found)]

    def is_spoken_of(self, schema: str, relation: str) -> bool:
        """Tell whether anything is said of a relation."""
        named, key = self._of(schema, relation, "")
        return key in named.relations

    def untagged(self, columns: Mapping[tuple[str, str], list[str]]) -> list[str]:
        """Return the columns of the database that look personal and of which nothing is said, schema and all.

        columns: by schema and relation.
        """
        found = []
        for (schema, relation), names in columns.items():
            for column in names:
                named, key = self._of(schema, relation, column)
                if not self.is_spoken_of(schema, relation) or named.untagged({key: {column: False}}):
                    found.append(f"{schema}.{relation}.{column}")
        return found

    def _of(self, schema: str, relation: str, column: str) -> tuple[PersonalData, str]:
        """Return the tags that speak of a column, and the name under which they speak of its relation."""
        if schema == "release" and "__" in relation and f"{schema}.{relation}" not in self.tables.relations:
            if column in _ADDED_BY_RELEASES:
                return self.tables, RELEASE_ROWS
            # a relation's storage is named by its schema and its name
            schema, relation = relation.split("__", 1)
        schema = schema.removesuffix(CANDIDATE)
        if f"{schema}.{relation}" in self.tables.relations:
            return self.tables, f"{schema}.{relation}"
        if schema == "landing" and relation in self.rows:
            is_added = column in _ADDED_BY_LANDING
            return (self.tables, LANDING_ROWS) if is_added else (self.rows[relation], relation)
        if column == "release_id":
            return self.tables, RELEASE_ROWS
        if relation in self.models.relations:
            return self.models, relation
        return (self.layers, schema) if schema in self.layers.relations else (self.models, relation)


_ADDED_BY_RELEASES = frozenset({"release_id", "from_release_id", "to_release_id", "row_hash"})
_ADDED_BY_LANDING = frozenset(
    {"authority_code", "valid_from_date", "valid_to_date", "delivery_id", "record_number", "row_key", "row_hash"}
)


def of_models(project: Path) -> tuple[PersonalData, PersonalData]:
    """Return the tags of a dbt project's models, and those of the layers, from `meta` of dbt_project.yml.

    What is said of a folder holds for its models; seeds are lists of the council's or the nation's, and of no person.
    """
    path = project / "dbt_project.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    tree = content["models"][content["name"]]
    models = {
        model.stem: _laid_over(tree, model.relative_to(project / "models").with_suffix("").parts)
        for model in (project / "models").rglob("*.sql")
    }
    of_a_list = {"none": "a list of the nation's or the council's"}
    seeds = {seed.stem: _over(_laid_over(tree, ()), of_a_list) for seed in (project / "seeds").glob("*.csv")}
    layers = {schema: _laid_over(tree, folders) for schema, folders in LAYERS.items()}
    folders = {folder.name for folder in (project / "models").rglob("*") if folder.is_dir()}
    unknown = sorted(set(_names(tree)) - set(models) - folders)
    if unknown:
        raise UsageError(f"{path} speaks of {unknown[0]}, which is no model and no folder of models.")
    return read_tags({"relations": models | seeds}, path.name), read_tags({"relations": layers}, path.name)


def _laid_over(tree: Mapping[str, Any], folders: tuple[str, ...]) -> dict[str, Any]:
    """Return what is said of a model or folder: what is said nearest to it, over what is said above it."""
    said = _said(tree)
    for folder in folders:
        tree = tree.get(folder) or {}
        said = _over(said, _said(tree))
    return said


def _said(level: Mapping[str, Any]) -> dict[str, Any]:
    return dict((level.get("+meta") or {}).get("personal_data") or {})


def _over(said: Mapping[str, Any], nearer: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one level over another; a category takes the place of a reason why there is none, and the reverse."""
    whole = {**said, **nearer, "columns": {**said.get("columns", {}), **nearer.get("columns", {})}}
    if "none" in nearer:
        whole.pop("category", None)
    elif "category" in nearer:
        whole.pop("none", None)
    return whole


def _names(tree: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of folders and models of which dbt_project.yml speaks."""
    for name, below in tree.items():
        if not name.startswith("+") and isinstance(below, dict):
            yield name
            yield from _names(below)
