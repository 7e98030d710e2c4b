"""The text of published views and row policies."""

from __future__ import annotations

from csc_warehouse.publication import views
from csc_warehouse.publication.published_relations import PublishedRelation


def relation(kind: str = "partition", *, is_shared: bool = False, schema: str = "marts") -> PublishedRelation:
    return PublishedRelation(schema=schema, name="thing", kind=kind, is_shared=is_shared)  # type: ignore[arg-type]


def test_release_id_leads_and_names_are_quoted() -> None:
    for kind in ("partition", "range"):
        query = views.rows_at_pointer(relation(kind), ["authority_code", 'odd "name"']).as_string(None)
        assert query.startswith(
            'select p.release_id, "s"."authority_code", "s"."odd ""name""" from release.pointer as p'
        )


def test_a_shared_relation_reads_the_highest_release_pointed_at() -> None:
    query = views.rows_at_pointer(relation(is_shared=True), ["code"]).as_string(None)
    assert "select max(p.release_id) from release.pointer" in query


def test_the_day_of_a_system_comes_from_the_releases_systems_where_only_changes_are_stored() -> None:
    columns = ["authority_code", "source_name", "fresh_until_date"]
    query = views.rows_at_pointer(relation("range"), columns).as_string(None)
    assert 'coalesce(s."fresh_until_date", y.as_at_date) as "fresh_until_date"' in query
    assert 'left join "release"."marts__dim_authority_systems" as y on y.release_id = p.release_id' in query
    for other in (("partition", columns), ("range", ["authority_code", "fresh_until_date"])):
        assert "dim_authority_systems" not in views.rows_at_pointer(relation(other[0]), other[1]).as_string(None)


def test_every_child_key_is_guarded_and_only_owned_rows_are_limited() -> None:
    policy = views.row_policy(relation(), ["authority_code", "child_key", "sibling_child_key", "child_keys"])
    assert policy is not None
    text = policy.as_string(None)
    assert text.count("hidden_children") == 2
    assert '"sees_all_marts"' in text
    assert '(select a."reads_marts" from release.access as a) and authority_code in' in text
    assert views.row_policy(relation(is_shared=True), ["code"]) is None
    targets = views.row_policy(relation(is_shared=True), ["authority_code", "code"])
    assert targets is not None
    assert targets.as_string(None).startswith("(authority_code is null or (select")
    reporting = views.row_policy(relation(schema="reporting"), ["authority_code"])
    assert reporting is not None
    assert '"sees_all_reporting"' in reporting.as_string(None)
    assert '"reads_reporting"' in reporting.as_string(None)


def test_rows_of_any_release_can_be_read_past_the_pointer() -> None:
    assert views.rows_at_release(relation("range"), 7).as_string(None) == (
        '(select * from "release"."marts__thing" where from_release_id <= 7'
        " and (to_release_id is null or to_release_id > 7))"
    )
