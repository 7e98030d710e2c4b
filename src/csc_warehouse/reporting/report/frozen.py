"""Signed reports as they were written: kept beside the journal of decisions, and served as they are ever after.

Figures of a signed release never change; its layout, the words round them and the software that writes both do. So the
layout and texts that a council had when it signed, and each file as it was first written after the signature, are kept
in the archive, and go with its backup.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from csc_warehouse import layouts, texts
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.reporting import page_locations
from csc_warehouse.reporting.pages import render
from csc_warehouse.settings import Settings

FOLDER = "signed_reports"
SUMS = "sha256"
SIGNED = b"<strong>Signed off by "
"""What a page says since the first version that wrote one, where its release was signed."""


def folder(settings: Settings, authority_code: str, decision_id: int) -> Path:
    """Return where the reports that a sign-off froze are kept: by the number of the decision, as the figures are."""
    return settings.archive / FOLDER / authority_code / f"decision-{decision_id}"


def keep_layout(settings: Settings, authority_code: str, decision_id: int) -> None:
    """Keep what the council lays over the shipped layouts and texts now; what was kept stays."""
    for name in (*layouts.FILES, texts.FILE):
        path = folder(settings, authority_code, decision_id) / name
        if not path.exists():
            _write(path, (laid_over(settings, name) or "").encode())


def layout_of(settings: Settings, authority_code: str, decision_id: int, file: str = layouts.FILE) -> str | None:
    """Return what was laid over a shipped layout when a release was signed; what is now where that was not kept."""
    return _when_signed(settings, authority_code, decision_id, file)


def texts_of(settings: Settings, authority_code: str, decision_id: int) -> str | None:
    """Return what was laid over the shipped texts when a release was signed; what is now where that was not kept."""
    return _when_signed(settings, authority_code, decision_id, texts.FILE)


def _when_signed(settings: Settings, authority_code: str, decision_id: int, name: str) -> str | None:
    path = folder(settings, authority_code, decision_id) / name
    if path.is_file():
        return path.read_text(encoding="utf-8") or None
    return laid_over(settings, name)


def laid_over(settings: Settings, name: str = layouts.FILE) -> str | None:
    """Return what the council lays over a shipped layout, or the texts; None where it lays nothing."""
    path = settings.overlay / name if settings.overlay is not None else None
    if path is None or not path.is_file():
        return None
    return path.read_text(encoding="utf-8-sig", errors="replace")


def kept(settings: Settings, authority_code: str, decision_id: int, names: Sequence[str]) -> dict[str, bytes] | None:
    """Return the files of a signed report as they were first written, by name; None where none was.

    What an earlier version of the software wrote after the signature is kept from now on.

    Raises CscWarehouseError where one is gone or is another one than was kept.
    """
    place = folder(settings, authority_code, decision_id)
    sums = place / f"{names[0]}.{SUMS}"
    if not sums.is_file():
        before = _from_before(settings, authority_code, names)
        if before is not None:
            keep(settings, authority_code, decision_id, before)
        return before
    found: dict[str, bytes] = {}
    for line in sums.read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition(" ")
        path = place / name
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise CscWarehouseError(
                f"{path} is no longer what was signed: restore it from a backup of the archive. Nothing was written."
            )
        found[name] = content
    return found


def keep(settings: Settings, authority_code: str, decision_id: int, files: Mapping[str, bytes]) -> None:
    """Keep the files of a signed report; the digests come last, so that a half that was kept counts for nothing."""
    place = folder(settings, authority_code, decision_id)
    for name, content in files.items():
        _write(place / name, content)
    digests = "".join(f"{hashlib.sha256(content).hexdigest()} {name}\n" for name, content in files.items())
    _write(place / f"{next(iter(files))}.{SUMS}", digests.encode())


def _from_before(settings: Settings, authority_code: str, names: Sequence[str]) -> dict[str, bytes] | None:
    """Return the files that an earlier version wrote after the signature, from where reports are read."""
    place = page_locations.committee_reports(settings) / authority_code
    paths = [place / name for name in names]
    if not all(path.is_file() for path in paths) or SIGNED not in paths[0].read_bytes():
        return None
    return {path.name: path.read_bytes() for path in paths}


def _write(path: Path, content: bytes) -> None:
    render.write(path, content, mode=render.PRIVATE)
