"""Rights in Airflow's pages: each change is kept once, with who made it, and nobody takes it back out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from csc_warehouse.quality import page_rights
from csc_warehouse.quality.page_rights import Right
from csc_warehouse.warehouse import Warehouse

START = [
    Right("role", "admin", "Admin"),
    Right("role", "r.jones", "csc_reviewer"),
    Right("permission", "csc_reader", "can read on DAGs"),
    Right("password", "r.jones", "0123456789abcdef"),
]


@pytest.fixture
def warehouse(module_warehouse: Warehouse) -> Warehouse:
    with module_warehouse.transaction() as connection:
        connection.execute(text("delete from quality.page_rights"))
    page_rights.record(module_warehouse, START, by=None)
    return module_warehouse


def test_rights_when_seen_first_or_again_then_nothing_has_changed(warehouse: Warehouse) -> None:
    assert page_rights.record(warehouse, START, by="admin") == []
    assert page_rights.record(warehouse, reversed(START), by=None) == []


@pytest.mark.parametrize(
    ("seen", "by", "sentences"),
    [
        (
            [*START, Right("role", "admin", "csc_reviewer")],
            "admin",
            ["Account admin was given the role csc_reviewer by admin, in Airflow's pages (its own doing)."],
        ),
        (
            [*START, Right("role", "new", "csc_reviewer"), Right("password", "new", "fedcba9876543210")],
            "admin",
            ["Account new was given the role csc_reviewer by admin, in Airflow's pages."],
        ),
        (
            START[:1] + START[2:],
            "admin",
            ["The role csc_reviewer was taken from account r.jones by admin, in Airflow's pages."],
        ),
        (
            [*START, Right("permission", "csc_reader", "can edit on HITL Detail")],
            None,
            [
                'Role csc_reader was given the right "can edit on HITL Detail" not through Airflow\'s pages, so that'
                " nobody can say by whom."
            ],
        ),
        (
            [*START[:3], Right("password", "r.jones", "another-fingerprint")],
            "admin",
            ["The password of account r.jones was changed by admin, in Airflow's pages."],
        ),
    ],
    ids=["to himself", "a new account", "taken", "a role's right", "a password"],
)
def test_rights_when_changed_then_told_once_with_who_did_it(
    warehouse: Warehouse, seen: list[Right], by: str | None, sentences: list[str]
) -> None:
    assert page_rights.record(warehouse, seen, by=by) == sentences
    assert page_rights.record(warehouse, seen, by="somebody else") == []
    newest = [row["sentence"] for row in page_rights.changes(warehouse)][: len(sentences)]
    assert newest == sentences
    with warehouse.transaction() as connection:
        statement = text("select coalesce(held, '') from quality.page_right_changes")
        kept: Sequence[str] = connection.execute(statement).scalars().all()
    assert not {"another-fingerprint", "fedcba9876543210"} & set(kept), "no fingerprint of a password is told"


@pytest.mark.parametrize(
    "statement",
    [
        "delete from quality.page_right_changes",
        "update quality.page_right_changes set changed_by = 'nobody'",
        "truncate quality.page_right_changes",
    ],
)
def test_changes_when_somebody_edits_them_then_refused(warehouse: Warehouse, statement: str) -> None:
    page_rights.record(warehouse, START[1:], by="admin")
    with pytest.raises(DBAPIError, match="only grows"), warehouse.transaction() as connection:
        connection.execute(text(statement))
