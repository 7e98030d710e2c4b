"""In which form a source delivers, and how the names of its files are read; deliveries.md sections 1 and 8."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Encoding = Literal["windows-1252", "utf-8-with-mark", "utf-8-or-windows-1252"]
DeliveryKind = Literal["full", "delta"]
DATE_PLACE = "{yyyymmdd}"


class ContractModel(BaseModel):
    """The base of every contract model: an unknown key is a mistake in the contract, not something to skip."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ControlFileProtocol(ContractModel):
    """A folder per business date whose control file arrives last and counts the rows of each file."""

    kind: Literal["control_file"]
    control_file: str
    name_column: str
    count_column: str
    encoding_column: str | None = None
    """Column that may state another encoding than the contract's for a file: `utf-8`, with a byte order mark."""


class _Manifested(ContractModel):
    manifest: str
    extract_types: dict[str, DeliveryKind] = {"full": "full", "delta": "delta"}
    """What a manifest may state as the type of its extract, and which kind of delivery that is."""

    @model_validator(mode="after")
    def _check_extract_types(self) -> _Manifested:
        if "full" not in self.extract_types.values():
            raise ValueError("no extract type is a full one: what has vanished could never be told")
        return self


class ManifestZipProtocol(_Manifested):
    """A folder per authority and business date with one zip that holds a manifest."""

    kind: Literal["manifest_zip"]
    file: str


class ManifestFolderProtocol(_Manifested):
    """A folder per authority and business date with a Parquet file for each entity, and a manifest of them."""

    kind: Literal["manifest_folder"]


class LooseFilesProtocol(ContractModel):
    """A folder per business date with any subset of files, each its own delivery."""

    kind: Literal["loose_files"]


Protocol = Annotated[
    ControlFileProtocol | ManifestZipProtocol | ManifestFolderProtocol | LooseFilesProtocol,
    Field(discriminator="kind"),
]


def fill_date(pattern: str, business_date: datetime.date) -> str:
    """Return a file name for a business date from its pattern."""
    return pattern.replace(DATE_PLACE, digits_of(business_date))


def digits_of(business_date: datetime.date) -> str:
    """Return a date as file names hold it, in eight digits; %Y gives a year of fewer digits as it is."""
    return business_date.isoformat().replace("-", "")


def date_in_name(pattern: str, file_name: str) -> str | None:
    """Return the eight digits at the date's place of a file name, or None where the name is not of the pattern.

    Names are compared without regard to case, as file systems of councils do.
    """
    before, _, after = pattern.partition(DATE_PLACE)
    expression = f"{re.escape(before)}([0-9]{{8}}){re.escape(after)}"
    match = re.fullmatch(expression, file_name, re.IGNORECASE)
    return match.group(1) if match else None
