"""Trust in a zip with a manifest: safe members, the manifest's word on each, and hashes (deliveries.md 3, 6, 7)."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from csc_warehouse.contracts.model import ManifestZipProtocol, date_in_name
from csc_warehouse.errors import shown
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.verifying.control_file import leaves_folder, require_plain_name
from csc_warehouse.landing.verifying.delivery_files import (
    ArrivedFile,
    EntityFile,
    Verified,
    Verifier,
    parse_date,
    told_ignored,
)
from csc_warehouse.landing.verifying.file_scan import FileScan, require_encoding, scan
from csc_warehouse.landing.verifying.zip_manifest import parse_manifest
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources.zips import states_more

_ENCRYPTED = 0x1
_SMALL_MEMBER = 1024**2
"""Bytes; the ratio of a smaller member says nothing, an empty table of commas packs well."""
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What the library raises on a zip that is damaged: it checks little of what it reads."""


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
    with open_zip(path, verifier.limits) as archive:
        require_safe(archive, path.name, verifier.limits)
        manifest = read_manifest(archive, protocol, path.name, verifier.limits)
    verifier.kind = manifest["extract_type"]
    _require_agreement(verifier, manifest, path.name)
    scans = member_scans(path, verifier)
    if scans is None:
        raise Refusal("does not unpack", file_name=path.name, code="unreadable_zip")
    outer = verifier.scan_path(path)
    verified = Verified(manifest["extract_type"], [], [ArrivedFile(path.name, path, outer.sha256, outer.size)])
    others = [file.name for file in verifier.delivery.files if file.name != path.name]
    verified.notices.extend(told_ignored(others, "no part of the delivery"))
    _verify_members(verifier, protocol, manifest, path, scans, verified)
    return verified


def open_zip(path: Path, limits: LandingConfig) -> zipfile.ZipFile:
    """Open a zip. Raises Refusal where it does not open or holds too many members, NotThereYet where it has gone."""
    most = limits.maximum_zip_members
    try:
        with path.open("rb") as stream:
            has_more = states_more(stream, most)
        if not has_more:
            archive = zipfile.ZipFile(path)
            if len(archive.infolist()) <= most:
                return archive
            archive.close()
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
    raise Refusal(
        f"holds more than {most:,} members, or a list of them that is too long (`landing.maximum_zip_members`)",
        file_name=path.name,
        code="too_large",
    )


def require_safe(archive: zipfile.ZipFile, file_name: str, limits: LandingConfig) -> None:
    """Check every member, listed or not. Raises Refusal for a path that leaves, a double, a secret or a bomb."""
    unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > limits.maximum_unpacked_bytes:
        raise Refusal(
            f"unpacks to {unpacked:,} bytes, more than {limits.maximum_unpacked_bytes:,}"
            " (`landing.maximum_unpacked_bytes`)",
            file_name=file_name,
            code="too_large",
        )
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
                f"holds a member larger than {limits.maximum_member_bytes} bytes (`landing.maximum_member_bytes`)",
                file_name=file_name,
                code="too_large",
            )
        ratio = info.file_size / max(info.compress_size, 1)
        if info.file_size > _SMALL_MEMBER and ratio > limits.maximum_compression_ratio:
            reason = f"holds a member that unpacks to more than {limits.maximum_compression_ratio:g} times its size"
            reason += " (`landing.maximum_compression_ratio`)"
            raise Refusal(reason, file_name=file_name, code="too_large")


def member_scans(path: Path, verifier: Verifier) -> dict[str, FileScan] | None:
    """Hash every member once; None where the zip does not open, is unsafe, or does not unpack."""
    known = verifier.zip_scans
    if known is None:
        try:
            with open_zip(path, verifier.limits) as archive:
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


def read_manifest(
    archive: zipfile.ZipFile, protocol: ManifestZipProtocol, file_name: str, limits: LandingConfig
) -> dict[str, Any]:
    """Return a zip's manifest. Raises Refusal where there is none, or not of the agreed form."""
    try:
        info = archive.getinfo(protocol.manifest)
    except KeyError as error:
        raise Refusal(f"holds no {protocol.manifest}", file_name=file_name, code="bad_manifest") from error
    if info.file_size > limits.maximum_control_bytes:
        reason = f"is larger than the {limits.maximum_control_bytes:,} bytes that a manifest may have"
        raise Refusal(f"{reason} (`landing.maximum_control_bytes`)", file_name=protocol.manifest, code="bad_manifest")
    try:
        content = archive.read(info)
    except _BROKEN as error:
        raise Refusal("cannot be unpacked", file_name=protocol.manifest, code="bad_manifest") from error
    return parse_manifest(content, protocol.manifest)


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
    members = {member.lower(): member for member in scans}
    unknown: list[str] = []
    for entry in manifest["files"]:
        name = entry["name"]
        require_plain_name(name, protocol.manifest)
        if name.lower() in listed:
            raise Refusal(f"lists {shown(name)} twice", file_name=protocol.manifest, code="bad_manifest")
        listed.add(name.lower())
        member = members.get(name.lower())
        if member is None:
            raise Refusal("is listed in the manifest but absent", file_name=name, code="absent_file")
        entity = next((e for e in contract.entities.values() if e.is_file(name)), None)
        if entity is None:
            unknown.append(name)
            continue
        found = scans[member]
        opener = _member_opener(path, member)
        entities[entity.name] = EntityFile(
            entity, member, found.sha256, found.size, opener, entry["rows"], declared_in="manifest"
        )
        stated[member] = entry["sha256"].strip().lower()
    verifier.require_entities(entities, "the manifest")
    stray = [member for member in scans if member.lower() not in listed and member != protocol.manifest]
    verified.notices.extend(told_ignored(unknown, "listed but no such entity was agreed"))
    verified.notices.extend(told_ignored(stray, "not listed in the manifest"))
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
