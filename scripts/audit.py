"""Compare the locks with stored advisories (OSV's format, a folder or zip of JSON files); needs no network.

OSV's export for Python, one zip, is fetched on a machine that may; where none is given, nothing is claimed.
"""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from csc_warehouse.commands.console import ERROR, OUT
from csc_warehouse.settings import PROJECT_DIRECTORY
from sbom import LOCK, Locked, normal, read_lock

LOCKS = (
    LOCK,
    *(PROJECT_DIRECTORY / f"requirements-{name}.lock" for name in ("kubernetes", "dev", "bi", "bench")),
)


@dataclass(frozen=True)
class Hit:
    """A locked package that an advisory is about: where, which, what it says, and the version that mends it.

    unclear: why it cannot be told whether the version is in the advisory; None: it is.
    """

    lock: str
    package: str
    version: str
    advisory: str
    summary: str
    mended: str | None
    unclear: str | None = None

    def __str__(self) -> str:
        """Return it as a sentence."""
        if self.unclear is not None:
            return (
                f"{self.lock}: {self.package} {self.version} is to be looked at by hand: {self.advisory}"
                f" ({self.summary}) is about it, and {self.unclear}."
            )
        mended = f"mended in {self.mended}" if self.mended else "no version mends it yet"
        return f"{self.lock}: {self.package} {self.version} is in {self.advisory} ({self.summary}); {mended}."


class UnreadableError(Exception):
    """Advisories that cannot be read; the text is one sentence with the next step."""


def advisories(source: Path) -> Iterator[dict[str, Any]]:
    """Yield the advisories of a folder or zip that stand, withdrawn ones left out.

    Raises UnreadableError: what is left of a broken export says nothing of what is not in it.
    """
    for name, content in _files(source):
        try:
            entry = json.loads(content)
        except ValueError as error:
            raise UnreadableError(f"{name} in {source} is no JSON: fetch the advisories anew.") from error
        if _stands(entry):
            yield entry


def _files(source: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every JSON file."""
    try:
        if source.is_dir():
            for path in sorted(source.rglob("*.json")):
                yield str(path.relative_to(source)), path.read_bytes()
            return
        with zipfile.ZipFile(source) as packed:
            for name in sorted(packed.namelist()):
                if name.endswith(".json"):
                    yield name, packed.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableError(
            f"{source} is no zip that can be read: fetch it anew, or name a folder of JSON files."
        ) from error
    except OSError as error:
        raise UnreadableError(f"{source} cannot be read ({error.strerror}): see to its rights.") from error


def _stands(entry: Any) -> bool:
    """Tell whether something read is an advisory that was not withdrawn: other files may lie beside them."""
    return isinstance(entry, dict) and "affected" in entry and not entry.get("withdrawn")


def is_affected(version: str, affected: dict[str, Any]) -> tuple[bool, str | None]:
    """Say whether a version is in an advisory's list or ranges, and from which one on it no longer is.

    Raises InvalidVersion, KeyError, TypeError, AttributeError or ValueError where the advisory cannot be understood.
    """
    if version in affected.get("versions", ()):
        return True, _mended(affected)
    at = Version(version)
    for between in affected.get("ranges", ()):
        if between.get("type") == "GIT":
            continue
        begun = False
        for event in between["events"]:
            if not isinstance(event, dict) or not all(isinstance(value, str) for value in event.values()):
                raise TypeError("an event is not as OSV's format has it")
            if "introduced" in event:
                begun = begun or event["introduced"] == "0" or at >= Version(event["introduced"])
            elif _is_past(at, event):
                begun = False
        if begun:
            return True, _mended(affected)
    return False, None


def _is_past(at: Version, event: dict[str, str]) -> bool:
    if "fixed" in event:
        return at >= Version(event["fixed"])
    return "last_affected" in event and at > Version(event["last_affected"])


def _mended(affected: dict[str, Any]) -> str | None:
    fixed = [event["fixed"] for r in affected.get("ranges", ()) for event in r["events"] if "fixed" in event]
    return max((f for f in fixed if _is_version(f)), key=Version, default=None)


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def hits(locks: dict[str, list[Locked]], source: Path) -> tuple[int, list[Hit]]:
    """Return how many advisories were read, and which locked packages they are about, by lock and name."""
    count, found = 0, []
    for entry in advisories(source):
        count += 1
        for affected in entry.get("affected", ()):
            package = affected.get("package", {}) if isinstance(affected, dict) else {}
            if package.get("ecosystem") != "PyPI" or "name" not in package:
                continue
            for lock, locked in locks.items():
                for held in locked:
                    if held.name == normal(package["name"]) and (hit := _hit(lock, held, entry, affected)):
                        found.append(hit)
    return count, sorted(set(found), key=lambda hit: (hit.lock, hit.package, hit.advisory))


def _hit(lock: str, held: Locked, entry: dict[str, Any], affected: dict[str, Any]) -> Hit | None:
    """Return what an advisory of this package says of its version; None: it is not in it.

    An advisory that cannot be understood is one for a person: passing over it would claim that the package is well.
    """
    said = " ".join(str(entry.get("summary") or "no summary").split())
    name = str(entry.get("id") or "an advisory without an id")
    try:
        is_in, mended = is_affected(held.version, affected)
    except InvalidVersion as error:
        words = str(error)
        unclear = f"it compares with what is no version of Python's ({words[:1].lower()}{words[1:]})"
        return Hit(lock, held.name, held.version, name, said, None, unclear)
    except (KeyError, TypeError, AttributeError, ValueError):
        unclear = "its versions are not written as OSV's format has them"
        return Hit(lock, held.name, held.version, name, said, None, unclear)
    return Hit(lock, held.name, held.version, name, said, mended) if is_in else None


def main() -> int:
    """Print each hit; return 1 where there is one, 2 where there is nothing to compare with or it cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("advisories", help="a folder or zip of advisories in OSV's format")
    named: str = parser.parse_args().advisories
    if not named:
        ERROR.print("Name the advisories, OSV's zip for PyPI: make audit ADVISORIES=all.zip; nothing was compared.")
        return 2
    source = Path(named)
    if not source.exists():
        ERROR.print(f"{source} is not there: nothing was compared.", markup=False)
        return 2
    try:
        count, found = hits({path.name: read_lock(path) for path in LOCKS}, source)
    except UnreadableError as error:
        ERROR.print(f"{error} Nothing was compared.", markup=False)
        return 2
    for hit in found:
        OUT.print(str(hit), markup=False)
    if not count:
        ERROR.print(f"{source} holds no advisory: nothing was compared.", markup=False)
        return 2
    OUT.print(f"{count:,} advisories read; {len(found)} are about a locked package.", markup=False)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
