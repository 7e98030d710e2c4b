"""The four things that a new indicator is made of, begun: register row, model, its YAML and its unit test.

What only a person can know is marked: the register refuses a row that still holds the mark, and the unit test expects
what the model does not yet do. So nothing that is merely begun can be built or pass for done.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from csc_warehouse.errors import UsageError
from csc_warehouse.register.rows import CODE_PATTERN, SEEDS, TO_WRITE

PROJECT = SEEDS.parent
RELATIONS = "figure_relations.csv"
EVERY_PERIOD = "month|quarter|half_year|year_to_date|year"
USUAL_FACTS = {
    "front_door": ("int_contacts_counted", "counting_date"),
    "assessments": ("int_assessments_judged", "authorised_date"),
    "reviews": ("int_reviews_judged", "due_date"),
    "child_protection": ("int_registrations_judged", "registered_date"),
    "looked_after": ("int_care_periods_judged", "start_date"),
    "missing": ("fct_missing_episodes", "missing_from_date"),
    "leaving_care": ("int_care_leavers_checked", "left_care_date"),
    "education": ("fct_school_moves", "move_date"),
    "prevention": ("int_prevention_services_judged", "start_date"),
    "performance_framework": ("int_contacts_counted", "counting_date"),
}
"""What an area counts most often, and by which day: where nobody says which."""
OTHER_DAYS = {"fct_contacts": "received_date", "int_episodes_returned": "returned_date"}
"""The day of what is not an area's usual fact."""
USUAL_FOLDER = "front_door"

COUNTED_WHERE_RECORDED = ("fct_contacts", "fct_missing_episodes")
"""Facts that count whoever is responsible for the child (indicators.md rule 9)."""

Kind = Literal["count", "percent"]

_MODEL = """\
-- Begun from {fact}: say here in one line what is peculiar to the rule, and delete this one.

with {rows} as (
    select * from {{{{ ref('{fact}') }}}}
    where {day} is not null
){children}

select
    '{code}' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    {day} as counting_from_date,
    {day} as counting_to_date,
    null::date as numerator_date,
    {is_counted} as is_in_denominator,
    -- nothing is in the numerator until the rule is written
    false as is_in_numerator,
    null::numeric as amount,
    '{{}}'::jsonb as breakdowns,
    {reason} as exclusion_reason,
    '{to_write}' as evidence,
    null::date as due_date
from {last}
"""

_CHILDREN = """,

children as (
    select * from {{{{ ref('dim_children') }}}}
),

judged as (
    select
        {rows}.*,
        {reason} as reason
    from {rows}
    left join children on {rows}.authority_code = children.authority_code and {rows}.child_key = children.child_key
)"""

_YAML = """
  - name: {model}
    description: >-
      One row per {to_write}, by its {day}. Denominator: {to_write}. Numerator: {to_write}.
      Excluded: {to_write}. Known limit: {to_write}.
    config:
      meta: {{indicator_code: {code}}}
"""
_COLUMNS = """\
    columns: *indicator_record
"""

_UNIT_TEST = """
  - name: {code_lower}_counts_what_its_words_say
    description: >-
      {to_write}: one fact that meets the rule, one that just misses it, and each that is left out with its reason.
    model: {model}
    given:
      - input: ref('{fact}')
        rows:
          - {{authority_code: W1, record_key: just met, child_key: c1, {day}: 2017-04-03}}
          - {{authority_code: W1, record_key: just missed, child_key: c2, {day}: 2017-04-03}}
{given_children}    expect:
      rows:
        - {{record_key: just met, counting_from_date: 2017-04-03, is_in_denominator: true, is_in_numerator: true}}
        - {{record_key: just missed, counting_from_date: 2017-04-03, is_in_denominator: {missed},
           is_in_numerator: false}}
"""

_GIVEN_CHILDREN = """\
      - input: ref('dim_children')
        rows: []
"""

_MODEL_LIST = """\
{{# The ind_ models that stand in the project: dbt must know a model's references when it parses, and reads no folder
   itself. `csc-warehouse new-indicator` adds its model here; a test compares this list with the folder. #}}
{{% macro indicator_models() -%}}
    {{{{ return([
{lines}    ]) }}}}
{{%- endmacro %}}
"""


@dataclass(frozen=True)
class NewIndicator:
    """What is asked for: code, English title, the fact and day it counts by, and where its model goes."""

    code: str
    title: str
    fact: str
    day: str
    folder: str
    kind: Kind = "percent"
    is_stock: bool = False


def suggest(code: str, folder: str | None, fact: str | None, project: Path = PROJECT) -> tuple[str, str, str]:
    """Return folder, fact and day for what was not said: the area of the code's letters, and what it usually counts."""
    letters = re.sub(r"[^a-z].*", "", code.lower())
    siblings = sorted(_areas(project).rglob(f"ind_{letters}[0-9]*.sql")) if letters else []
    folder = folder or (siblings[0].parent.name if siblings else USUAL_FOLDER)
    usual_fact, usual_day = USUAL_FACTS.get(folder, USUAL_FACTS[USUAL_FOLDER])
    if fact is not None and fact != usual_fact:
        days = dict(USUAL_FACTS.values()) | OTHER_DAYS
        return folder, fact, days.get(fact, usual_day)
    return folder, usual_fact, usual_day


def write_scaffold(asked: NewIndicator, project: Path = PROJECT) -> list[Path]:
    """Write register row, model, its YAML, its unit test and its name in the list of models; return the files.

    The register comes first, the list last. YAML and unit test are added to the area's own files.

    Raises UsageError, before anything is written, when the code is not of the register's form or is taken, when the
    folder or the fact is not there, or when the fact has no such day.
    """
    register = project / "seeds" / "indicators.csv"
    folder = _folder(project, asked)
    _require_free_code(register, folder.parent, asked.code)
    names = _names(project, asked)
    model = names["model"]
    sql = folder / f"{model}.sql"
    described, tested = folder / f"_{folder.name}__models.yml", folder / f"_{folder.name}__unit_tests.yml"
    sql.write_text(_model_text(names), encoding="utf-8")
    _append(described, _YAML.format(**names) + _COLUMNS)
    _append(tested, _UNIT_TEST.format(**names))
    # last: a row without a model would stop every build with a less telling sentence
    _append(register, _register_row(register, asked))
    models = project / "macros" / "indicator_models.sql"
    write_model_list(models, [*listed_models(models), model])
    return [register, sql, described, tested, models]


def write_local_scaffold(asked: NewIndicator, folder: Path, project: Path = PROJECT) -> list[Path]:
    """Write the same into the folder of a council's own indicators; return the files.

    The project's register and models are read, and nothing is written there. Raises UsageError as write_scaffold does.
    """
    _folder(project, asked)
    shipped, register = project / "seeds" / "indicators.csv", folder / "indicators.csv"
    _require_free_code(shipped, _areas(project), asked.code)
    if register.is_file():
        _require_free_code(register, folder, asked.code)
    names = _names(project, asked)
    folder.mkdir(parents=True, exist_ok=True)
    sql = folder / f"{names['model']}.sql"
    described, tested = folder / "_local__models.yml", folder / "_local__unit_tests.yml"
    sql.write_text(_model_text(names), encoding="utf-8")
    for path, section, text in (
        (described, "models", _YAML.format(**names)),
        (tested, "unit_tests", _UNIT_TEST.format(**names)),
    ):
        _append(path, text if path.is_file() else f"version: 2\n\n{section}:{text}".replace(":\n\n", ":\n", 1))
    header = "" if register.is_file() else shipped.read_text(encoding="utf-8").partition("\n")[0] + "\n"
    _append(register, header + _register_row(shipped, asked))
    relations = folder / RELATIONS
    _append(relations, _begun_relation(relations, project / "seeds" / RELATIONS, asked))
    return [register, sql, described, tested, relations]


def _begun_relation(path: Path, shipped: Path, asked: NewIndicator) -> str:
    """Return a row that no build accepts: how the figures hang together, alone too, is for a person to say."""
    is_there = path.is_file() and path.stat().st_size > 0
    with (path if is_there else shipped).open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file))
    begun = {
        "relation": TO_WRITE,
        "comparison": TO_WRITE,
        "coefficient": "1",
        "indicator_code": asked.code,
        "term": "numerator",
        "breakdown": "all",
        "breakdown_value": "all",
        "moment": "same",
    }
    text = io.StringIO()
    writer = csv.DictWriter(text, [name.strip() for name in header], extrasaction="ignore", lineterminator="\n")
    if not is_there:
        writer.writeheader()
    writer.writerow(begun)
    return text.getvalue()


def _model_text(names: dict[str, str]) -> str:
    return _MODEL.format(**names).replace(" exclusion_reason as exclusion_reason", " exclusion_reason")


def _names(project: Path, asked: NewIndicator) -> dict[str, str]:
    """Return what is filled into the texts of an indicator that is begun."""
    fact_columns = _fact_columns(project, asked)
    model = f"ind_{asked.code.lower()}__{_slug(asked.title)}"
    return {
        "code": asked.code,
        "code_lower": asked.code.lower(),
        "model": model,
        "fact": asked.fact,
        "day": asked.day,
        "to_write": TO_WRITE,
        "missed": "false" if asked.kind == "count" else "true",
        **_sources(asked.fact, fact_columns),
    }


def _sources(fact: str, columns: dict[str, str]) -> dict[str, str]:
    """Return what the model reads beside its fact, and the reason for leaving a record out.

    What an area shares (int_...) has judged whose child it is; a fact is joined to the children for that.
    """
    rows = fact.partition("_")[2]
    own = next((name for name in columns if name == "exclusion_reason" or name.endswith("_exclusion_reason")), None)
    if fact.startswith("int_") or fact in COUNTED_WHERE_RECORDED:
        return {
            "rows": rows,
            "children": "",
            "given_children": "",
            "last": rows,
            "is_counted": f"{own} is null" if own else "true",
            "reason": own or "null::text",
        }
    reason = f"coalesce({rows}.{own}, children.exclusion_reason)" if own else "children.exclusion_reason"
    return {
        "rows": rows,
        "children": _CHILDREN.format(rows=rows, reason=reason),
        "given_children": _GIVEN_CHILDREN,
        "last": "judged",
        "is_counted": "reason is null",
        "reason": "reason",
    }


def _append(path: Path, text: str) -> None:
    # a spreadsheet may leave the last line open
    is_open = path.is_file() and path.read_bytes()[-1:] not in (b"\n", b"")
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(f"\n{text}" if is_open else text)


def listed_models(path: Path) -> list[str]:
    """Return the names in the list of indicator models."""
    return re.findall(r"^ +'(\w+)',$", path.read_text(encoding="utf-8"), re.MULTILINE)


def write_model_list(path: Path, names: Iterable[str]) -> None:
    """Write the list of indicator models, in alphabetical order."""
    lines = "".join(f"        '{name}',\n" for name in sorted(set(names)))
    path.write_text(_MODEL_LIST.format(lines=lines), encoding="utf-8")


def _areas(project: Path) -> Path:
    return project / "models" / "marts" / "indicators"


def _folder(project: Path, asked: NewIndicator) -> Path:
    root = _areas(project)
    areas = sorted(path.name for path in root.iterdir() if path.is_dir() and path.name != "machine")
    if asked.folder not in areas:
        raise UsageError(f"{asked.folder} is no area of the indicators: --folder is one of {', '.join(areas)}.")
    return root / asked.folder


def _next_free_code(code: str, taken: set[str], root: Path) -> str:
    """Return the code after the highest one of an area: CON09 where CON08 is the last."""
    found = re.match(r"([A-Z]+)(\d+)", code)
    letters, digits = found.groups() if found else (code, "00")
    models = {path.stem.removeprefix("ind_").partition("__")[0].upper() for path in root.rglob("ind_*.sql")}
    numbers = [
        int(m.group(2)) for name in taken | models if (m := re.match(r"([A-Z]+)(\d+)", name)) and m[1] == letters
    ]
    return f"{letters}{max(numbers, default=0) + 1:0{len(digits)}d}"


def _require_free_code(register: Path, root: Path, code: str) -> None:
    if not re.fullmatch(CODE_PATTERN, code):
        raise UsageError(f"{code} is no code: two or three capitals and two or three digits, as CON09, CH049 or PM34A.")
    # a council's own may have been saved by a spreadsheet
    with register.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if any(None in (row.get("code"), row.get("local_code")) for row in rows):
        raise UsageError(f"{register} is no register of indicators: csc-warehouse overlay check says what is wrong.")
    taken = {name for row in rows for name in (row["code"], row["local_code"].replace("/", "").upper())}
    for row in rows:
        if code in (row["code"], row["local_code"].replace("/", "").upper()):
            free = _next_free_code(code, taken, root)
            raise UsageError(f"{code} is taken: {row['title']}. The next free code of its area is {free}.")
    if any(root.rglob(f"ind_{code.lower()}__*.sql")):
        raise UsageError(f"{code} has a model, and no row in the register: give it one, or remove the model.")


def _fact_columns(project: Path, asked: NewIndicator) -> dict[str, str]:
    """Return the fact's columns with their types, by the contract in its YAML."""
    facts: dict[str, dict[str, str]] = {}
    marts = project / "models" / "marts"
    for path in sorted([*(marts / "core").glob("*.yml"), *(marts / "indicators").glob("*/_*__models.yml")]):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ()):
            if not model["name"].startswith("ind"):
                facts[model["name"]] = {column["name"]: column["data_type"] for column in model["columns"]}
    usable = {name: columns for name, columns in facts.items() if {"record_key", "child_key"} <= set(columns)}
    if asked.fact not in usable:
        raise UsageError(
            f"{asked.fact} is no fact about children with a record of its own: --fact is one of"
            f" {', '.join(sorted(usable))}. For a corporate return, begin from a copy of ind_wrk01__vacant_posts."
        )
    columns = usable[asked.fact]
    days = [name for name, data_type in columns.items() if data_type == "date"]
    if asked.day not in days:
        raise UsageError(f"{asked.fact} has no day {asked.day}: --day is one of {', '.join(days)}.")
    return columns


def _slug(title: str) -> str:
    if title == TO_WRITE:
        return "to_be_named"
    slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:40].strip("_")
    if not slug:
        raise UsageError("The title has no letter to name the model by: give --title in words.")
    return slug


def _register_row(register: Path, asked: NewIndicator) -> str:
    with register.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    is_percent = asked.kind == "percent"
    known = {
        "code": asked.code,
        "title": asked.title,
        "title_cy": TO_WRITE,
        "framework": "local",
        "flow_or_stock": "stock" if asked.is_stock else "flow",
        "value_type": asked.kind,
        "unit": "%" if is_percent else TO_WRITE,
        "counted": TO_WRITE,
        "counting_unit": "record",
        "numerator_rule": "flag",
        "good_direction": "none",
        "period_types": EVERY_PERIOD,
        "coverage_subject": "contact",
        "unit_breakdowns": "{}",
        "breakdown_denominator": "group",
        "breakdown_groups": "{}",
        "is_additive_over_periods": "false" if asked.is_stock else "true",
        "is_about_children": "true",
        "is_corporate": "false",
        "is_printed": "false",
        "is_confirmed": "true",
        "statutory_source": TO_WRITE,
        "numerator_text": TO_WRITE,
        "denominator_text": TO_WRITE if is_percent else "",
        "owner": TO_WRITE,
        "parameters": "{}",
    }
    text = io.StringIO()
    csv.DictWriter(text, header, restval="", lineterminator="\n").writerow(known)
    return text.getvalue()
