"""What landing would say of a delivery, without landing it: by the same verification, readers and guards."""

from __future__ import annotations

import datetime
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.contracts.protocols import (
    ControlFileProtocol,
    LooseFilesProtocol,
    ManifestFolderProtocol,
    ManifestZipProtocol,
    date_in_name,
    digits_of,
)
from csc_warehouse.contracts.sheets import SheetLimits
from csc_warehouse.errors import shown
from csc_warehouse.landing.judging.business_date import misdated
from csc_warehouse.landing.judging.guards import require_readable
from csc_warehouse.landing.reading.entity_rows import EntityRows, read_entity
from csc_warehouse.landing.reading.rows import RowRules
from csc_warehouse.landing.recording.erased_ids import ErasedIds
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.verifying.delivery import Verifier
from csc_warehouse.landing.verifying.zip_manifest import parse_manifest, read_manifest
from csc_warehouse.landing.verifying.zip_safety import open_zip
from csc_warehouse.settings import LandingConfig, Settings
from csc_warehouse.sources.delivery import DeliveredFile, Delivery
from csc_warehouse.sources.delivery_folders import AUTHORITY_FOLDER, Strays, files_of, return_date, separate_returns
from csc_warehouse.sources.folder import LocalTree, delivered_file


def try_landing(path: Path, contract: SourceContract, settings: Settings) -> tuple[list[str], bool]:
    """Return what landing would say of the delivery at a folder or zip, and whether it would refuse it.

    What only the history shows (a loss of rows, the door's verdict) is left out. A single text file is no delivery, and
    nothing is said of it.
    """
    strays = Strays()
    is_refused = False
    deliveries = _deliveries(path, contract, settings, strays)
    sentences = strays.sentences()
    for delivery in deliveries:
        try:
            sentences += _said(delivery, contract, settings)
        except Refusal as refusal:
            sentences.append(refusal.sentence(delivery))
            is_refused = True
        except NotThereYet as finding:
            sentences.append(f"{delivery.label} is not there yet: {finding}.")
    return sentences, is_refused


def _said(delivery: Delivery, contract: SourceContract, settings: Settings) -> list[str]:
    limits = settings.config.landing
    refusal = misdated(delivery, limits)
    if refusal is not None:
        raise refusal
    verifier = Verifier(delivery, contract, limits)
    verified = verifier.verify()
    is_return = verified.kind == "return"
    loaded: list[EntityRows] = []
    for file in verified.entity_files:
        rules = RowRules.of(
            contract.with_encoding(file.encoding),
            file.entity,
            delivery.authority_code,
            delivery.business_date,
            longest_field=limits.maximum_field_characters,
        )
        nobody = ErasedIds(contract, delivery.authority_code)
        sheet_limits = SheetLimits(limits.maximum_sheet_rows, limits.maximum_sheet_columns)
        loaded.append(
            read_entity(file, rules, nobody, is_return=is_return, with_measures=False, sheet_limits=sheet_limits)
        )
    require_readable(loaded, limits, is_return=is_return)
    notices = [*verified.notices, *(notice for entity in loaded for notice in entity.notices)]
    return notices + [sentence for entity in loaded for sentence in _quarantined(entity)]


def _quarantined(entity: EntityRows) -> list[str]:
    """Return for each reason for which rows of a file would go to quarantine a sentence with the first such row."""
    counts = Counter((row.problem.reason_code, row.problem.column_name) for row in entity.quarantined)
    first = {(row.problem.reason_code, row.problem.column_name): row for row in reversed(list(entity.quarantined))}
    return [
        f"{shown(entity.file.file_name)}: {count} of {entity.row_count} rows would go to quarantine as {code}"
        f" (the first is record {first[code, column].record_number}: {first[code, column].problem.reason}"
        f"{'' if column is None else f', in {shown(column)}'})."
        for (code, column), count in counts.items()
    ]


def _deliveries(path: Path, contract: SourceContract, settings: Settings, strays: Strays) -> list[Delivery]:
    folder = path if path.is_dir() else path.parent
    tree = LocalTree(str(folder))
    files = tuple(files_of(tree.entries(str(folder)), strays) if path.is_dir() else [delivered_file(path)])
    protocol = contract.protocol
    if isinstance(protocol, LooseFilesProtocol):
        day = _day(folder.absolute().name)
        found: list[tuple[str, tuple[DeliveredFile, ...], str | None]] = [
            (entity.name, tuple(its), return_date(entity.file, its[0].name))
            for entity in contract.entities.values()
            for its in separate_returns(
                entity.file,
                [file for file in files if return_date(entity.file, file.name)],
                "" if day is None else digits_of(day),
            )
        ]
        found.sort(key=lambda each: each[1][0].name)
    elif isinstance(protocol, ManifestFolderProtocol):
        if not path.is_dir():
            return []
        found = [("all", files, _stated(files, protocol).get("business_date"))]
    else:
        pattern = protocol.control_file if isinstance(protocol, ControlFileProtocol) else protocol.file
        named = [digits for file in files if (digits := date_in_name(pattern, file.name))]
        if not named and not path.is_dir():
            return []
        found = [("all", files, named[0] if named else None)]
    authority = settings.config.home_authority
    if contract.authority == "folder":
        above = (part.name for part in (folder.absolute(), *folder.absolute().parents))
        authority = next(filter(AUTHORITY_FOLDER.match, above), "") or _stated_authority(files, contract) or authority
    deliveries = []
    for name, its, digits in found:
        day = _day(folder.absolute().name) or _day(digits or "")
        if day is not None:
            deliveries.append(Delivery(contract.source, authority, name, day, str(folder), its))
    return deliveries


def _stated_authority(files: tuple[DeliveredFile, ...], contract: SourceContract) -> str:
    """Return the authority that a manifest states; blank where it cannot be read."""
    protocol = contract.protocol
    if isinstance(protocol, ManifestFolderProtocol):
        return str(_stated(files, protocol).get("authority", ""))
    for file in files:
        if isinstance(protocol, ManifestZipProtocol) and date_in_name(protocol.file, file.name):
            try:
                with open_zip(Path(file.path), LandingConfig()) as archive:
                    return str(read_manifest(archive, protocol, file.name, LandingConfig())["authority"])
            except (Refusal, NotThereYet):
                return ""
    return ""


def _stated(files: tuple[DeliveredFile, ...], protocol: ManifestFolderProtocol) -> dict[str, Any]:
    """Return what the manifest of a folder states; nothing where it cannot be read, which landing says."""
    for file in files:
        if file.name == protocol.manifest and file.size <= LandingConfig().maximum_control_bytes:
            with suppress(Refusal):
                return parse_manifest(Path(file.path).read_bytes(), protocol)
    return {}


def _day(text: object) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(str(text))
    except ValueError:
        return None
