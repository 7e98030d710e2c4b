"""Who is one child: migration links, merges, and adopted children's two identities (deliveries.md section 7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.golden.second_opinion.calendar import age_on, is_known, to_london
from tests.golden.second_opinion.deliveries import Row, State

Node = tuple[str, str]
OLD, NEW = "raise", "wccis"
CENSUS_GROUPS = {"ASIAN", "BLACK", "MIXED", "WHITE", "OTHER"}


@dataclass
class People:
    """The children of one authority: which child a system's person number means, and what is known of each."""

    authority: str
    nodes: dict[str, Node] = field(default_factory=dict)
    masters: dict[Node, Node] = field(default_factory=dict)
    attributes: dict[Node, Row] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)
    ethnicities: Mapping[str, str] = field(default_factory=dict)
    """Spellings of ethnicities, each with its group."""

    def child(self, system: str, person: str, alone: Any) -> Node:
        """Return the child of a fact: the person's, or one of its own where the fact names nobody."""
        if not person:
            return ("nobody", repr(alone))
        node = (OLD, person) if system == OLD else self.nodes.get(person, (NEW, person))
        return self.masters.get(node, node)

    def is_own(self, child: Node) -> bool:
        """Say whether the authority is responsible; an unknown child counts as own."""
        code = self.attributes.get(child, {}).get("responsible")
        return code is None or code == self.authority

    def sex(self, child: Node) -> str | None:
        """Return the child's sex code."""
        return self.attributes.get(child, {}).get("sex")

    def ethnicity(self, child: Node) -> str | None:
        """Return the child's group of the Census; one that nobody listed is none."""
        said = str(self.attributes.get(child, {}).get("ethnicity"))
        group = self.ethnicities.get(said, said)
        return group if group in CENSUS_GROUPS else None

    def language(self, child: Node) -> str | None:
        """Return the child's language code."""
        return self.attributes.get(child, {}).get("language")

    def disability(self, child: Node) -> str | None:
        """Return Y or N, as recorded of the child."""
        return self.attributes.get(child, {}).get("disabled")

    def equality(self) -> dict[str, Callable[[Any], str | None]]:
        """Return what groups facts by the ethnicity, language and disability of their child."""
        return {
            "ethnicity_group": lambda fact: self.ethnicity(fact["child"]),
            "language": lambda fact: self.language(fact["child"]),
            "disability": lambda fact: self.disability(fact["child"]),
        }

    def born(self, child: Node) -> dt.date | None:
        """Return the child's date of birth; one outside the calendar is in no term that needs it."""
        born = self.attributes.get(child, {}).get("born")
        return born if is_known(born) else None

    def age(self, child: Node, day: dt.date) -> int | None:
        """Return whole years on a day, None when not known or not born."""
        born = self.born(child)
        return age_on(born, day) if born and born <= day else None

    def age_band(self, child: Node, day: dt.date) -> str:
        """Return the age band of indicators.md on a day."""
        row = self.attributes.get(child, {})
        born = row.get("born")
        if born is None:
            return "unborn" if row.get("expected") else "unknown"
        if not is_known(born):
            return "unknown"
        if born > day:
            return "unborn"
        age = age_on(born, day)
        bands = ((0, "0"), (4, "1-4"), (9, "5-9"), (15, "10-15"), (17, "16-17"))
        return next((band for last, band in bands if age <= last), "18+")

    def family(self, child: Node) -> Any:
        """Return the child's family, else the child alone, which is no family that has the child's number."""
        return self.attributes.get(child, {}).get("family") or ("alone", *child)


def find_people(
    authority: str, old: State, new: State, *, cut_over: dt.date | None, old_until: dt.date, until: dt.date
) -> People:
    """Work out the children of one authority from both systems' states."""
    people = People(authority)
    ever = new.ever["person"]
    base = {key: (OLD, row["known_legacy"]) if row["known_legacy"] else (NEW, key) for key, row in ever.items()}
    adopted = _adopted(old, new, base, old_until, until)
    old_identity: dict[Node, str] = {}
    for key, row in sorted(ever.items(), key=lambda item: (item[1]["first_seen"], str(item[1]["created"]), item[0])):
        if base[key] in adopted and base[key][0] == OLD and _came_with_cut_over(row, new, cut_over):
            old_identity.setdefault(base[key], key)
    for key, node in base.items():
        is_further = node[0] == OLD and node in adopted and old_identity.get(node) != key
        people.nodes[key] = (NEW, key) if is_further else node
    people.masters = _masters(people, new, adopted)
    people.families = paired_keys(old, new, "person", "family") | paired_keys(old, new, "prevention", "family")
    _describe(people, old, new)
    return people


def _came_with_cut_over(row: Row, new: State, cut_over: dt.date | None) -> bool:
    first = cut_over or new.first_day
    created = row["created"]
    return row["first_seen"] == new.first_day or bool(created and first and to_london(created).date() <= first)


def _adopted(old: State, new: State, base: dict[str, Node], old_until: dt.date, until: dt.date) -> set[Node]:
    found = set()
    for row in old.rows["episode"].values():
        if row["reason"] == "ADOPTED" and row["end"] and row["end"] <= old_until:
            found.add((OLD, row["child"]))
    for row in new.rows["episode"].values():
        if row["reason"] == "ADOPTED" and row["end"] and row["end"] <= until and row["inactive"] != "1":
            found.add(base.get(row["child"], (NEW, row["child"])))
    return found


def _masters(people: People, new: State, adopted: set[Node]) -> dict[Node, Node]:
    step: dict[Node, Node] = {}
    # of two masters the latest merge stands, one without a time being the earliest; at one time that of the lowest key
    merges = sorted(new.rows["mergedrecord"].values(), key=lambda row: row["key"], reverse=True)
    merges.sort(key=lambda row: str(row["merged"] or ""))
    for row in merges:
        if row["inactive"] == "1" or row["entity"] != "PERSON" or not row["master"] or not row["subordinate"]:
            continue
        sub, master = (people.nodes.get(row[end], (NEW, row[end])) for end in ("subordinate", "master"))
        if sub != master and not adopted & {sub, master}:
            step[sub] = master
    in_cycle = set()
    for start in step:
        seen, node = [], start
        while node in step and node not in seen:
            seen.append(node)
            node = step[node]
        if node in seen:
            in_cycle.update(seen[seen.index(node) :])
    masters = {}
    for start in step:
        node = start
        while node in step and node not in in_cycle:
            node = step[node]
        masters[start] = node
    return masters


def paired_keys(old: State, new: State, entity: str, column: str) -> dict[str, str]:
    """Match a key without a legacyid of its own through migrated rows that carry both systems' value."""
    pairs: dict[str, str] = {}
    for key in sorted(new.ever[entity], key=str):
        row = new.ever[entity][key]
        before = old.rows[entity].get(row["known_legacy"])
        if before and before[column] and row[column]:
            pairs.setdefault(row[column], before[column])
    return pairs


def _describe(people: People, old: State, new: State) -> None:
    gone = new.superseded["person"]
    for key, row in old.rows["person"].items():
        if key not in gone:
            people.attributes[(OLD, key)] = dict(row, family=(OLD, row["family"]) if row["family"] else None)
    chosen: dict[Node, Row] = {}
    for key, row in new.rows["person"].items():
        node = people.nodes[key]
        if node not in chosen or _rank(row) > _rank(chosen[node]):
            chosen[node] = row
    for node, row in chosen.items():
        people.attributes[node] = dict(row, family=family_key(people.families, NEW, row["family"]))


def _rank(row: Row) -> tuple[bool, str, str]:
    """Rank rows of one child: one that is not deleted before one that is, then the latest modified."""
    return row["inactive"] != "1", str(row["modified"]), str(row["key"])


def family_key(pairs: dict[str, str], system: str, family: str) -> Any:
    """Return one key for a family number of either system, None for none."""
    if not family:
        return None
    return (OLD, family) if system == OLD else (OLD, pairs[family]) if family in pairs else (NEW, family)
