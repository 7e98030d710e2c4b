"""What a failed build means for whoever runs it: again at once, again later, or mend."""

from __future__ import annotations

import pytest

from csc_warehouse.errors import CscWarehouseError, NoSpaceError, WarehouseUnavailableError
from csc_warehouse.transform import failures
from csc_warehouse.transform.runner import NodeResult

FULL = 'could not extend file "base/78606/1247": No space left on device'
LOST = "server closed the connection unexpectedly"


def node(message: str, name: str = "int_contacts_counted") -> NodeResult:
    return NodeResult(name, "model", "error", 1.0, message)


@pytest.mark.parametrize(
    ("messages", "kind", "says"),
    [
        (
            ["division by zero"],
            CscWarehouseError,
            "The build failed at the model int_contacts_counted: division by zero.",
        ),
        ([FULL], NoSpaceError, "The build stopped at the model int_contacts_counted: the database server has no space"),
        (["division by zero", FULL], NoSpaceError, "the database server has no space left"),
        ([LOST], WarehouseUnavailableError, "The database was lost during the build."),
        (["division by zero", LOST], WarehouseUnavailableError, "The database was lost during the build."),
    ],
)
def test_build_when_nodes_fail_then_a_full_disk_and_a_lost_server_are_worth_another_try(
    messages: list[str], kind: type[CscWarehouseError], says: str
) -> None:
    error = failures.of_nodes([node(message) for message in messages])
    assert type(error) is kind
    assert says in str(error)
    assert "base/78606" not in str(error)


@pytest.mark.parametrize(
    ("reason", "kind"), [(FULL, NoSpaceError), (LOST, WarehouseUnavailableError), ("no such target", CscWarehouseError)]
)
def test_build_when_no_node_ran_then_the_same(reason: str, kind: type[CscWarehouseError]) -> None:
    assert type(failures.before_any_node(reason)) is kind


def test_statement_when_it_met_another_then_is_tried_again_at_once() -> None:
    assert failures.is_tried_again("Database Error: deadlock detected")
    assert not failures.is_tried_again(FULL)
    assert failures.is_lost(FULL)
