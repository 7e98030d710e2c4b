"""Rows from a database as the files of a delivery, in the form that the contract agreed."""

from __future__ import annotations

import csv
import datetime
import hashlib
import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from csc_warehouse.contracts.model import Entity, SourceContract
from csc_warehouse.contracts.protocols import (
    ControlFileProtocol,
    ManifestFolderProtocol,
    ManifestZipProtocol,
    fill_date,
)
from csc_warehouse.sources.delivery import DeliveredFile
from csc_warehouse.sources.folder import delivered_file
from csc_warehouse.sources.replica_parquet import write_parquet

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Time of every member: the same rows give the same bytes."""


class DeliveryWriter:
    """Writes one delivery into a folder, entity by entity."""

    def __init__(
        self, folder: Path, contract: SourceContract, authority_code: str, business_date: datetime.date
    ) -> None:
        """Take an empty folder and whose delivery it is."""
        self._folder = folder
        self._contract = contract
        self._authority_code = authority_code
        self._business_date = business_date
        self._rows: dict[str, int] = {}

    def write(self, entity: Entity, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write one entity's file: UTF-8 with a byte order mark, as a database may hold any letter."""
        name = entity.file_name(self._business_date)
        if isinstance(self._contract.protocol, ManifestFolderProtocol):
            self._rows[name] = write_parquet(self._folder / name, entity, columns, rows)
            return
        line_end = "\r\n" if self._contract.text.dates == "day_first" else "\n"
        count = 0
        with (self._folder / name).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=self._contract.text.delimiter, lineterminator=line_end)
            writer.writerow(columns)
            for row in rows:
                writer.writerow(row)
                count += 1
        self._rows[name] = count

    def finish(self) -> tuple[DeliveredFile, ...]:
        """Write what says that the delivery is complete, and return its files."""
        protocol = self._contract.protocol
        if isinstance(protocol, ControlFileProtocol):
            self._write_control(protocol)
        elif isinstance(protocol, ManifestZipProtocol):
            self._pack(protocol)
        elif isinstance(protocol, ManifestFolderProtocol):
            files = [self._listed(name, count, _digest(self._folder / name)) for name, count in self._rows.items()]
            (self._folder / protocol.manifest).write_text(json.dumps(self._manifest(protocol, files)))
        return tuple(delivered_file(path) for path in sorted(self._folder.iterdir()))

    def _write_control(self, protocol: ControlFileProtocol) -> None:
        header = [protocol.name_column, protocol.count_column]
        stated: list[str] = []
        if self._contract.text.encoding != "utf-8-with-mark" and protocol.encoding_column is not None:
            header.append(protocol.encoding_column)
            stated.append("utf-8")
        path = self._folder / fill_date(protocol.control_file, self._business_date)
        with path.open("w", encoding="ascii", newline="") as file:
            writer = csv.writer(file, delimiter=self._contract.text.delimiter, lineterminator="\r\n")
            writer.writerow(header)
            writer.writerows([name, str(count), *stated] for name, count in self._rows.items())

    def _pack(self, protocol: ManifestZipProtocol) -> None:
        files: list[dict[str, Any]] = []
        path = self._folder / fill_date(protocol.file, self._business_date)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
            for name, count in self._rows.items():
                member = self._folder / name
                files.append(self._listed(name, count, _copy_into(archive, member)))
                member.unlink()
            archive.writestr(zipfile.ZipInfo(protocol.manifest, _EARLIEST), json.dumps(self._manifest(protocol, files)))

    @staticmethod
    def _listed(name: str, rows: int, sha256: str) -> dict[str, Any]:
        return {"name": name, "rows": rows, "sha256": sha256}

    def _manifest(
        self, protocol: ManifestZipProtocol | ManifestFolderProtocol, files: list[dict[str, Any]]
    ) -> dict[str, Any]:
        full = next(word for word, kind in protocol.extract_types.items() if kind == "full")
        return {
            "source": self._contract.source,
            "authority": self._authority_code,
            "business_date": self._business_date.isoformat(),
            "extract_type": full,
            "files": files,
        }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_into(archive: zipfile.ZipFile, path: Path) -> str:
    """Pack a file as a member and return its SHA-256."""
    digest = hashlib.sha256()
    info = zipfile.ZipInfo(path.name, _EARLIEST)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(info, "w") as member:
        while chunk := source.read(1024**2):
            digest.update(chunk)
            member.write(chunk)
    return digest.hexdigest()
