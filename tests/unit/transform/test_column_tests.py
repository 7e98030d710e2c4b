"""Tests of columns that are asked together: which they are, and which stay dbt's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from csc_warehouse.transform import column_tests

MODEL = "model.csc_warehouse.int_plans"


def asked(kind: str, /, name: str = "", config: dict[str, Any] | None = None, **arguments: Any) -> SimpleNamespace:
    metadata = SimpleNamespace(name=kind, namespace=None, kwargs={"model": "{{ ref('int_plans') }}", **arguments})
    settings = {**column_tests.AS_DBT_HAS_IT, "meta": {}, **(config or {})}
    return SimpleNamespace(
        name=name or f"{kind}_int_plans",
        resource_type="test",
        test_metadata=metadata,
        attached_node=MODEL,
        depends_on=SimpleNamespace(nodes=[MODEL]),
        config=SimpleNamespace(**settings),
    )


def manifest(*nodes: SimpleNamespace) -> SimpleNamespace:
    model = SimpleNamespace(resource_type="model", schema="intermediate", alias="int_plans")
    return SimpleNamespace(nodes={MODEL: model, **{node.name: node for node in nodes}})


def test_plain_tests_are_asked_here_and_count_as_dbt_does() -> None:
    found = column_tests.find(
        manifest(
            asked("not_null", column_name="record_key"),
            asked("unique", column_name="record_key"),
            asked("unique_combination", columns=["authority_code", "plan_id"]),
            asked("accepted_values", column_name="state", values=["open", "closed"]),
        ),
        {MODEL},
    )
    relation = '"intermediate"."int_plans"'
    assert {test.name: test.count for test in found} == {
        "not_null_int_plans": "count(*) filter (where record_key is null)",
        "unique_int_plans": f"(select count(*) from (select from {relation} where record_key is not null"
        " group by record_key having count(*) > 1) as repeated)",
        "unique_combination_int_plans": f"(select count(*) from (select from {relation}"
        " group by authority_code, plan_id having count(*) > 1) as repeated)",
        "accepted_values_int_plans": "count(distinct state) filter (where state not in ('open', 'closed'))",
    }
    assert {test.relation for test in found} == {relation}


@pytest.mark.parametrize(
    "odd",
    [
        asked("not_null", "odd", {"severity": "warn"}, column_name="plan_id"),
        asked("not_null", "odd", {"where": "plan_id > 7"}, column_name="plan_id"),
        asked("not_null", "odd", {"error_if": "> 10"}, column_name="plan_id"),
        asked("not_null", "odd", {"meta": {"holds_its_authority": True}}, column_name="plan_id"),
        asked("not_null", "odd", column_name="plan_id", spoken_of="nobody"),
    ],
    ids=["warns", "looks at some rows", "allows some", "holds an authority", "has an argument of its own"],
)
def test_a_kind_of_which_one_says_more_stays_dbt_s(odd: SimpleNamespace) -> None:
    found = manifest(asked("not_null", column_name="record_key"), asked("unique", column_name="record_key"), odd)
    assert column_tests.kinds_asked_here(found) == ("unique", "unique_combination", "accepted_values")
    assert [test.name for test in column_tests.find(found, {MODEL})] == ["unique_int_plans"]


@pytest.mark.parametrize("values", [["it's"], [1, 2]])
def test_values_that_need_care_stay_dbt_s(values: list[object]) -> None:
    found = manifest(asked("accepted_values", column_name="state", values=values))
    assert "accepted_values" not in column_tests.kinds_asked_here(found)


def test_what_was_not_built_is_not_asked() -> None:
    found = manifest(asked("not_null", column_name="record_key"))
    assert column_tests.find(found, {"model.csc_warehouse.int_reviews"}) == []
