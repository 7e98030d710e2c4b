"""A delivery's files on their way into the archive: there once it is let in, and otherwise without a trace."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from csc_warehouse.landing.recording.archive import Archive
from csc_warehouse.landing.recording.archiving import Archiving
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.verifying.verified import ArrivedFile


def arrived(folder: Path, name: str, content: bytes) -> ArrivedFile:
    path = folder / name
    path.write_bytes(content)
    return ArrivedFile(name, path, hashlib.sha256(content).hexdigest(), len(content))


def stored(archive: Archive) -> list[Path]:
    return [path for path in archive.root.rglob("*") if path.is_file()]


def test_files_when_kept_then_in_the_archive_and_nothing_beside(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    # two of the same content are one object
    files = [arrived(tmp_path, name, content) for name, content in (("a", b"1"), ("b", b"1"), ("c.zip", b"2"))]
    archived(archive, files)
    assert len(stored(archive)) == 2
    for number, file in enumerate(files):
        archive.restore(file.sha256, tmp_path / str(number))
        assert (tmp_path / str(number)).read_bytes() == file.path.read_bytes()


def archived(archive: Archive, files: list[ArrivedFile], refusal: Refusal | None = None) -> None:
    with Archiving(archive) as archiving:
        archiving.begin(files)
        if refusal is not None:
            raise refusal
        archiving.keep()


def test_files_when_the_delivery_is_refused_then_no_trace(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    files = [arrived(tmp_path, str(number), b"row" * number) for number in range(8)]
    with pytest.raises(Refusal):
        archived(archive, files, Refusal("did not pass the door", code="door"))
    assert stored(archive) == []


def test_files_when_one_changed_meanwhile_then_not_there_yet_and_no_trace(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    files = [arrived(tmp_path, str(number), b"row" * (number + 1)) for number in range(3)]
    files[1].path.write_bytes(b"another")
    with pytest.raises(NotThereYet, match="changed while it was read"):
        archived(archive, files)
    assert stored(archive) == []


def test_files_when_one_has_gone_then_not_there_yet(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    file = arrived(tmp_path, "a", b"row")
    file.path.unlink()
    with pytest.raises(NotThereYet, match="a has gone"):
        archived(archive, [file])
    assert stored(archive) == []
