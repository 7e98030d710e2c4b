"""What is taken out of a backup's tar file, and what is not."""

from __future__ import annotations

import io
import os
import stat
import tarfile
from pathlib import Path

import pytest

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.warehouse import tar_files


def member(name: str, kind: bytes = tarfile.REGTYPE, *, link: str = "", mode: int = 0o640) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode, made.mtime = kind, link, mode, 1_500_000_000
    return made


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> io.BytesIO:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for info, inside in members:
            info.size = len(inside)
            tar.addfile(info, io.BytesIO(inside))
    content.seek(0)
    return content


@pytest.mark.parametrize("mode", ["r", "r|"])
def test_tar_when_taken_out_then_files_lie_as_they_lay_and_for_their_owner_alone(tmp_path: Path, mode: str) -> None:
    whole = packed(
        (member("archive", tarfile.DIRTYPE, mode=0o755), b""),
        (member("archive/ab/one", mode=0o644), b"one"),
        (member("archive/two", tarfile.LNKTYPE, link="archive/ab/one"), b""),
        (member("run", mode=0o755), b"run"),
    )
    with tarfile.open(fileobj=whole, mode=mode) as tar:  # type: ignore[call-overload]
        tar_files.take_out(tar, tmp_path)
    found = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*") if path.is_file()}
    assert {name: path.read_bytes() for name, path in found.items()} == {
        "archive/ab/one": b"one", "archive/two": b"one", "run": b"run",
    }  # fmt: skip
    modes = {name: stat.S_IMODE(path.stat().st_mode) for name, path in found.items()}
    assert modes == {"archive/ab/one": 0o600, "archive/two": 0o600, "run": 0o700}
    assert {path.stat().st_mtime for path in found.values()} == {1_500_000_000}


@pytest.mark.parametrize(
    "harmful",
    [
        member("../outside"),
        member("archive/../../outside"),
        member("/etc/outside"),
        member("way", tarfile.SYMTYPE, link="/etc"),
        member("way", tarfile.LNKTYPE, link="../outside"),
        member("way", tarfile.LNKTYPE, link="/etc/hostname"),
        member("pipe", tarfile.FIFOTYPE),
        member("device", tarfile.CHRTYPE),
    ],
    ids=lambda info: f"{info.name} {info.linkname}",
)
def test_tar_when_it_holds_what_no_backup_holds_then_is_refused_and_nothing_lies_outside(
    tmp_path: Path, harmful: tarfile.TarInfo
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "outside").write_bytes(b"before")
    with tarfile.open(fileobj=packed((harmful, b""))) as tar, pytest.raises(CscWarehouseError, match="no backup does"):
        tar_files.take_out(tar, folder)
    assert os.listdir(folder) == []
    assert (tmp_path / "outside").read_bytes() == b"before"
