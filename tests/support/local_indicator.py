"""A small indicator of a council's own, as its overlay holds it, for tests to lay and to spoil."""

from __future__ import annotations

import csv
from pathlib import Path

from csc_warehouse.register import SEEDS

CODE = "XCO01"
MODEL = "ind_xco01__contacts_from_schools"
SQL = """\
-- Contacts whose source is education.

with contacts as (
    select * from {{ ref('int_contacts_counted') }}
)

select
    'XCO01' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    counting_date as counting_from_date,
    counting_date as counting_to_date,
    null::date as numerator_date,
    exclusion_reason is null as is_in_denominator,
    exclusion_reason is null
    and coalesce(source_code = {{ parameter('XCO01', 'source', 'text') }}, false) as is_in_numerator,
    null::numeric as amount,
    '{}'::jsonb as breakdowns,
    exclusion_reason,
    received_evidence || ', from ' || coalesce(source_code, 'unknown') as evidence,
    null::date as due_date
from contacts
"""
MODELS = f"""\
version: 2

models:
  - name: {MODEL}
    description: >-
      One row per contact, by the day received. Denominator: valid contacts. Numerator: those from education.
    config:
      meta: {{indicator_code: {CODE}}}
"""
UNIT_TESTS = f"""\
version: 2

unit_tests:
  - name: xco01_counts_schools
    description: A contact of a school is in the numerator, one of the police is not.
    model: {MODEL}
    given:
      - input: ref('int_contacts_counted')
        rows:
          - {{record_key: school, counting_date: 2017-04-03, source_code: EDU}}
          - {{record_key: police, counting_date: 2017-04-03, source_code: POL}}
      - input: ref('indicators')
        rows:
          - {{code: {CODE}, parameters: '{{"source": "EDU"}}'}}
    expect:
      rows:
        - {{record_key: school, is_in_denominator: true, is_in_numerator: true}}
        - {{record_key: police, is_in_denominator: true, is_in_numerator: false}}
"""
RELATIONS = f"""\
relation,comparison,coefficient,indicator_code,term,breakdown,breakdown_value,moment
contacts from schools,equal,1,{CODE},numerator,all,all,same
contacts from schools,equal,-1,CON01,numerator,source,EDU,same
contacts of the schools' share,equal,1,{CODE},denominator,all,all,same
contacts of the schools' share,equal,-1,CON01,numerator,all,all,same
"""


def row(**changes: str) -> dict[str, str]:
    """Return the row of the register, like that of CON02 but for its words and what is changed."""
    with (SEEDS / "indicators.csv").open(encoding="utf-8", newline="") as file:
        shipped = next(row for row in csv.DictReader(file) if row["code"] == "CON02")
    return shipped | {
        "code": CODE,
        "title": "Contacts from schools",
        "title_cy": "Cysylltiadau gan ysgolion",
        "is_printed": "false",
        "printed_breakdowns": "",
        "numerator_text": "contacts whose source is education",
        "parameters": '{"source": "EDU"}',
        **changes,
    }


def write_rows(folder: Path, *rows: dict[str, str]) -> None:
    """Write the register of the folder."""
    with (folder / "indicators.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row()))
        writer.writeheader()
        writer.writerows(rows)


def write_indicator(overlay: Path) -> Path:
    """Write the indicator into an overlay and return the folder of local indicators."""
    folder = overlay / "indicators"
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(folder, row())
    (folder / "figure_relations.csv").write_text(RELATIONS, encoding="utf-8")
    (folder / f"{MODEL}.sql").write_text(SQL, encoding="utf-8")
    (folder / "_local__models.yml").write_text(MODELS, encoding="utf-8")
    (folder / "_local__unit_tests.yml").write_text(UNIT_TESTS, encoding="utf-8")
    return folder
