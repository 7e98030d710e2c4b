"""Every join of the models stays within one authority, so that a server of many machines may keep each on one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlglot import exp, parse_one

from csc_warehouse.transform import parse_project
from tests.conftest import Night
from tests.support import compiled
from tests.support.joins import KEY, read

SMALL = {"series_breaks": "a seed of some dozen rows, of which those of all authorities hold for each"}
"""Relations with an authority in their rows that are joined otherwise: each is on every machine, and why it may be."""
HELD = {
    ("landing", "contact"): True,
    ("landing", "person"): True,
    ("seeds", "codes"): False,
}


@pytest.fixture(scope="module")
def queries(sample_night: Night) -> dict[str, str]:
    """Return each model's SQL as the night ran it, by the model's name."""
    nodes = parse_project(sample_night.warehouse).nodes.values()
    models = [node for node in nodes if node.resource_type.value == "model"]
    return {node.name: compiled.compiled_query(sample_night.warehouse, node) for node in models}


@pytest.fixture(scope="module")
def relations(sample_night: Night) -> dict[tuple[str, str], bool]:
    """Return every relation of the database, and whether its rows have an authority; but for the small ones."""
    with sample_night.warehouse.raw_connection() as connection:
        found = connection.execute(
            "select n.nspname, c.relname, bool_or(a.attname = %s) from pg_class as c"
            " inner join pg_namespace as n on n.oid = c.relnamespace"
            " inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
            " where c.relkind in ('r', 'p', 'v') group by n.nspname, c.relname",
            [KEY],
        ).fetchall()
    return {(schema, name): has_key and name not in SMALL for schema, name, has_key in found}


def test_every_join_of_the_models_is_by_authority_or_with_a_small_relation(
    queries: dict[str, str], relations: dict[tuple[str, str], bool]
) -> None:
    readings = {name: read(query, relations) for name, query in queries.items()}
    assert sum(reading.joins for reading in readings.values()) > 500
    assert {name: reading.across for name, reading in readings.items() if reading.across} == {}


def test_small_relations_are_there_and_are_seeds(sample_night: Night) -> None:
    nodes = parse_project(sample_night.warehouse).nodes.values()
    assert set(SMALL) <= {node.name for node in nodes if node.resource_type.value == "seed"}


def test_models_when_a_join_loses_its_authority_then_it_is_found(
    queries: dict[str, str], relations: dict[tuple[str, str], bool]
) -> None:
    """Of every tenth model that joins, each comparison of authorities is made one of something else in turn."""
    changed = [
        (name, place, query) for name in sorted(queries)[::10] for place, query in enumerate(_loosened(queries[name]))
    ]
    assert len(changed) > 20
    kept = [(name, place) for name, place, query in changed if not read(query, relations).across]
    assert kept == []


def _loosened(query: str) -> Iterator[str]:
    tree = parse_one(query, dialect="postgres")
    for join in tree.find_all(exp.Join):
        for pair in list(join.find_all(exp.EQ)):
            if pair.left.name == pair.right.name == KEY:
                kept = pair.right
                pair.set("expression", exp.Literal.string("W06000006"))
                yield tree.sql("postgres")
                pair.set("expression", kept)


@pytest.mark.parametrize(
    ("condition", "is_found"),
    [
        ("join landing.person as p on c.authority_code = p.authority_code and c.child = p.id", False),
        ("join landing.person as p on (c.child, c.authority_code) = (p.id, p.authority_code)", False),
        ("join landing.person as p using (authority_code, id)", False),
        ("join landing.person as p on c.child = p.id", True),
        ("join landing.person as p on c.authority_code = p.authority_code or c.child = p.id", True),
        ("join landing.person as p on c.authority_code = c.authority_code and c.child = p.id", True),
        ("cross join landing.person as p", True),
        (", landing.person as p where c.authority_code = p.authority_code", False),
        ("join seeds.codes as k on c.code = k.code", False),
        ("join seeds.codes as k on c.code = k.code join landing.person as p on k.code = p.code", True),
        ("cross join unnest(c.parts) as part", False),
        ("join (select id, authority_code from landing.person) as p on c.child = p.id", True),
        ("where exists (select from landing.person as p where p.id = c.child)", True),
        ("where exists (select from landing.person as p where p.id = c.child and p.authority_code = c.authority_code)",
         False),
        ("where c.child in (select p.id from landing.person as p)", True),
        ("where (c.authority_code, c.child) in (select p.authority_code, p.id from landing.person as p)", False),
        ("where c.n = (select max(p.n) from landing.person as p where p.id = c.child)", True),
    ],
)  # fmt: skip
def test_join_when_read_then_known_for_what_it_is(condition: str, is_found: bool) -> None:
    for query in (
        f"select c.n from landing.contact as c {condition}",
        f"with c as (select * from landing.contact), d as (select c.* from c {condition}) select n from d",
        f"select n from (select c.n from landing.contact as c {condition}) as d union all select 1",
    ):
        assert bool(read(query, HELD).across) == is_found, query


def test_relation_when_nobody_told_of_it_then_refused() -> None:
    with pytest.raises(KeyError):
        read("select a from landing.unheard_of", HELD)


def test_folder_of_compiled_models_is_read_whole(sample_night: Night, queries: dict[str, str]) -> None:
    folder: Path = sample_night.settings.home / "dbt" / "target" / "compiled"
    # what a unit test was compiled to lies below the file that says it
    models = [path for path in folder.rglob("*.sql") if "models" in path.relative_to(folder).parts]
    files = [path for path in models if not any(part.endswith(".yml") for part in path.parts)]
    assert {path.stem for path in files} <= set(queries)
