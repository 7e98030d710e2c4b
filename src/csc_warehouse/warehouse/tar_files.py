"""Taking backups out of their tar files: folders and files alone, and nothing beside the folder that they belong in."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path, PurePosixPath

from csc_warehouse.errors import CscWarehouseError


def take_out(tar: tarfile.TarFile, folder: Path) -> None:
    """Write what a tar holds into a folder that is there, in its order, so that one that comes as a stream serves too.

    Each keeps its time, and what its owner may do. Python's own filter does so from 3.11.4 on, and Debian 12 has an
    earlier one. Raises CscWarehouseError for whatever is no folder or file, or would lie outside.
    """
    for member in tar:
        target = folder / _inside(member.name)
        if member.isdir():
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            continue
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if member.islnk():
            # the same file under a second name
            shutil.copyfile(folder / _inside(member.linkname), target)
        elif (content := tar.extractfile(member) if member.isfile() else None) is not None:
            with target.open("xb") as file:
                shutil.copyfileobj(content, file)
        else:
            raise CscWarehouseError(_SENTENCE.format(name=member.name))
        target.chmod(member.mode & 0o700 | 0o600)
        os.utime(target, (member.mtime, member.mtime))


_SENTENCE = "The backup holds {name}, which no backup does: somebody changed it. Take another one."


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise CscWarehouseError(_SENTENCE.format(name=name))
    return path
