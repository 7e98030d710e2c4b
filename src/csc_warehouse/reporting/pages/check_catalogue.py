"""The catalogue of checks as a page: what is checked, how gravely, by whom it is mended and where."""

from __future__ import annotations

import re
from collections import Counter
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


_WORD = re.compile(r"[a-z][a-z0-9]{2,}")
_TELLS_NOTHING = frozenset({
    "about", "after", "all", "also", "and", "any", "are", "been", "before", "being", "but", "can", "figure",
    "figures", "for", "from", "had", "has", "have", "how", "into", "its", "itself", "just", "may", "more", "most",
    "much", "none", "nor", "not", "off", "one", "only", "other", "out", "over", "own", "same", "see", "set",
    "should", "since", "some", "such", "than", "that", "the", "their", "them", "then", "there", "these", "they",
    "this", "those", "too", "two", "under", "until", "very", "was", "were", "what", "when", "where", "which",
    "while", "who", "whose", "why", "will", "with", "without", "yet", "you",
})  # fmt: skip
"""Words that say nothing of a check by themselves."""


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
    said = {check.code: _words(check, touched(check)) for check in catalogue}
    held = Counter(word for found in said.values() for word in found)
    place = {word: number for number, word in enumerate(sorted(held))}
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
                *(f"word-{place[word]}" for word in said[check.code]),
            )
        }
        return " ".join(sorted(marks))

    return render.page(
        "catalogue.html.j2",
        origin=made_by,
        filters=[
            ("word", "Word (type its first letters)", [(place[word], f"{word} ({held[word]})") for word in place]),
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


def _words(check: Check, figures: str) -> set[str]:
    """Return the words by which a check is found: all that its row says, but those that tell nothing."""
    told = [check.sentence, check.otherwise, check.owner, check.code, figures]
    told += [check.field, check.place] if isinstance(check, RecordRule) else [check.measures]
    return {word for text in told for word in _WORD.findall(text.lower()) if word not in _TELLS_NOTHING}


def _names(codes: Iterable[str], titles: dict[str, str]) -> str:
    return "; ".join(titles.get(code, code) for code in codes)
