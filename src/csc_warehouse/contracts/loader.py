"""Loading contracts: YAML in, one validated object per source out."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.errors import UsageError, offer

DIRECTORY = Path(__file__).parent
FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader in C, where it was built: a tenth of the time, with the same outcome."""


def load_contract(source: str, directory: Path | None = None) -> SourceContract:
    """Read and check the contract of one source: every YAML file of its folder, taken together.

    Raises UsageError with file and key where it breaks a rule.
    """
    directory = directory or DIRECTORY
    folder = directory / source
    files = sorted(folder.glob("*.yml"))
    if not files:
        there = sorted(path.parent.name for path in directory.glob("*/source.yml"))
        raise UsageError(
            f"There is no contract for the source {source} (`sources` of the configuration): {offer(source, there)}"
            f" A new one begins with {folder}/source.yml."
        )
    content: dict[str, Any] = {}
    for path in files:
        for key, value in _read(path).items():
            if key in content:
                raise UsageError(f"The contract of {source} has the key {key} in two files; {path.name} is the second.")
            content[key] = value
    try:
        return _build(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"The contract of {source} is wrong at {key or 'its top'}: {first['msg']}.") from error


def load_contracts(sources: tuple[str, ...], directory: Path | None = None) -> dict[str, SourceContract]:
    """Read the contracts of the sources in use, in the order given.

    Raises UsageError where one is missing or breaks a rule.
    """
    return {source: _cached(source, directory or DIRECTORY) for source in sources}


@cache
def _cached(source: str, directory: Path) -> SourceContract:
    return load_contract(source, directory)


def contract_digest(contract: SourceContract) -> str:
    """Return the SHA-256 of a contract's meaning: a refused delivery is tried again once its contract has changed."""
    # what the asset register and checks say of a column changes nothing about how it is read
    meaning = contract.model_dump_json(exclude={"personal_data", "holds"})
    return hashlib.sha256(meaning.encode()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=FAST_LOADER)  # noqa: S506  (a safe one)
    except yaml.YAMLError as error:
        raise UsageError(f"The contract file {path} is not valid YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(content, dict):
        raise UsageError(f"The contract file {path} must hold keys and values.")
    return content


def _build(content: dict[str, Any]) -> SourceContract:
    """Spread the columns that all entities share, then validate.

    They come first, so that the columns that an entity gains later stand at its end.
    """
    shared = content.pop("common_columns", {})
    entities = content.get("entities")
    if isinstance(entities, dict):
        content["entities"] = {
            name: {**entity, "name": name, "columns": {**shared, **entity.get("columns", {})}}
            if isinstance(entity, dict) and isinstance(entity.get("columns", {}), dict)
            else entity
            for name, entity in entities.items()
        }
    return SourceContract.model_validate(content)
