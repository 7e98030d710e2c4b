"""What a local indicator's model and YAML may say: the walls of the shipped ones, each breach in one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import yaml
from jinja2 import nodes

from csc_warehouse.errors import listed, nearest
from csc_warehouse.overlay.reach import without_comments
from csc_warehouse.register import TO_WRITE

WORDS = (
    "add_months", "band_of", "computed_from_date", "derived_key", "in_calendar", "is_open_on", "local_date", "month_of",
    "months_touched", "parameter", "spoken_date", "spoken_hours", "spoken_time",
)  # fmt: skip
"""Macros that word an expression or read a parameter of the register; none of the others belongs into a model."""
SCHEMAS = (
    "landing", "staging", "intermediate", "marts_candidate", "reporting_candidate", "restricted_candidate", "marts",
    "reporting", "restricted", "quality", "release", "public", "pg_catalog", "information_schema",
)  # fmt: skip
"""Where a model may read nothing by name: what it reads, and when that is built, dbt knows by ref alone."""
_NAMED_RELATION = re.compile(rf"(?<![\w.\"])\"?(?:dev_)?({'|'.join(SCHEMAS)})\"?\s*\.\s*\"?\w", re.IGNORECASE)
_CLOCK = re.compile(
    r"\b(now\s*\(|current_date|current_time\w*|localtime\w*|\w+_timestamp\s*\(|timeofday|random\s*\(|'(?:now|today|"
    r"yesterday|tomorrow)')",
    re.IGNORECASE,
)
_BY_NAME_IN_A_TEXT = re.compile(
    r"\b((?:query|table|cursor|schema|database)_to_xml\w*|dblink\w*|pg_read\w*)", re.IGNORECASE
)
_MODEL_KEYS = ("name", "description", "config", "columns")
_TEST_KEYS = ("name", "description", "model", "given", "expect", "overrides")


@dataclass(frozen=True)
class House:
    """What the shipped project has that a local model is held to."""

    readable: frozenset[str]
    """Models of core and what the indicators of an area share."""
    columns: tuple[Mapping[str, Any], ...]
    """The columns of every indicator's model, as their YAML describes them."""

    @classmethod
    def of(cls, project: Path) -> House:
        """Read it from the files of a dbt project."""
        marts = project / "models" / "marts"
        shared = [path.stem for path in (marts / "indicators").glob("*/int_*.sql")]
        core = [path.stem for path in (marts / "core").glob("*.sql")]
        described = yaml.safe_load((marts / "indicators" / "front_door" / "_front_door__models.yml").read_text("utf-8"))
        columns = next(model["columns"] for model in described["models"] if model["name"].startswith("ind_"))
        return cls(frozenset((*shared, *core)), tuple(columns))


def faults_of_model(text: str, code: str, parameters: Mapping[str, Any], house: House) -> Iterator[str]:
    """Yield what is wrong with the SQL of a code's model, and what to do, each as the end of a sentence.

    parameters: those of the code's row of the register.
    """
    try:
        tree = jinja2.Environment(autoescape=True).parse(text)
    except jinja2.TemplateSyntaxError as error:
        yield f"dbt could not read it (line {error.lineno}: {error.message}); correct that place."
        return
    sql = without_comments("".join(_rendered(tree)))
    yield from dict.fromkeys(_faults_of_jinja(tree, code, parameters, house))
    if not sql.strip().lower().startswith("with "):
        yield "it does not begin with what it reads; begin with `with name as (select * from {{ ref('...') }})`."
    for found in dict.fromkeys(match.group(1) for match in _NAMED_RELATION.finditer(sql)):
        yield f"it names the schema {found}; read core and what the areas share, by {{{{ ref('...') }}}} alone."
    for found in dict.fromkeys(match.group(1) for match in _BY_NAME_IN_A_TEXT.finditer(sql)):
        yield f"{found} reads what dbt does not know of; read by {{{{ ref('...') }}}} alone."
    for found in dict.fromkeys(match.group(1) for match in _CLOCK.finditer(sql)):
        yield f"{found.rstrip('( ')} differs from night to night; the day shown is as_at_date of dim_authorities."
    if ";" in re.sub(r"'[^']*'", "", sql):
        yield "it holds more than one statement; leave out the semicolon."
    if TO_WRITE in text:
        yield f"it still holds {TO_WRITE}; write what belongs there."
    if not re.search(rf"'{code}'(::text)? as indicator_code\b", sql):
        yield f"it yields no records of {code}; begin its last select with '{code}' as indicator_code."
    last = re.split(r"\bselect\b", sql, flags=re.IGNORECASE)[-1]
    lacking = [str(column["name"]) for column in house.columns if not re.search(rf"\b{column['name']}\b", last)]
    if lacking and "select" in sql.lower():
        yield f"its last select lacks {listed(lacking)}; it yields the columns of every indicator, in their order."


def faults_of_description(entry: Mapping[str, Any], code: str, house: House) -> Iterator[str]:
    """Yield what is wrong with a model's YAML, and what to do, each as the end of a sentence."""
    further = sorted(set(map(str, entry)) - set(_MODEL_KEYS))
    if further:
        yield f"it holds {listed(further)}; a local indicator's has {listed(_MODEL_KEYS)} alone."
    said = str(entry.get("description") or "")
    if not said.startswith("One row per "):
        yield "its description does not say what one row is; begin it with One row per."
    if TO_WRITE in said:
        yield f"its description still holds {TO_WRITE}; write what belongs there."
    if "{{" in said or "{%" in said:
        yield "its description holds braces that dbt would run; write words alone."
    if entry.get("config") != {"meta": {"indicator_code": code}}:
        yield f"its config is another one; write config: {{meta: {{indicator_code: {code}}}}}."
    columns = entry.get("columns")
    if columns is None:
        return
    promised = [(column["name"], column["data_type"]) for column in house.columns]
    given = [
        (column.get("name"), column.get("data_type")) if isinstance(column, dict) else (None, None)
        for column in (columns if isinstance(columns, list) else [None])
    ]
    if given != promised:
        yield "its columns are not those of every indicator; leave columns out, and they are filled in."
    elif any(not column.get("description") or "{{" in str(column["description"]) for column in columns):
        yield "a column is not described in words; leave columns out, and they are filled in."


def faults_of_unit_test(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a unit test, and what to do, each as the end of a sentence."""
    further = sorted(set(map(str, entry)) - set(_TEST_KEYS))
    if further:
        yield f"it holds {listed(further)}; a unit test has {listed(_TEST_KEYS)} alone."
    lacking = [key for key in ("given", "expect") if not entry.get(key)]
    if lacking:
        yield f"it lacks {listed(lacking)}; give it records on each side of every edge, and what becomes of them."
    if TO_WRITE in str(entry):
        yield f"it still holds {TO_WRITE}; write what belongs there."


def _rendered(tree: nodes.Template) -> Iterator[str]:
    """Yield the SQL of a model with a name where something is filled in."""
    for node in tree.find_all((nodes.TemplateData, nodes.Call)):
        yield node.data if isinstance(node, nodes.TemplateData) else " filled_in "


def _faults_of_jinja(tree: nodes.Template, code: str, parameters: Mapping[str, Any], house: House) -> Iterator[str]:
    plain = (nodes.Output, nodes.TemplateData, nodes.Call, nodes.Const, nodes.Name, nodes.Keyword, nodes.List)
    if any(not isinstance(node, plain) for node in tree.find_all(nodes.Node)):
        yield "it holds more than words filled in; write the select itself, with {{ ref('...') }} and the like alone."
        return
    called = list(tree.find_all(nodes.Call))
    callees = {id(call.node) for call in called}
    for name in tree.find_all(nodes.Name):
        if id(name) not in callees:
            yield f"{{{{ {name.name} }}}} is nothing that a model knows; write the value, or a parameter."
    for call in called:
        word = call.node.name if isinstance(call.node, nodes.Name) else ""
        given = [part.value if isinstance(part, nodes.Const) else None for part in call.args]
        if word == "ref":
            yield from _faults_of_ref(given, house)
        elif word not in WORDS:
            yield f"{word or 'what it calls'} belongs into no indicator; it may call ref, {listed(WORDS)}."
        elif word in ("parameter", "computed_from_date") and given[:1] != [code]:
            yield f"{word} reads another indicator's rule; a local one has its own: {word}('{code}', ...)."
        elif word == "parameter" and (len(given) < 2 or given[1] not in parameters):
            named = given[1] if len(given) > 1 else None
            yield f"its row of the register has no parameter {named}; put it into parameters."


def _faults_of_ref(given: list[Any], house: House) -> Iterator[str]:
    name = str(given[0]) if len(given) == 1 and isinstance(given[0], str) else None
    if name is None:
        yield "a ref does not say in one quoted word what it reads; write {{ ref('...') }}."
    elif name != "indicators" and name not in house.readable:
        meant = nearest(name, sorted(house.readable))
        like = f"; did you mean {meant}?" if meant else "."
        yield f"it reads {name}, and an indicator reads core (fct_, dim_), what areas share and the register{like}"
