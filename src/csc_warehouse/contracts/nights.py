"""What whoever looks after the nightly run is told of each source: read alone, as the timetable is read each minute."""

from __future__ import annotations

import yaml

from csc_warehouse.contracts.chain import Nights
from csc_warehouse.contracts.loader import DIRECTORY, FAST_LOADER


def nights() -> dict[str, dict[str, str]]:
    """Return by source its title, and the clauses of its contract's `nights`, in the order of names."""
    told = {}
    for path in sorted(DIRECTORY.glob("*/source.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=FAST_LOADER)  # noqa: S506  (a safe one)
        told[path.parent.name] = {"title": content["title"], **Nights.model_validate(content["nights"]).model_dump()}
    return told
