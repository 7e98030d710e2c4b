"""The dbt project with an overlay in it: composed in the home, as an installation is never written to."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.overlay.laying import Overlay, lay
from csc_warehouse.register.scaffold import listed_models, write_model_list
from csc_warehouse.settings import Settings, shipped

FOLDER = Path("dbt", "projects")
"""Composed projects, below the home."""
KEPT = 3
"""So many stay: a night that was begun with one ends with it."""
_DIGITS = 16
_NOT_SHIPPED = ("target", "logs", "dbt_packages", "__pycache__")
_PROFILE = "profiles.yml"
"""At the top of a checkout's project: what the installation wrote for whoever types dbt."""


def present(settings: Settings) -> Path:
    """Return the dbt project as it is now: the shipped one, or with the overlay composed in the home.

    Raises as lay does.
    """
    overlay = in_force(settings)
    return shipped("dbt_project") if overlay is None else compose(settings, overlay)


def in_force(settings: Settings) -> Overlay | None:
    """Return the overlay that a night lays over the shipped defaults; None where there is none, or it says nothing.

    Raises as lay does.
    """
    overlay = lay(settings)
    return None if overlay is None or overlay.is_empty else overlay


def of_release(settings: Settings, digest: str | None) -> Path:
    """Return the dbt project that a candidate was built with, by the digest of its overlay; None: it had none.

    Raises CscWarehouseError where it is gone and the overlay is another one now.
    """
    if digest is None:
        return shipped("dbt_project")
    made = sorted((settings.home / FOLDER).glob(f"{digest[:_DIGITS]}-*"), key=lambda path: path.stat().st_mtime)
    if made:
        return made[-1]
    overlay = in_force(settings)
    if overlay is None or overlay.digest != digest:
        raise CscWarehouseError(
            "The overlay has changed since the candidate was built, so its checks would not speak of it: run"
            " csc-warehouse build, then check. Readers still see the last release."
        )
    return compose(settings, overlay)


def compose(settings: Settings, overlay: Overlay, project: Path | None = None) -> Path:
    """Write the project with the overlay in it below the home, whole or not at all, and return its folder.

    The same overlay over the same project is written once.
    """
    project = shipped("dbt_project") if project is None else project
    root = settings.home / FOLDER
    place = root / f"{overlay.digest[:_DIGITS]}-{digest_of(project)[:_DIGITS]}"
    if not place.is_dir():
        root.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".", dir=root))
        for path in _files(project):
            copy = unfinished / path.relative_to(project)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        for seed, text in overlay.seeds.items():
            (unfinished / "seeds" / f"{seed}.csv").write_text(text, encoding="utf-8", newline="")
        for name, text in overlay.models.items():
            (unfinished / name).parent.mkdir(exist_ok=True)
            (unfinished / name).write_text(text, encoding="utf-8", newline="")
        if overlay.models:
            models = unfinished / "macros" / "indicator_models.sql"
            own = [Path(name).stem for name in overlay.models if name.endswith(".sql")]
            write_model_list(models, [*listed_models(models), *own])
        # another process may have been faster: its project is the same
        with suppress(OSError):
            unfinished.rename(place)
        shutil.rmtree(unfinished, ignore_errors=True)
    os.utime(place)
    _forget(root)
    return place


def digest_of(project: Path) -> str:
    """Return what a change to any file of a dbt project changes."""
    digest = hashlib.sha256()
    for path in _files(project):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(project).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(project: Path) -> Iterator[Path]:
    for path in sorted(project.rglob("*")):
        parts = path.relative_to(project).parts
        if path.is_file() and not set(parts) & set(_NOT_SHIPPED) and parts != (_PROFILE,):
            yield path


def _forget(root: Path) -> None:
    """Remove all but the projects that were used last, and with them what a stopped process left unfinished."""
    for path in sorted(root.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
