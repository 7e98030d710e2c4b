"""The catalogue of checks as a page: what is checked, how gravely, by whom it is mended and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from csc_warehouse.reporting import page_locations
from csc_warehouse.reporting.pages import render
from csc_warehouse.reporting.pages.quality_report_reading import indicator_titles, registered_indicators
from csc_warehouse.version import Origin, origin
from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import Catalogue, Check, RecordRule, RegisteredIndicators, load_catalogue, matching

SEVERITIES = {
    "critical": "Refuses or holds",
    "warning": "Caveat",
    "info": "For information",
}
RELATIONS = {
    "contacts": "Contacts",
    "assessments": "Assessments",
    "plans": "Plans",
    "reviews": "Reviews",
    "section_47s": "Child protection enquiries",
    "registrations": "Child protection register",
    "care_episodes": "Looked-after children: episodes",
    "care_periods": "Looked-after children: periods of care",
    "missing_episodes": "Missing children",
    "care_leaver_checks": "Care leavers",
    "children": "Children",
}


@dataclass(frozen=True)
class Group:
    """Checks that stand under one heading."""

    name: str
    heading: str
    about: str
    checks: tuple[Check, ...]


def write_catalogue(warehouse: Warehouse, out: Path | None = None) -> Path:
    """Write the page of all checks, below the home's reports or into another folder, and return its path."""
    path = page_locations.catalogue(warehouse.settings) if out is None else out / page_locations.INDEX
    made_by = origin(warehouse.settings.config)
    titles, register = indicator_titles(warehouse), registered_indicators(warehouse)
    return render.write(path, catalogue_page(load_catalogue(), titles, made_by, register))


def groups(catalogue: Catalogue) -> list[Group]:
    """Return every check of the catalogue once, under its heading."""
    found = [
        Group("door", "When a delivery arrives", "Before anything of a delivery is taken in.", catalogue.door),
        Group("exit", "Before figures are published", "On the figures of the night, per authority.", catalogue.exit),
        Group(
            "disclosure",
            "Before anything is shown",
            "An attack on what would be shown: can a small number of children be found?",
            catalogue.disclosure,
        ),
    ]
    for relation in dict.fromkeys(rule.relation for rule in catalogue.rules):
        rules: tuple[Check, ...] = tuple(rule for rule in catalogue.rules if rule.relation == relation)
        heading = RELATIONS.get(relation, relation.replace("_", " ").capitalize())
        found.append(Group(relation.replace("_", "-"), heading, "Rules about single records.", rules))
    return found


def catalogue_page(
    catalogue: Catalogue, titles: dict[str, str], made_by: Origin, register: RegisteredIndicators | None = None
) -> str:
    """Return the page; titles are those of the indicators, by code; made_by is printed at its foot.

    register: the indicators, and whose caveats they share; None: none shares any.
    """
    named = register or RegisteredIndicators(tuple(titles))

    def touched(check: Check) -> str:
        if "*" in check.indicators:
            return "All figures"
        if not check.indicators:
            return "None" if isinstance(check, RecordRule) else "Those it fails for"
        return _names(matching(check.indicators, named), titles)

    owners = sorted({check.owner for check in catalogue})
    codes = {check.code: matching(check.indicators, named) for check in catalogue}
    figures = sorted(set().union(*codes.values()), key=lambda code: titles.get(code, code))

    def marks_of(checks: Iterable[Check]) -> str:
        marks = {
            mark
            for check in checks
            for mark in (
                f"weight-{check.severity}",
                f"owner-{owners.index(check.owner)}",
                *(f"figure-{code.lower()}" for code in codes[check.code]),
            )
        }
        return " ".join(sorted(marks))

    return render.page(
        "catalogue.html.j2",
        origin=made_by,
        filters=[
            ("weight", "Weight", list(SEVERITIES.items())),
            ("owner", "Who looks at it", list(enumerate(owners))),
            ("figure", "Figure", [(code.lower(), f"{titles.get(code, code)} ({code})") for code in figures]),
        ],
        marks_of=marks_of,
        groups=groups(catalogue),
        severities=SEVERITIES,
        touched=touched,
        is_rule=lambda check: isinstance(check, RecordRule),
        total=sum(1 for _ in catalogue),
        rules=len(catalogue.rules),
    )


def _names(codes: Iterable[str], titles: dict[str, str]) -> str:
    return "; ".join(titles.get(code, code) for code in codes)
