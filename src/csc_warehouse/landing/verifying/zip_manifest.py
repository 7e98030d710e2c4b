"""A manifest, of a zip or folder: strict JSON of the agreed form, or a refusal that names the fault."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from typing import Any

from csc_warehouse.contracts.damaged import DAMAGED_ZIP
from csc_warehouse.contracts.protocols import ManifestFolderProtocol, ManifestZipProtocol
from csc_warehouse.errors import shown
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.control_file import COUNT, not_a_count
from csc_warehouse.settings import LandingConfig


class _Numeral(str):
    """A number that is not a whole one of a plausible length, as it was sent."""

    __slots__ = ()


class _UnfitError(ValueError):
    """Raised where JSON has no meaning, or two."""


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
    except DAMAGED_ZIP as error:
        raise Refusal("cannot be unpacked", file_name=protocol.manifest, code="bad_manifest") from error
    return parse_manifest(content, protocol)


def parse_manifest(content: bytes, protocol: ManifestZipProtocol | ManifestFolderProtocol) -> dict[str, Any]:
    """Return a manifest whose parts are of the agreed form: texts, and a whole number of rows for each file.

    Raises Refusal naming what is missing or of another form.
    """
    file_name = protocol.manifest
    try:
        manifest = json.loads(
            content.decode("utf-8-sig"),
            parse_int=lambda text: int(text) if COUNT.fullmatch(text) else _Numeral(text),
            parse_float=_Numeral,
            parse_constant=_no_constant,
            object_pairs_hook=_each_once,
        )
    except _UnfitError as error:
        raise _bad(str(error), file_name) from error
    except (ValueError, RecursionError) as error:
        raise _bad("cannot be read as JSON", file_name) from error
    wanted = ("source", "authority", "business_date", "extract_type", "files")
    missing = [key for key in wanted if not isinstance(manifest, dict) or key not in manifest]
    if missing:
        raise _bad(f"lacks {', '.join(missing)}", file_name)
    known = tuple(protocol.extract_types)
    if manifest["extract_type"] not in known:
        raise _bad(f"states an extract type that is neither {' nor '.join(known)}", file_name)
    if not isinstance(manifest["files"], list):
        raise _bad("has no list of files", file_name)
    for place, entry in enumerate(manifest["files"], start=1):
        fault = _fault(entry)
        if fault:
            raise _bad(f"{fault} (entry {place} of its files)", file_name)
    return dict(manifest)


def _no_constant(name: str) -> Any:
    raise _UnfitError(f"holds {name}, which is no number in JSON")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        doubled = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _UnfitError(f"has the key {shown(doubled)} twice in one place")
    return values


def _bad(reason: str, file_name: str) -> Refusal:
    return Refusal(reason, file_name=file_name, code="bad_manifest")


def _fault(entry: object) -> str:
    if not isinstance(entry, dict) or not all(key in entry for key in ("name", "rows", "sha256")):
        return "has a file entry without name, rows and sha256"
    name, rows = entry["name"], entry["rows"]
    for key in ("name", "sha256"):
        if not isinstance(entry[key], str) or isinstance(entry[key], _Numeral):
            return f"has a file entry whose {key} is no text"
    if isinstance(rows, _Numeral):
        return not_a_count(name, rows)
    if isinstance(rows, str):
        return not_a_count(name, f'"{rows}"', ", a text")
    if isinstance(rows, bool) or not isinstance(rows, int):
        words = {bool: "true or false", type(None): "null", list: "a list", dict: "an object"}
        return not_a_count(name, words[type(rows)])
    return ""
