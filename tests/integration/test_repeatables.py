"""Functions and views of the database are what their files say: when fresh, when upgraded and after a change."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.privacy import roles
from csc_warehouse.warehouse import Warehouse, migrations, repeatable
from csc_warehouse.warehouse.repeatable import Repeatable

LAST_BEFORE = "090"
FIRST = "10_quality.base.sql"
DEFINITIONS = """
select p.oid::regprocedure::text, pg_get_functiondef(p.oid), obj_description(p.oid, 'pg_proc'), p.proacl::text
from pg_proc as p where p.pronamespace in ('landing'::regnamespace, 'quality'::regnamespace, 'release'::regnamespace)
union all
select c.oid::regclass::text, pg_get_viewdef(c.oid),
    obj_description(c.oid, 'pg_class') || coalesce((
        select string_agg(coalesce(col_description(a.attrelid, a.attnum), 'NONE'), '|' order by a.attnum)
        from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0
    ), ''), c.relacl::text
from pg_class as c
where c.relkind = 'v'
    and c.relnamespace in ('landing'::regnamespace, 'quality'::regnamespace, 'release'::regnamespace)
order by 1
"""


@pytest.fixture
def warehouse(module_warehouse: Warehouse) -> Warehouse:
    return module_warehouse


@pytest.fixture
def database(warehouse: Warehouse, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Yield an empty database of its own on the same server."""
    name = "d_" + hashlib.md5(request.node.name.encode()).hexdigest()  # noqa: S324  (a name, and no secret)
    with warehouse.raw_connection(autocommit=True) as server:
        server.execute(f"create database {name}")
    engine = create_engine(warehouse.url.set(database=name), poolclass=NullPool)
    yield engine
    engine.dispose()


def definitions(engine: Engine) -> dict[str, tuple[str, ...]]:
    with engine.connect() as connection:
        return {row[0]: tuple(row[1:]) for row in connection.execute(text(DEFINITIONS))}


def apply_old(engine: Engine) -> None:
    """Bring a database to where a release without repeatable files left it."""
    migrations._make_ledger(engine)
    with engine.begin() as connection:
        for path in sorted(migrations.DIRECTORY.glob("[0-9][0-9][0-9]_*.sql")):
            if path.stem[:3] > LAST_BEFORE:
                continue
            content = path.read_text(encoding="utf-8")
            connection.exec_driver_sql(content.replace("%", "%%"))
            connection.execute(
                text("insert into release.schema_migrations (name, sha256) values (:name, :sha256)"),
                {"name": path.stem, "sha256": hashlib.sha256(content.encode()).hexdigest()},
            )


def given(engine: Engine, files: list[Repeatable], *, is_forced: bool = False) -> list[str]:
    with engine.begin() as connection:
        return repeatable.bring_up_to_date(connection, is_forced=is_forced, wanted=files)


def view(name: str, query: str) -> Repeatable:
    return Repeatable(f"quality.{name}", f"create or replace view quality.{name} as {query};")


def function(name: str, arguments: str, answer: str, body: str) -> Repeatable:
    made = f"create or replace function quality.{name}({arguments}) returns {answer} language sql as $$ {body} $$;"
    return Repeatable(f"quality.{name}", made)


def scalar(engine: Engine, query: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(query)).scalar()


def test_a_fresh_warehouse_has_every_function_and_view_from_a_file_and_no_other(warehouse: Warehouse) -> None:
    made = {name.partition("(")[0] for name in definitions(warehouse.engine)}
    assert made == {file.name for file in repeatable.files()}
    assert len(made) > 25


def test_a_fresh_and_an_upgraded_warehouse_have_the_same_definitions_comments_and_rights(
    warehouse: Warehouse, database: Engine
) -> None:
    apply_old(database)
    with database.begin() as connection:
        # what an upgrade finds may be older still, or have been given to somebody
        connection.execute(text("grant select on quality.latest_failures to csc_analyst"))
        connection.execute(
            text("create or replace function landing.trimmed(sent text) returns text language sql as 'select sent'")
        )
    applied = migrations.migrate(database)
    assert set(applied) > {file.name for file in repeatable.files()}
    upgraded, fresh = definitions(database), definitions(warehouse.engine)
    assert "csc_analyst=r" in upgraded["quality.latest_failures"][2]
    assert {name: row[:2] for name, row in upgraded.items()} == {name: row[:2] for name, row in fresh.items()}
    functions = [name for name in upgraded if "(" in name]
    assert [name for name in functions if upgraded[name][2] != fresh[name][2]] == []
    assert migrations.migrate(database) == []


def test_a_definition_in_the_database_is_the_text_of_its_file(warehouse: Warehouse) -> None:
    # the body of a function is kept to the letter
    with warehouse.raw_connection() as connection:
        bodies = connection.execute(
            "select n.nspname || '.' || p.proname, p.prosrc from pg_proc as p"
            " inner join pg_namespace as n on n.oid = p.pronamespace"
            " where n.nspname in ('landing', 'quality', 'release')"
        ).fetchall()
    texts = {file.name: file.statements for file in repeatable.files()}
    assert bodies
    assert [name for name, body in bodies if body not in texts[name]] == []


def test_no_view_and_no_column_of_one_is_without_a_comment(warehouse: Warehouse) -> None:
    found = definitions(warehouse.engine)
    assert [name for name, (_, comment, _) in found.items() if not comment or "NONE" in comment] == []


def test_a_changed_file_is_applied_at_the_next_opening_and_owner_and_rights_stay(database: Engine) -> None:
    migrations.migrate(database)
    kept = repeatable.files()
    changed = [
        Repeatable(file.name, file.statements.replace("Stop whoever may not decide", "Stop who may not decide"))
        for file in kept
    ]
    with database.begin() as connection:
        connection.execute(text("grant execute on function quality.require_authority(text) to csc_reviewer"))
    before = definitions(database)
    assert given(database, kept) == []
    assert given(database, changed) == ["quality.require_authority"]
    after = definitions(database)
    assert after["quality.require_authority(text)"][1] == "Stop who may not decide for an authority."
    assert after["quality.require_authority(text)"][2] == before["quality.require_authority(text)"][2]
    assert given(database, kept) == ["quality.require_authority"]
    assert definitions(database) == before


def test_a_view_whose_columns_change_is_made_anew_with_the_views_upon_it_and_what_was_granted(database: Engine) -> None:
    migrations.migrate(database)
    kept = repeatable.files()
    upon = view("over", "select base.one from quality.base")
    given(database, [*kept, view("base", "select 1 as one, 2 as two"), upon])
    with database.begin() as connection:
        connection.execute(text("grant select on quality.base, quality.over to csc_analyst"))
    assert given(database, [*kept, view("base", "select 2 as two, 1 as one"), upon]) == [
        "quality.base",
        "quality.over",
    ]
    assert scalar(database, "select two from quality.base") == 2
    assert scalar(database, "select has_table_privilege('csc_analyst', 'quality.over', 'select')")
    assert scalar(database, "select has_table_privilege('csc_analyst', 'quality.base', 'select')")


def test_what_somebody_elses_view_stands_upon_is_not_torn_down_under_it(database: Engine) -> None:
    migrations.migrate(database)
    kept = repeatable.files()
    given(database, [*kept, view("base", "select 1 as one, 2 as two")])
    with database.begin() as connection:
        connection.execute(text("create view quality.somebodys as select base.one from quality.base"))
    with pytest.raises(CscWarehouseError, match=r"quality\.base cannot be brought up to date.*quality\.somebodys"):
        given(database, [*kept, view("base", "select 2 as two, 1 as one")])
    assert scalar(database, "select one from quality.somebodys") == 1
    # columns at the end disturb nobody
    assert given(database, [*kept, view("base", "select 1 as one, 2 as two, 3 as three")]) == ["quality.base"]


def test_a_function_with_other_arguments_or_another_answer_takes_the_place_of_the_old_one(database: Engine) -> None:
    migrations.migrate(database)
    kept = repeatable.files()
    given(database, [*kept, function("doubled", "n int", "int", "select n * 2")])
    with database.begin() as connection:
        connection.execute(text("revoke execute on function quality.doubled(int) from public"))
        connection.execute(text("grant execute on function quality.doubled(int) to csc_reviewer"))
    for arguments, answer in (("n bigint", "bigint"), ("n bigint", "text"), ("n bigint, m int", "text")):
        body = "select n * 2" if answer == "bigint" else "select (n * 2)::text"
        assert given(database, [*kept, function("doubled", arguments, answer, body)]) == ["quality.doubled"]
        assert scalar(database, "select count(*) from pg_proc where proname = 'doubled'") == 1
        assert scalar(
            database,
            "select bool_and(has_function_privilege('csc_reviewer', oid, 'execute')) from pg_proc"
            " where proname = 'doubled'",
        )


def test_a_function_that_a_trigger_needs_is_not_torn_down_under_it(database: Engine) -> None:
    migrations.migrate(database)
    others = [file for file in repeatable.files() if file.name != "quality.refuse_change"]
    with pytest.raises(CscWarehouseError, match=r"quality\.refuse_change cannot be .* trigger .* stands upon it"):
        given(database, [*others, function("refuse_change", "", "int", "select 1")])
    assert scalar(database, "select count(*) from pg_trigger where tgname = 'decisions_are_kept'") == 1


def test_a_file_that_is_gone_is_named_until_a_migration_drops_what_it_made(
    database: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    migrations.migrate(database)
    kept = repeatable.files()
    given(database, [*kept, view("left_over", "select 1 as one")])
    with caplog.at_level(logging.WARNING):
        assert given(database, kept) == []
        given(database, kept)
    assert caplog.messages == ["No file makes quality.left_over any more: let a migration drop it."]
    with database.begin() as connection:
        connection.execute(text("drop view quality.left_over"))
    given(database, kept)
    assert scalar(database, "select count(*) from release.repeatables where name = 'quality.left_over'") == 0


def test_what_is_missing_is_made_again_although_its_file_is_the_same(database: Engine) -> None:
    migrations.migrate(database)
    before = definitions(database)
    with database.begin() as connection:
        connection.execute(text("drop view quality.signatures"))
    assert given(database, repeatable.files()) == ["quality.signatures"]
    assert definitions(database) == before


def test_a_fault_in_a_file_leaves_everything_as_it_was(database: Engine) -> None:
    migrations.migrate(database)
    before = definitions(database)
    files = [*repeatable.files()[:-1], view("half", "select 1 as one"), view("wrong", "select nothing from nowhere")]
    with pytest.raises(Exception, match="nowhere"):
        given(database, files, is_forced=True)
    assert definitions(database) == before
    assert scalar(database, "select to_regclass('quality.half')") is None


def test_an_earlier_version_leaves_the_functions_of_a_later_one_alone(database: Engine) -> None:
    migrations.migrate(database)
    with database.begin() as connection:
        connection.execute(text("insert into release.schema_migrations (name, sha256) values ('999_later', 'x')"))
        connection.execute(text("update release.repeatables set sha256 = 'of the later version'"))
    assert migrations.migrate(database) == []
    assert scalar(database, "select count(*) from release.repeatables where sha256 = 'of the later version'") != 0


def test_two_who_open_a_new_database_at_once_apply_everything_once(database: Engine) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=2) as beside:
        one, other = beside.map(lambda _: migrations.migrate(database), range(2))
    assert sorted((len(one), len(other)))[0] == 0


def test_nobody_but_the_owner_writes_what_was_applied(warehouse: Warehouse) -> None:
    roles.apply_grants(warehouse)
    for role in ("csc_loader", "csc_transformer", "csc_publisher", "csc_reviewer"):
        with warehouse.raw_connection() as connection:
            connection.execute(f"set role {role}")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("update release.repeatables set sha256 = ''")


@pytest.mark.parametrize("path", sorted(repeatable.DIRECTORY.glob("*.sql")), ids=lambda path: path.name)
def test_a_file_makes_the_one_function_or_view_that_it_is_called_after(path: Path) -> None:
    statements = path.read_text(encoding="utf-8")
    made = re.findall(r"^create (?:or replace )?(?:function|procedure|view) ([\w.]+)", statements, re.MULTILINE)
    assert [f"{path.stem[:2]}_{name}" for name in made] == [path.stem]
    assert re.search(rf"^comment on (?:function|procedure|view) {re.escape(made[0])}\b", statements, re.MULTILINE)
