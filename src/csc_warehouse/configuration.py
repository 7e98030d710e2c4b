"""Reads the configuration file, and says in plain sentences what is wrong with each of its keys."""

from __future__ import annotations

import re
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo

from csc_warehouse.errors import UsageError, all_nearest, listed, nearest, offer

M = TypeVar("M", bound=BaseModel)
CODE = re.compile(r"[A-Z]\d{8}")
"""Form of an ONS code."""
AssetField = Literal[
    "asset",
    "kind",
    "column",
    "holds",
    "identifiability",
    "personal_data",
    "category",
    "special_category",
    "lawful_basis",
    "purpose",
    "recipients",
    "retention",
    "source",
    "read_by",
    "kept",
    "rows_estimated",
]
"""What a column of the asset register may hold."""
_DIGIT = re.compile(r"\d")
ONLY = "only"
"""Key of the table of authorities: true leaves those alone that the file names."""


class WeeklyConfig(BaseModel):
    """The weekly pack: what it says falls due, and whom its lists name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    due_soon_working_days: int = Field(default=5, ge=1, le=60)
    """Work that falls due within so many working days after the as-at day is due soon."""
    due_next_working_days: int = Field(default=10, ge=2, le=120)
    """Work that falls due after these and within so many is due next; more than due_soon_working_days."""
    names_on_lists: bool = False
    """Teams' lists, in the restricted area alone, hold children's names beside their numbers; of a child whose record
    is restricted never. Counts name nobody."""

    @model_validator(mode="after")
    def _check_windows(self) -> WeeklyConfig:
        if self.due_next_working_days <= self.due_soon_working_days:
            raise ValueError(
                f"due_next_working_days ({self.due_next_working_days}) has to be more than due_soon_working_days"
                f" ({self.due_soon_working_days})"
            )
        return self


class LineageConfig(BaseModel):
    """Where each night's OpenLineage events go once its pages are written; by default nowhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Path | None = None
    """File that they are appended to, one JSON object a line and each once; None: none is written."""
    url: SecretStr | None = None
    """http or https address that each is POSTed to, for example a Marquez server's /api/v1/lineage; it may hold a
    secret, and so never stands in a log. None: nothing is sent."""
    timeout_seconds: float = Field(default=10, gt=0)
    """How long that server may be silent."""


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of the file; raise UsageError naming it when it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise UsageError(f"The configuration file {path} does not exist: correct CSC_WAREHOUSE_CONFIG.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The configuration file {path} is not in UTF-8: save it as UTF-8 and run again.") from error
    except OSError as error:
        raise UsageError(
            f"The configuration file {path} cannot be read: {error.strerror}. Correct it, or CSC_WAREHOUSE_CONFIG."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"The configuration file {path} is not valid TOML: {error}. Correct it and run again."
        ) from error


def validated(content: Mapping[str, Any], model: type[M], path: Path) -> M:
    """Return the content as a model; raise UsageError with one sentence for each key that is wrong, naming the file."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        # where a value may be of several kinds one fault comes as several: a key is named once
        sentences = {_key(fault["loc"]): _sentence(model, fault) for fault in error.errors(include_url=False)}
        raise wrong(path, list(sentences.values())) from error


def wrong(path: Path, sentences: list[str]) -> UsageError:
    """Return the error that names a file and each fault of it."""
    return UsageError(f"The configuration file {path} cannot be used: {' '.join(sentences)}")


def with_default_authorities(
    content: Mapping[str, Any], defaults: Mapping[str, Mapping[str, Any]], names: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """Lay the authorities of a file over the defaults, and return its content with the sentences of what is wrong.

    An entry keeps the defaults of keys that it does not name, and the authorities that the file does not name stay;
    `only = true` in the table leaves the named ones alone. names: as code_fault takes them.
    """
    given = content.get("authorities")
    if not isinstance(given, dict):
        return dict(content), []
    entries = {code: entry for code, entry in given.items() if code != ONLY}
    faults = []
    if not isinstance(given.get(ONLY, False), bool):
        faults.append(f"authorities.{ONLY} must be true or false, and is {given[ONLY]!r}.")
    for code, entry in entries.items():
        if not CODE.fullmatch(code):
            faults.append(f"authorities.{code}: {code_fault(code, names)}")
        elif code not in defaults and isinstance(entry, dict) and "name" not in entry:
            faults.append(f"authorities.{code}.name is needed for another authority: {code_fault(code, names)}")
    start = {} if given.get(ONLY) is True else {code: dict(entry) for code, entry in defaults.items()}
    laid = {
        code: {**defaults.get(code, {}), **entry} if isinstance(entry, dict) else entry
        for code, entry in entries.items()
    }
    return {**content, "authorities": {**start, **laid}}, faults


def code_fault(given: str, names: Mapping[str, str]) -> str:
    """Return what is wrong with the code of an authority that is none of those known, and which was meant.

    names: by ONS code, and names in Welsh by code and language (`W06000005 cy`).
    """
    given = given or '""'
    by_name = {name: key.split()[0] for key, name in names.items()}
    meant = nearest(given, by_name)
    if meant is not None:
        return f"{given} is no ONS code: {by_name[meant]} is {meant}."
    codes = sorted(set(by_name.values()))
    near = all_nearest(given, codes) if len(_DIGIT.findall(given)) >= 5 else []
    if near:
        which = "the nearest code is" if len(near) == 1 else "the nearest codes are"
        return f"{given} is none of the authorities in use; {which} {listed(f'{c} ({names[c]})' for c in near)}."
    return f"{given} is no ONS code of an authority in use: there is {listed(f'{c} ({names[c]})' for c in codes)}."


def keys(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, type[BaseModel], str, FieldInfo]]:
    """Yield every key that a file may have, dotted, with the model and the field that it is of.

    NAME stands where the file names something itself, such as an authority's code, and [] behind a list of tables.
    """
    for name, field in model.model_fields.items():
        inner = _model_in(field.annotation)
        entry = _model_in(_below(field.annotation, "NAME")) if inner is None else None
        if inner is not None:
            yield from keys(inner, f"{above}{name}.")
        elif entry is not None:
            is_list = any(typing.get_origin(choice) in (tuple, list) for choice in _choices(field.annotation))
            yield from keys(entry, f"{above}{name}[]." if is_list else f"{above}{name}.NAME.")
        else:
            yield f"{above}{name}", model, name, field


def _sentence(model: type[BaseModel], fault: Any) -> str:
    """Say of one fault that pydantic found which key it is, and what would be right."""
    location, kind = fault["loc"], fault["type"]
    key = _key(location)
    if location[-1] == "[key]":
        return f"{key} is not known: {offer(str(location[-2]), _WORD.findall(fault['ctx']['expected']))}"
    if kind == "extra_forbidden":
        return _unknown(model, key, location)
    if kind == "missing":
        return f"{key} is needed and not given."
    if kind not in _WANTED:
        return f"{key} is wrong: {str(fault['msg']).removeprefix('Value error, ').rstrip('.')}."
    given = "" if _is_secret(model, location) else f", and is {_shown(fault['input'])}"
    return f"{key} must be {_WANTED[kind](fault.get('ctx', {}))}{given}."


def _unknown(model: type[BaseModel], key: str, location: tuple[int | str, ...]) -> str:
    """Say of a key that is not known which is nearest: beside it, or of that name in another table."""
    parent, name = key.rpartition(".")[0], str(location[-1])
    beside = {n: f"{parent}.{n}" if parent else n for n in _keys_at(model, location[:-1])}
    meant = nearest(name, beside)
    elsewhere = {found.rpartition(".")[2]: found for found, *_ in keys(model)}
    if meant is None and (other := nearest(name, elsewhere)) is not None:
        return f"{key} is not known: did you mean {elsewhere[other]}?"
    return f"{key} is not known: {f'did you mean {beside[meant]}?' if meant else offer(name, beside.values())}"


_WORD = re.compile(r"'([^']*)'")
_WANTED: dict[str, Any] = {
    "greater_than": lambda c: f"more than {c['gt']:g}",
    "greater_than_equal": lambda c: f"at least {c['ge']:g}",
    "less_than": lambda c: f"less than {c['lt']:g}",
    "less_than_equal": lambda c: f"at most {c['le']:g}",
    "literal_error": lambda c: f"one of {c['expected']}",
    "float_type": lambda _: "a number",
    "float_parsing": lambda _: "a number",
    "finite_number": lambda _: "a finite number",
    "int_type": lambda _: "a whole number",
    "int_parsing": lambda _: "a whole number",
    "int_parsing_size": lambda _: "a smaller whole number",
    "int_from_float": lambda _: "a whole number",
    "bool_type": lambda _: "true or false",
    "bool_parsing": lambda _: "true or false",
    "string_type": lambda _: "text in quotes",
    "string_too_short": lambda _: "text that is not empty",
    "path_type": lambda _: "a path in quotes",
    "date_type": lambda _: "a date, as 2018-05-21",
    "date_parsing": lambda _: "a date, as 2018-05-21",
    "date_from_datetime_parsing": lambda _: "a date, as 2018-05-21",
    "date_from_datetime_inexact": lambda _: "a date without a time, as 2018-05-21",
    "tuple_type": lambda _: 'a list, as ["one", "two"]',
    "list_type": lambda _: 'a list, as ["one", "two"]',
    "dict_type": lambda _: "a table of keys and values",
    "model_type": lambda _: "a table of keys and values",
    "model_attributes_type": lambda _: "a table of keys and values",
}
"""What a value must be, by the type of pydantic's fault."""


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else "a longer text"


def _key(location: tuple[int | str, ...]) -> str:
    """Return a place as a dotted key; of a list the entry's number."""
    named = [str(part) for part in location if isinstance(part, str) and part != "[key]"]
    places = [part + 1 for part in location if isinstance(part, int)]
    return ".".join(named) + "".join(f" (entry {place})" for place in places)


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    at: Any = model
    for part in location:
        at = _below(at, part)
    found = _model_in(at)
    return list(found.model_fields) if found else []


def _is_secret(model: type[BaseModel], location: tuple[int | str, ...]) -> bool:
    at: Any = model
    for part in location:
        at = _below(at, part)
    return at is SecretStr or SecretStr in typing.get_args(at)


def _below(annotation: Any, part: int | str) -> Any:
    """Return the type of what lies at a key or place of a type; None where that cannot be said."""
    found = _model_in(annotation)
    if found is not None:
        field = found.model_fields.get(str(part))
        return field.annotation if field else None
    for choice in _choices(annotation):
        arguments = typing.get_args(choice)
        if typing.get_origin(choice) is dict:
            return arguments[1]
        if typing.get_origin(choice) in (tuple, list):
            return arguments[0]
    return None


def _choices(annotation: Any) -> tuple[Any, ...]:
    is_union = isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union
    return typing.get_args(annotation) if is_union else (annotation,)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    return next((c for c in _choices(annotation) if isinstance(c, type) and issubclass(c, BaseModel)), None)
