"""Trust in a zip with a manifest: safe members, the manifest's word on each, and hashes (deliveries.md 3, 6, 7)."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from csc_warehouse.contracts.model import ManifestZipProtocol, date_in_name
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.scan import FileScan, require_encoding, scan
from csc_warehouse.landing.verify import (
    MAXIMUM_CONTROL_BYTES,
    ArrivedFile,
    EntityFile,
    Verified,
    Verifier,
    leaves_folder,
    parse_date,
    require_plain_name,
)
from csc_warehouse.settings import LandingConfig

_ENCRYPTED = 0x1
_SMALL_MEMBER = 1024**2
"""Bytes; the ratio of a smaller member says nothing, an empty table of commas packs well."""
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def verify_zip(verifier: Verifier, protocol: ManifestZipProtocol) -> Verified:
    """Return the verified delivery of a zip.

    Raises Refusal with the first reason not to trust it.
    """
    zips = [file for file in verifier.delivery.files if date_in_name(protocol.file, file.name)]
    if not zips:
        raise NotThereYet(f"the zip of {verifier.delivery.label} has gone")
    for file in zips:
        verifier.require_date(date_in_name(protocol.file, file.name) or "", file.name)
    if len(zips) != 1:
        raise Refusal(f"has {len(zips)} zips", code="unreadable_zip")
    path = Path(zips[0].path)
    with open_zip(path) as archive:
        require_safe(archive, path.name, verifier.limits)
        manifest = _read_manifest(archive, protocol, path.name)
    verifier.kind = manifest["extract_type"]
    _require_agreement(verifier, manifest, path.name)
    scans = member_scans(path, verifier)
    if scans is None:
        raise Refusal("does not unpack", file_name=path.name, code="unreadable_zip")
    outer = verifier.scan_path(path)
    verified = Verified(manifest["extract_type"], [], [ArrivedFile(path.name, path, outer.sha256, outer.size)])
    for file in verifier.delivery.files:
        if file.name != path.name:
            verified.notices.append(f"{file.name} is no part of the delivery: it was ignored.")
    _verify_members(verifier, protocol, manifest, path, scans, verified)
    return verified


def open_zip(path: Path) -> zipfile.ZipFile:
    """Open a zip. Raises Refusal where it does not open, NotThereYet where it has gone."""
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise NotThereYet(f"{path.name} has gone") from error
    except PermissionError as error:
        remedy = "let the warehouse's account read it"
        raise Refusal("may not be read", file_name=path.name, remedy=remedy, code="no_permission") from error
    except _BROKEN as error:
        raise Refusal(
            "does not open as a zip: it is cut off or damaged, and its size no longer changes",
            file_name=path.name,
            code="unreadable_zip",
        ) from error


def require_safe(archive: zipfile.ZipFile, file_name: str, limits: LandingConfig) -> None:
    """Check every member, listed or not. Raises Refusal for a path that leaves, a double, a secret or a bomb."""
    seen: set[str] = set()
    for number, info in enumerate(archive.infolist(), start=1):
        # the name as packed: the library itself would bend it into a harmless one
        if leaves_folder(info.orig_filename) or leaves_folder(info.filename):
            # the path itself is not for a log: what it holds is the sender's
            reason = f"holds a member whose path leaves the folder (number {number} of {len(archive.infolist())})"
            raise Refusal(reason, file_name=file_name, code="unsafe_path")
        if info.filename.lower() in seen:
            raise Refusal("holds two members of one name", file_name=file_name, code="unreadable_zip")
        seen.add(info.filename.lower())
        if info.flag_bits & _ENCRYPTED:
            raise Refusal("holds an encrypted member", file_name=file_name, code="unreadable_zip")
        if info.file_size > limits.maximum_member_bytes:
            raise Refusal(
                f"holds a member larger than {limits.maximum_member_bytes} bytes", file_name=file_name, code="too_large"
            )
        ratio = info.file_size / max(info.compress_size, 1)
        if info.file_size > _SMALL_MEMBER and ratio > limits.maximum_compression_ratio:
            reason = f"holds a member that unpacks to more than {limits.maximum_compression_ratio:g} times its size"
            raise Refusal(reason, file_name=file_name, code="too_large")


def member_scans(path: Path, verifier: Verifier) -> dict[str, FileScan] | None:
    """Hash every member once; None where the zip does not open, is unsafe, or does not unpack."""
    known = verifier.zip_scans
    if known is None:
        try:
            with open_zip(path) as archive:
                require_safe(archive, path.name, verifier.limits)
                known = {}
                for info in archive.infolist():
                    if not info.is_dir():
                        with archive.open(info) as member:
                            known[info.filename] = scan(cast(BinaryIO, member))
        except (Refusal, *_BROKEN):
            return None
        verifier.zip_scans = known
    return known


def _read_manifest(archive: zipfile.ZipFile, protocol: ManifestZipProtocol, file_name: str) -> dict[str, Any]:
    try:
        info = archive.getinfo(protocol.manifest)
    except KeyError as error:
        raise Refusal(f"holds no {protocol.manifest}", file_name=file_name, code="bad_manifest") from error
    if info.file_size > MAXIMUM_CONTROL_BYTES:
        raise Refusal("is too large for a manifest", file_name=protocol.manifest, code="bad_manifest")
    try:
        manifest: dict[str, Any] = json.loads(archive.read(info).decode("utf-8-sig"))
    except (*_BROKEN, RecursionError) as error:
        raise Refusal("cannot be read as JSON", file_name=protocol.manifest, code="bad_manifest") from error
    wanted = ("source", "authority", "business_date", "extract_type", "files")
    missing = [key for key in wanted if not isinstance(manifest, dict) or key not in manifest]
    if missing:
        raise Refusal(f"lacks {', '.join(missing)}", file_name=protocol.manifest, code="bad_manifest")
    if manifest["extract_type"] not in ("full", "delta"):
        raise Refusal(
            "states an extract type that is neither full nor delta", file_name=protocol.manifest, code="bad_manifest"
        )
    entries = manifest["files"]
    if not isinstance(entries, list) or not all(_is_entry(entry) for entry in entries):
        raise Refusal(
            "has a file entry without name, rows and sha256", file_name=protocol.manifest, code="bad_manifest"
        )
    return manifest


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("name"), str)
        and isinstance(entry.get("sha256"), str)
        and isinstance(entry.get("rows"), int)
        and not isinstance(entry.get("rows"), bool)
        and entry["rows"] >= 0
    )


def _require_agreement(verifier: Verifier, manifest: dict[str, Any], file_name: str) -> None:
    delivery = verifier.delivery
    if manifest["source"] != delivery.source:
        raise Refusal(
            f"has a manifest of another source than {delivery.source}", file_name=file_name, code="disagreement"
        )
    if manifest["authority"] != delivery.authority_code:
        raise Refusal(
            f"has a manifest of another authority than {delivery.authority_code}",
            file_name=file_name,
            code="disagreement",
        )
    if parse_date(manifest["business_date"]) != delivery.business_date:
        raise Refusal(
            f"has a manifest of another date than {delivery.business_date}", file_name=file_name, code="disagreement"
        )


def _verify_members(  # noqa: PLR0917  (one walk over the manifest)
    verifier: Verifier,
    protocol: ManifestZipProtocol,
    manifest: dict[str, Any],
    path: Path,
    scans: dict[str, FileScan],
    verified: Verified,
) -> None:
    contract = verifier.contract
    listed: set[str] = set()
    entities: dict[str, EntityFile] = {}
    stated: dict[str, str] = {}
    for entry in manifest["files"]:
        name = entry["name"]
        require_plain_name(name, protocol.manifest)
        if name.lower() in listed:
            raise Refusal(f"lists {name} twice", file_name=protocol.manifest, code="bad_manifest")
        listed.add(name.lower())
        member = next((member for member in scans if member.lower() == name.lower()), None)
        if member is None:
            raise Refusal("is listed in the manifest but absent", file_name=name, code="absent_file")
        entity = next((e for e in contract.entities.values() if e.is_file(name)), None)
        if entity is None:
            verified.notices.append(f"{name} is listed but no such entity was agreed: it was ignored.")
            continue
        found = scans[member]
        opener = _member_opener(path, member)
        entities[entity.name] = EntityFile(
            entity, member, found.sha256, found.size, opener, entry["rows"], declared_in="manifest"
        )
        stated[member] = entry["sha256"].strip().lower()
    verifier.require_entities(entities, "the manifest")
    for member in scans:
        if member.lower() not in listed and member != protocol.manifest:
            verified.notices.append(f"{member} is not listed in the manifest: it was ignored.")
    for file in entities.values():
        if stated[file.file_name] != file.sha256:
            raise Refusal("has another sha256 than the manifest states", file_name=file.file_name, code="file_hash")
    for file in entities.values():
        require_encoding(scans[file.file_name], contract.text.encoding, file.file_name, verified.notices)
    verified.entity_files = list(entities.values())


def _member_opener(path: Path, member: str) -> Callable[[], BinaryIO]:
    def open_member() -> BinaryIO:
        # closing the member closes the zip with it, as the library counts its users
        with zipfile.ZipFile(path) as archive:
            return cast(BinaryIO, archive.open(member))

    return open_member
