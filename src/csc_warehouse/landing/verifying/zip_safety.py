"""Whether a zip can be opened and unpacked safely (deliveries.md sections 6, 7 and 9)."""

from __future__ import annotations

import zipfile
from pathlib import Path

from csc_warehouse.contracts.damaged import DAMAGED_ZIP
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.verifying.control_file import leaves_folder
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources.zips import states_more

_ENCRYPTED = 0x1
_SMALL_MEMBER = 1024**2
"""Bytes below which the ratio of a member says nothing: an empty table of commas packs well."""


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
    except DAMAGED_ZIP as error:
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
    """Check every member, listed or not.

    Raises Refusal for a path that leaves the folder, a name that is there twice, an encrypted member, or one too large.
    """
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
        # the name as packed too: the library turns an unsafe one into a harmless one
        if leaves_folder(info.orig_filename) or leaves_folder(info.filename):
            # the path is not named: the sender chose it, and it may hold anything
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
