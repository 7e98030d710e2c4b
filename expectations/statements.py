"""The SQL that takes the measures: one statement for each family of exit checks, one for each relation of rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from expectations.catalogue import DIRECTORY, RecordRule

COLUMNS = ("authority_code", "check_code", "subject", "value", "checked", "failed")
"""What every statement yields; value null: the subject says nothing tonight."""


def family_statement(family: str, parameters: dict[str, Any] | None = None) -> str:
    """Render the statement of a family of exit checks.

    A linter looks at one entity of those that a statement repeats itself for (expectations/.sqlfluff); here are all.
    Raises FileNotFoundError when the family has no SQL file.
    """
    import jinja2

    path = DIRECTORY / "measures" / f"{family}.sql"
    template = jinja2.Template(path.read_text(encoding="utf-8"), undefined=jinja2.StrictUndefined, trim_blocks=True)
    return template.render({"entities_at_most": None} | (parameters or {}))


def rules_statement(rules: Sequence[RecordRule]) -> str:
    """Write the statement that counts all rules of one relation in one scan.

    A record whose failure a named person explained is not counted as failing until the explanation expires. The
    measured value is the share of failing records, nought while fewer fail than the rule's minimum_failed: a rule
    of few records must not put a caveat on a small authority's figures.
    """
    (relation,) = {rule.relation for rule in rules}
    counted = ",\n".join(
        f"    count(*) filter (where {rule.applies}) as checked_{number},\n"
        f"    count(*) filter (where ({rule.applies}) and ({rule.fails})"
        f" and '{rule.code}' <> all(coalesce(explained.check_codes, '{{}}'))) as failed_{number}"
        for number, rule in enumerate(rules)
    )
    rows = ",\n".join(
        f"    ('{rule.code}', {rule.minimum_failed}, checked_{number}, failed_{number})"
        for number, rule in enumerate(rules)
    )
    return (
        f"with records as (\n{relation_query(relation)}\n),\n"
        f"counted as (\nselect\n    authority_code,\n{counted}\nfrom records\n"
        "left join quality.explained_records as explained using (authority_code, record_key)\n"
        "group by authority_code\n)\n"
        "select counted.authority_code, rule.code as check_code, rule.code as subject,\n"
        "    case when rule.failed >= rule.minimum_failed and rule.checked > 0\n"
        "        then rule.failed::double precision / rule.checked else 0 end as value,\n"
        "    rule.checked, rule.failed\n"
        f"from counted\ncross join lateral (values\n{rows}\n) as rule (code, minimum_failed, checked, failed)\n"
    )


def failing_statement(rules: Iterable[RecordRule]) -> str:
    """Write the statement that lists the failing records of rules of one relation: for worklists alone.

    One row per failing record and rule: authority_code, check_code, record_key, child_key, team_name. No source id and
    no name: `restricted` joins those.
    """
    rules = list(rules)
    (relation,) = {rule.relation for rule in rules}
    parts = "\nunion all\n".join(
        f"select authority_code, '{rule.code}' as check_code, record_key, child_key, team_name from records"
        f" where ({rule.applies}) and ({rule.fails})"
        for rule in rules
    )
    return f"with records as (\n{relation_query(relation)}\n)\n{parts}\n"


def relation_query(relation: str) -> str:
    """Return the query of a relation that rules speak about: one row per record."""
    return (DIRECTORY / "relations" / f"{relation}.sql").read_text(encoding="utf-8")
