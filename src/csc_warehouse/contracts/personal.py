"""Which columns hold personal data, as tags: of what category, on what basis, for what, for whom, how long, from where.

One form for the contracts of the sources (`personal.yml` beside their entities), for dbt's models (`personal_data` in
`meta`) and for the tables that neither makes. What is said once holds for all that lies below it: the tag of a column
is laid over that of its relation, and that over the defaults.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from csc_warehouse.errors import UsageError, offer

CATEGORIES_FILE = Path(__file__).parent / "personal_categories.yml"
TEXTS = ("lawful_basis", "purpose", "recipients", "retention", "source")
"""What a tag says beside its category."""
LOOKS_PERSONAL = re.compile(
    r"name|birth|\bdob\b|_dob|dob_|death|postcode|address|phone|e?mail(_|$)|\bupn\b|nhs|nino|ethnic|disab|restricted"
    r"|(^|_)(id|no|key|keys|ref|reference|guid|upn)$|(person|client|user|family|master|subordinate|record|form|plan"
    r"|review|protection|episode|health|move|result|check|spell|prevention|contact|incident|placement|period)id$"
    r"|47id$|legacyid|personnumber|worker|user|owner|(^|_)by$|reason|text|note|comment|sentence|evidence|raw_|said$"
)
"""Names of columns in which a person may be meant: names, birth, address, free text, numbers of a source, workers."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Category(_Part):
    """One kind of personal data."""

    title: str
    is_special: bool = Field(False, alias="special")


class Tag(_Part):
    """All that the asset register says of a column that holds personal data."""

    category: str
    lawful_basis: str
    purpose: str
    recipients: str
    retention: str
    source: str


class Texts(_Part):
    """What may be said for all columns at once."""

    lawful_basis: str | None = None
    purpose: str | None = None
    recipients: str | None = None
    retention: str | None = None
    source: str | None = None


def _short_form(value: Any) -> Any:
    """Accept a category by itself."""
    return {"category": value} if isinstance(value, str) else value


class ColumnTag(Texts):
    """What is said of a column: its category, or why it holds no personal data."""

    category: str | None = None
    none: str | None = Field(None, min_length=1)
    """Why there is nothing personal in it."""

    @model_validator(mode="after")
    def _check_category(self) -> ColumnTag:
        if self.category is not None and self.none is not None:
            raise ValueError("it has a category, and a reason why it holds no personal data: give one of them")
        if self.category is not None and self.category not in categories():
            raise ValueError(f"there is no category {self.category}: {offer(self.category, sorted(categories()))}")
        return self


ShortColumnTag = Annotated[ColumnTag, BeforeValidator(_short_form)]


class RelationTag(ColumnTag):
    """What is said of a relation: what holds for every column that it does not name."""

    columns: dict[str, ShortColumnTag] = {}

    @model_validator(mode="after")
    def _check_columns(self) -> RelationTag:
        empty = sorted(name for name, tag in self.columns.items() if tag.category is None and tag.none is None)
        if empty:
            raise ValueError(f"column {empty[0]} has neither a category nor a reason (`none`) why it needs none")
        return self


class PersonalData(_Part):
    """The tags of several relations: of a source's entities, of a layer's models, of the warehouse's own tables."""

    defaults: Texts = Texts()
    columns: dict[str, ShortColumnTag] = {}
    """What holds for columns of a name in whatever relation that does not name them itself."""
    relations: dict[str, Annotated[RelationTag, BeforeValidator(_short_form)]] = {}

    @model_validator(mode="after")
    def _check_tags(self) -> PersonalData:
        for name, relation in self.relations.items():
            if relation.category is None and relation.none is None:
                raise ValueError(f"{name} has neither a category nor a reason (`none`) why it needs none")
            for column in ("", *relation.columns):
                self.tag(name, column)
        return self

    def tag(self, relation: str, column: str) -> Tag | None:
        """Return the tag of a column; None: it holds no personal data, or nothing is said of its relation.

        Raises ValueError where a part of it is said nowhere.
        """
        if relation not in self.relations:
            return None
        whole = self.relations[relation]
        own = whole.columns.get(column) or self.columns.get(column)
        said = own or whole
        if said.category is None:
            return None
        texts: dict[str, str] = {}
        for text in TEXTS:
            found = next((v for part in (own, whole, self.defaults) if part and (v := getattr(part, text))), None)
            if found is None:
                where = f"{relation}.{column}" if column else relation
                raise ValueError(f"{where} is of the category {said.category} and has no {text}")
            texts[text] = " ".join(found.split())
        return Tag(category=said.category, **texts)

    def is_named(self, relation: str, column: str) -> bool:
        """Tell whether something is said of this very column, and not only of all columns of its relation."""
        return relation in self.relations and (column in self.relations[relation].columns or column in self.columns)

    def untagged(self, columns: Mapping[str, Mapping[str, bool]]) -> list[str]:
        """Return the columns that look personal and carry no tag of their own, as relation.column.

        columns: by relation and name, whether more than the name says that it is personal (an id, free text).
        """
        return [
            f"{relation}.{column}"
            for relation, found in columns.items()
            for column, is_personal in found.items()
            if (is_personal or LOOKS_PERSONAL.search(column)) and not self.is_named(relation, column)
        ]


@cache
def categories() -> dict[str, Category]:
    """Return the categories of personal data by code."""
    content = yaml.safe_load(CATEGORIES_FILE.read_text(encoding="utf-8"))
    return {code: Category.model_validate(given) for code, given in content.items()}


def read_tags(content: Any, where: str) -> PersonalData:
    """Return tags from what a file holds. Raises UsageError, naming the file and the key, where they break a rule."""
    try:
        return PersonalData.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"The personal data of {where} are wrong at {key or 'their top'}: {first['msg']}.") from error
