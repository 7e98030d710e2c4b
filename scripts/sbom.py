"""Write the software bill of materials of what runs in production, as CycloneDX 1.6, from requirements.lock."""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
import uuid
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from csc_warehouse.commands.console import OUT
from csc_warehouse.settings import PROJECT_DIRECTORY
from csc_warehouse.version import code_version

LOCK = PROJECT_DIRECTORY / "requirements.lock"
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$")
HASH = re.compile(r"^\s+--hash=sha256:([0-9a-f]{64})")
ONLY_VIA = re.compile(r"^\s+# via (\S.*)$")
ONE_VIA = re.compile(r"^\s+#   (\S.*)$")
ITSELF = "csc-warehouse"
NAMESPACE = uuid.UUID("6f1b1f0a-7d0e-5a5e-9d53-3c2f6a1f7c11")
"""Of the serial number, which is worked out from the content: the same lock gives the same file."""


@dataclass
class Locked:
    """One package of a lock: its version, the hashes of its files, and which packages need it."""

    name: str
    version: str
    marker: str | None = None
    """For which machines and Pythons alone; None: for all. A package may be locked once for each."""
    hashes: list[str] = field(default_factory=list)
    needed_by: list[str] = field(default_factory=list)

    @property
    def purl(self) -> str:
        """Return its address as package registries and advisories name it."""
        return f"pkg:pypi/{self.name}@{self.version}"


def normal(name: str) -> str:
    """Return a package's name as registries compare it: small letters, one hyphen for any run of separators."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[ ]", name, maxsplit=1)[0]).lower()


def read_lock(path: Path) -> list[Locked]:
    """Return the packages of a lock that uv wrote, in its order; raise ValueError where a line pins none exactly."""
    found: list[Locked] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if pinned := PINNED.match(line):
            found.append(Locked(normal(pinned[1]), pinned[2], pinned[3]))
        elif not line or line.startswith("#"):
            continue
        elif not line.startswith(" ") or not found:
            raise ValueError(f"{path.name}, line {number}: no package with its exact version.")
        elif hashed := HASH.match(line):
            found[-1].hashes.append(hashed[1])
        elif (via := ONLY_VIA.match(line) or ONE_VIA.match(line)) and not via[1].startswith("-c "):
            found[-1].needed_by.append(normal(via[1]))
    return found


def _licences(package: Locked) -> list[dict[str, Any]]:
    """Return what the installed package says of its licence; nothing where it is not installed in this version."""
    try:
        said = metadata.metadata(package.name)
    except metadata.PackageNotFoundError:
        return []
    if said["Version"] != package.version:
        return []
    if expressions := said.get_all("License-Expression"):
        return [{"expression": expressions[0]}]
    named = [
        entry.rpartition(" :: ")[2] for entry in said.get_all("Classifier") or () if entry.startswith("License ::")
    ]
    return [{"license": {"name": name}} for name in named]


def bill(packages: list[Locked], version: str) -> dict[str, Any]:
    """Return the bill as CycloneDX has it: components with address, hashes and licence, and what needs what."""
    itself = f"pkg:pypi/{ITSELF}@{version}"
    by_name = {ITSELF: [itself]}
    for package in packages:
        by_name.setdefault(package.name, []).append(package.purl)
    components = [
        {
            "type": "library",
            "bom-ref": package.purl,
            "name": package.name,
            "version": package.version,
            "purl": package.purl,
            "properties": [
                *({"name": "csc-warehouse:distribution-sha256", "value": one} for one in sorted(package.hashes)),
                *([{"name": "csc-warehouse:only-where", "value": package.marker}] if package.marker else []),
            ],
            "licenses": _licences(package),
        }
        for package in packages
    ]
    needs: dict[str, set[str]] = {address: set() for addresses in by_name.values() for address in addresses}
    for package in packages:
        for needing in package.needed_by:
            for address in by_name[needing]:
                needs[address].add(package.purl)
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": itself, "name": ITSELF, "version": version, "purl": itself},
            "tools": {"components": [{"type": "application", "name": "scripts/sbom.py", "version": version}]},
        },
        "components": components,
        "dependencies": [{"ref": ref, "dependsOn": sorted(on)} for ref, on in sorted(needs.items())],
    }
    serial = uuid.uuid5(NAMESPACE, json.dumps(document, sort_keys=True))
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}", **document}


def main() -> int:
    """Write the bill; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=PROJECT_DIRECTORY / "dist" / "csc-warehouse.cdx.json")
    out: Path = parser.parse_args().out
    declared = tomllib.loads((PROJECT_DIRECTORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = read_lock(LOCK)
    # the version of a release; of other code the commit tells more
    version = code_version() if "+" in code_version() else str(declared["version"])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(bill(packages, version), indent=2) + "\n", encoding="utf-8")
    OUT.print(f"Written: {out}, {len(packages)} packages of {LOCK.name}.", markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
