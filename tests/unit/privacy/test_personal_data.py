"""Every column of every relation that looks personal carries a tag, of models and of tables."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from csc_warehouse.errors import UsageError
from csc_warehouse.landing.history import tables
from csc_warehouse.privacy import personal_data
from csc_warehouse.privacy.personal_data import Tags, of_models
from csc_warehouse.settings import PROJECT_DIRECTORY, load_settings
from csc_warehouse.warehouse import Warehouse

PROJECT = PROJECT_DIRECTORY / "dbt_project"
SCHEMAS = ("landing", "staging", "intermediate", "marts", "reporting", "restricted", "quality", "release")


@pytest.fixture(scope="module")
def tags() -> Tags:
    return Tags.load(load_settings())


def columns_of_models() -> dict[str, list[str]]:
    """Return the columns of each model and seed, as its YAML describes them."""
    found = {}
    for folder in ("models", "seeds"):
        for path in (PROJECT / folder).rglob("*.yml"):
            content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            for model in [*content.get("models", []), *content.get("seeds", [])]:
                found[model["name"]] = [column["name"] for column in model.get("columns", [])]
    return found


def test_a_models_column_that_looks_personal_carries_a_tag_of_its_own() -> None:
    models, _ = of_models(PROJECT)
    described = columns_of_models()
    assert len(described) > 100
    assert set(described) <= set(models.relations)
    untagged = models.untagged({name: dict.fromkeys(columns, False) for name, columns in described.items()})
    assert untagged == [], "say in `personal_data` of dbt_project.yml what these columns hold"


def test_a_column_of_the_database_that_looks_personal_carries_a_tag(module_warehouse: Warehouse, tags: Tags) -> None:
    tables.sync(module_warehouse)
    columns: dict[tuple[str, str], list[str]] = defaultdict(list)
    with module_warehouse.raw_connection() as connection:
        for schema, relation, column in connection.execute(
            "select n.nspname, c.relname, a.attname from pg_class as c"
            " join pg_namespace as n on n.oid = c.relnamespace"
            " join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
            " where c.relkind in ('r', 'p', 'v', 'm') and n.nspname = any(%s)",
            [list(SCHEMAS)],
        ):
            columns[schema, relation].append(column)
    assert len(columns) > 80
    assert tags.untagged(columns) == [], "say in privacy/personal_data.yml, or the contract, what these columns hold"


def test_a_table_that_nobody_speaks_of_is_found(tags: Tags) -> None:
    assert tags.untagged({("quality", "new_table"): ["day"]}) == ["quality.new_table.day"]
    assert tags.untagged({("quality", "decisions"): ["day", "phone"]}) == ["quality.decisions.phone"]


@pytest.mark.parametrize(
    ("schema", "relation", "column", "category"),
    [
        ("landing", "raise_client", "surname", "name"),
        ("landing", "raise_client", "row_key", "identifier"),
        ("landing", "raise_client", "valid_from_date", None),
        ("landing", "wccis_contact", "contactreasonid_cwname", "free_text"),
        ("landing", "corporate_finance_monitor", "budget_gbp", None),
        ("landing", "quarantine", "raw_record", "free_text"),
        ("landing", "deliveries", "reason", None),
        ("staging", "stg_raise__people", "date_of_birth", "birth"),
        ("staging", "stg_corporate__adopter_families", "stage_code", "adopter"),
        ("intermediate", "int_dates", "calendar_date", None),
        ("marts", "fct_contacts", "child_key", "pseudonym"),
        ("marts_candidate", "fct_contacts", "received_date", "care"),
        ("release", "marts__fct_contacts", "received_date", "care"),
        ("release", "marts__fct_contacts", "from_release_id", None),
        ("marts", "fct_contacts", "release_id", None),
        ("marts", "fct_posts", "record_key", None),
        ("marts", "indicator_values", "numerator", None),
        ("marts", "indicator_records", "evidence", "free_text"),
        ("marts", "targets", "target", None),
        ("restricted", "record_sources", "record_id", "identifier"),
        ("restricted", "failing_records", "worker_name", "staff"),
        ("marts", "ind_local99__of_a_council", "child_key", "pseudonym"),
        ("marts", "ind_local99__of_a_council", "amount", "care"),
    ],
)
def test_a_column_has_the_tag_of_what_it_holds(
    tags: Tags, schema: str, relation: str, column: str, category: str | None
) -> None:
    tag = tags.tag(schema, relation, column)
    assert (tag.category if tag else None) == category


def test_who_receives_a_column_follows_from_where_it_stands(tags: Tags) -> None:
    staged, published = (
        tags.tag(s, r, "child_id") for s, r in (("staging", "stg_raise__contacts"), ("restricted", "children"))
    )
    assert staged is not None
    assert published is not None
    assert (staged.recipients, published.recipients) == (
        "Nobody but the warehouse's own steps",
        "Reviewers (csc_reviewer)",
    )
    assert staged.lawful_basis == published.lawful_basis


def test_a_project_that_speaks_of_what_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models" / "marts").mkdir(parents=True)
    (tmp_path / "models" / "marts" / "dim_days.sql").write_text("select 1")
    tagged = {"+meta": {"personal_data": {"none": "days"}}, "marts": {"dim_dais": {"+meta": {}}}}
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump({"name": "p", "models": {"p": tagged}}))
    with pytest.raises(UsageError, match="dim_dais, which is no model and no folder"):
        of_models(tmp_path)


def test_the_tables_own_list_speaks_of_no_table_that_is_gone(module_warehouse: Warehouse, tags: Tags) -> None:
    with module_warehouse.raw_connection() as connection:
        gone = [
            name
            for name in tags.tables.relations
            if name not in (personal_data.LANDING_ROWS, personal_data.RELEASE_ROWS)
            and not name.startswith("files: ")
            and connection.execute("select to_regclass(%s)", [name]).fetchone() == (None,)
        ]
    assert gone == []
