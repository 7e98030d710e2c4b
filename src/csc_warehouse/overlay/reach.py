"""What the models of a dbt project read, by their files: which indicators count the same facts.

Each model says with a quoted name what it reads, whether in ref(...) or as what a macro is given, so no dbt is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_QUOTED_NAME = re.compile(r"['\"](\w+)['\"]")
_BESIDE = (re.compile(r"\{#.*?#\}", re.DOTALL), re.compile(r"/\*.*?\*/", re.DOTALL), re.compile(r"--.*$", re.MULTILINE))


def model_texts(project: Path) -> dict[str, str]:
    """Return the SQL of each model of a dbt project by its name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((project / "models").rglob("*.sql"))}


def without_comments(text: str) -> str:
    """Return a model's text without what it says beside its SQL."""
    for comment in _BESIDE:
        text = comment.sub(" ", text)
    return text


def facts_behind(name: str, texts: Mapping[str, str]) -> frozenset[str]:
    """Return the facts, and what both systems' records became before them, that a model's rows are made of.

    The tables of days, places and children (dim_) are no facts: every indicator reads them.
    """
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for read in _reads(texts[waiting.pop()], texts) - found:
            found.add(read)
            if not read.startswith("dim_"):
                waiting.append(read)
    return frozenset(read for read in found if _is_fact(read))


def shared_caveats(local: Iterable[str], texts: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return by local model the shipped indicator models that count a fact of its own: whose caveats it shares.

    local: the names of the local models; texts: all models, theirs among them. One that counts no fact, or a fact that
    no shipped one counts, shares the caveats of all: nobody has said what can distort it.
    """
    local = tuple(local)
    shipped = {
        name: facts_behind(name, texts) for name in sorted(texts) if name.startswith("ind_") and name not in local
    }
    counted = frozenset().union(*shipped.values())
    shared = {}
    for name in local:
        facts = facts_behind(name, texts)
        marts = [fact for fact in facts if fact.startswith("fct_")]
        is_known = bool(marts) and all(({fact} | facts_behind(fact, texts)) & counted for fact in marts)
        shared[name] = tuple(other for other, others in shipped.items() if not is_known or facts & others)
    return shared


def childrens_records(name: str, shipped: Iterable[str], texts: Mapping[str, str]) -> list[str]:
    """Return what a model reads of children, by name: facts that shipped models about children count, and children.

    shipped: the names of the shipped models about children; texts: all models, this one among them.
    """
    childrens = frozenset().union(*(facts_behind(other, texts) for other in shipped))
    read = {"dim_children"} & _reads(texts[name], texts)
    return sorted(fact for fact in (facts_behind(name, texts) & childrens) | read if not fact.startswith("int_"))


def _reads(text: str, texts: Mapping[str, str]) -> set[str]:
    return {name for name in _QUOTED_NAME.findall(without_comments(text)) if name in texts}


def _is_fact(name: str) -> bool:
    return name.startswith("fct_") or (name.startswith("int_") and name.endswith("_conformed"))
