"""What is written of the marts for BI tools and their people: relations as data, diagrams, a list and a join guide."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from csc_warehouse.errors import UsageError
from csc_warehouse.publication.marts import ForeignKey, Mart, Role
from csc_warehouse.publication.views import RELEASE_ID_COMMENT

MADE = "Written by `csc-warehouse marts` from the models' own metadata; not by hand."
FORMAT = 1
"""Of relations.json: raised when a reader of the one before could no longer read it."""
EXAMPLE = """\
```sql
-- as csc_analyst
select d.quarter_label, t.service_name, s.title as source, c.age_band, count(*) as contacts
from marts.fct_contacts as c
inner join marts.dim_dates as d on c.event_date = d.calendar_date
inner join marts.dim_contact_sources as s using (contact_source_key)
inner join marts.dim_teams as t using (authority_code, team_key)
where c.exclusion_reason is null
group by d.quarter_sort, d.quarter_label, t.service_name, s.sort_order, s.title, c.age_band
order by d.quarter_sort, t.service_name, s.sort_order, c.age_band
```"""
HEADINGS: dict[Role, str] = {
    "figures": "Figures",
    "register": "Register and what is set beside figures",
    "dimension": "Dimensions",
    "fact": "Facts",
}


def documents(marts: Sequence[Mart]) -> dict[str, str]:
    """Return every document by the name of its file."""
    return {"relations.json": relations(marts), "star.md": star(marts), "marts.md": guide(marts)}


def write(marts: Sequence[Mart], folder: Path) -> list[Path]:
    """Write every document into a folder, which is made where it is not there, and return the files.

    Raises UsageError where it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in documents(marts).items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{folder} cannot be written ({error.strerror}): name a folder of your own.") from error
    return [folder / name for name in documents(marts)]


def relations(marts: Sequence[Mart]) -> str:
    """Return tables, columns, keys and relations as JSON, as a tool's model can be made from."""
    content = {
        "about": "The published marts and how they join. " + MADE.replace("`", ""),
        "format": FORMAT,
    }
    listed = {
        "tables": [_table(mart) for mart in marts],
        "relations": [_relation(mart, key, _schema_of(marts, key.to)) for mart in marts for key in mart.foreign_keys],
    }
    # a line for each table and relation, so that a change is seen where it is
    parts = [f'"{name}": {json.dumps(value, ensure_ascii=False)}' for name, value in content.items()]
    parts += [
        f'"{name}": [\n' + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries) + "\n]"
        for name, entries in listed.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _table(mart: Mart) -> dict[str, Any]:
    release = {"name": "release_id", "type": "bigint", "is_nullable": False, "description": RELEASE_ID_COMMENT}
    columns = [
        {
            "name": column.name,
            "type": column.data_type,
            "is_nullable": column.is_nullable,
            "description": column.description,
        }
        for column in mart.columns
    ]
    return {
        "schema": mart.relation.schema,
        "name": mart.name,
        "role": mart.role,
        "description": " ".join(mart.relation.description.split()),
        "rows_of": "all authorities" if mart.relation.is_shared else "each authority",
        "key": list(mart.relation.key_columns),
        "other_keys": [list(columns) for columns in mart.other_keys],
        "columns": [release, *columns],
    }


def _relation(mart: Mart, key: ForeignKey, to_schema: str) -> dict[str, Any]:
    return {
        "from": {"schema": mart.relation.schema, "table": mart.name, "columns": list(key.columns)},
        "to": {"schema": to_schema, "table": key.to, "columns": list(key.to_columns)},
        "cardinality": "many_to_one",
        "is_active": key.is_active,
        "is_always_met": key.is_always_met,
    }


def _schema_of(marts: Iterable[Mart], name: str) -> str:
    return next(mart.relation.schema for mart in marts if mart.name == name)


def star(marts: Sequence[Mart]) -> str:
    """Return one diagram for each subject in Mermaid: its facts with their keys, and what they refer to."""
    lines = [
        "# The star, subject by subject",
        "",
        MADE + " The overview of all facts at once is [a picture](../diagrams/star_schema.svg), the rules of joining"
        " stand in [the list of marts](marts.md).",
        "",
        "A line that is drawn through is the way a tool filters by; a dotted one is another day of the fact, or a way"
        " that it goes when asked.",
    ]
    referring = sorted((mart for mart in marts if mart.foreign_keys), key=lambda mart: (mart.subject, mart.name))
    for subject, found in groupby(referring, key=lambda mart: mart.subject):
        drawn = list(found)
        lines += ["", f"## {_words(subject)}", "", "```mermaid", "erDiagram"]
        lines += [line for mart in drawn for line in _drawn(mart)]
        lines += ["```"]
    return "\n".join(lines) + "\n"


def _drawn(mart: Mart) -> Iterator[str]:
    primary = set(mart.relation.key_columns)
    foreign = {column for key in mart.foreign_keys for column in key.columns}
    yield f"    {mart.name} {{"
    for column in mart.columns:
        marks = [mark for mark, names in (("PK", primary), ("FK", foreign)) if column.name in names]
        if marks:
            yield f"        {column.data_type.replace(' ', '_')} {column.name} {', '.join(marks)}"
    yield "    }"
    for key in mart.foreign_keys:
        line = "--" if key.is_active else ".."
        end = "||" if key.is_always_met else "o|"
        yield f'    {mart.name} }}o{line}{end} {key.to} : "{", ".join(key.columns)}"'


def guide(marts: Sequence[Mart]) -> str:
    """Return the list of marts, one line each, and how each joins."""
    lines = [
        "# The marts, and how they join",
        "",
        MADE + " The same as data, for Power BI, Metabase or Superset: [relations.json](relations.json); drawn:"
        " [the star](star.md). Analysts read `marts`; readers read `reporting` ([BI tools](README.md)).",
        "",
        "- **Join by the whole key**: what belongs to an authority is known by `authority_code` and its own key. A tool"
        ' that joins by one column alone (Power BI) makes one of both, as `authority_code & "|" & team_key`; of'
        " children, workers and records the key alone will do, as no two authorities share one, and is faster.",
        "- **Nothing is lost by a join to a dimension**: a column that ends in `_key` and leads to a dimension of"
        " codes, teams or workers is never null. None and an unlisted code are the member `unknown`. The columns that"
        " end in `_code` say what the source said, and tell the two apart.",
        "- **Days**: `event_date` of a fact (`return_date` of a corporate return) leads to `dim_dates`, and is null"
        " where the day is not known or lies outside the calendar of 1990 to 2040. `age_band` is the child's on that"
        " day. Other days of a fact lead there too when asked; one outside the calendar joins nothing.",
        "- **What counts**: a fact's row is in figures where its `exclusion_reason` is null. How an indicator counts is"
        " the register's business, and `indicator_values` has done it; a count of facts is no indicator.",
        "- **No `release_id` in a join**: each view shows one release of each authority, and what all share is of the"
        " latest.",
        "- **Any record explains itself**: its `record_key` finds it in `indicator_records`, with the evidence by which"
        " each indicator judged it.",
    ]
    lines += ["", "Contacts by quarter, service, source and age:", "", EXAMPLE]
    for role, heading in HEADINGS.items():
        lines += ["", f"## {heading}", "", "| relation | what it holds | key |", "|---|---|---|"]
        lines += [
            f"| `{mart.relation}` | {mart.one_line} | {_quoted(mart.relation.key_columns)} |"
            for mart in marts
            if mart.role == role
        ]
    lines += ["", "## Joins", "", "Where nothing is said, the way is active."]
    lines += ["Where it says `or none`, rows are without by design: join from the left, or they are lost.", ""]
    lines += ["| from | columns | to | columns | |", "|---|---|---|---|---|"]
    lines += [
        f"| `{mart.name}` | {_quoted(key.columns)} | `{key.to}` | {_quoted(key.to_columns)} | {_said(key)} |"
        for mart in marts
        for key in mart.foreign_keys
    ]
    return "\n".join(lines) + "\n"


def _said(key: ForeignKey) -> str:
    return ", ".join(
        words for words, holds in (("when asked", not key.is_active), ("or none", key.is_optional)) if holds
    )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _words(subject: str) -> str:
    return subject.replace("_", " ").capitalize()
