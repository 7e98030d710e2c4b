"""What is odd about the numbers that rows name at a hand-over is counted, by entity, and said for information."""

from __future__ import annotations

from sqlalchemy import text

from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import load_catalogue
from expectations.statements import family_statement

COUNTED = "later_records, numbers_lost, numbers_changed, orphaned, doubled"


def test_numbers_that_name_nothing_another_row_or_a_circle_are_counted(module_warehouse: Warehouse) -> None:
    with module_warehouse.engine.connect() as connection, connection.begin() as transaction:
        for schema in ("intermediate", "marts_candidate"):
            connection.execute(text(f"create schema if not exists {schema}"))
        connection.execute(
            text(
                "create table marts_candidate.fct_system_hand_overs as select authority_code, entity, system_number,"
                f" {COUNTED} from (values ('W1', 'contacts', 2, 10, 1, 0, 2, 0), ('W1', 'contacts', 3, 20, 0, 4, 1, 3),"
                f" ('W2', 'plans', 1, 5, 0, 0, 0, 0)) as v (authority_code, entity, system_number, {COUNTED})"
            )
        )
        connection.execute(
            text(
                "create table intermediate.int_records_linked as select * from (values"
                " ('W1', 'contacts', true, true, true), ('W1', 'contacts', true, true, true),"
                # taken back, and so no longer in any circle that stands
                " ('W1', 'contacts', false, true, true), ('W1', 'contacts', true, true, false),"
                " ('W1', 'contacts', true, false, false))"
                " as v (authority_code, entity, is_held, is_linked, is_in_circle)"
            )
        )
        rows = connection.execute(text(family_statement("migration"))).all()
        transaction.rollback()
    found = {(row.authority_code, row.check_code, row.subject): (row.failed, row.checked) for row in rows}
    assert found == {
        ("W1", "MIG01", "contacts"): (1, 30),
        ("W1", "MIG02", "contacts"): (4, 30),
        ("W1", "MIG03", "contacts"): (3, 30),
        ("W1", "MIG04", "contacts"): (3, 30),
        ("W1", "MIG05", "contacts"): (2, 3),
        **{("W2", f"MIG0{number}", "plans"): (0, 5) for number in (1, 2, 3, 4)},
    }
    checks = {check.code: check for check in load_catalogue() if check.code.startswith("MIG")}
    assert {code for _, code, _ in found} == set(checks)
    assert {check.severity for check in checks.values()} == {"info"}
