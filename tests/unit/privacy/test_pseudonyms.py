"""Pseudonyms: keyed, stable, and never made anew by accident (design.md section 4, Keys)."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.privacy.pseudonyms import assign_keys, child_key, load_key
from csc_warehouse.settings import load_settings
from csc_warehouse.warehouse import Warehouse

KEY = b"k" * 64


def test_child_key_is_the_hmac_of_authority_and_child() -> None:
    # printf 'child\x1fW06000006\x1f42' | openssl dgst -sha256 -hmac <64 times k> gives these first 32 digits
    assert child_key(KEY, "W06000006", "42") == "e9893d792e46585d9a3762281be15d84"


def test_child_key_differs_by_authority_child_and_secret() -> None:
    keys = {
        child_key(KEY, "W06000006", "42"),
        child_key(KEY, "W06000005", "42"),
        child_key(KEY, "W06000006", "43"),
        child_key(b"l" * 64, "W06000006", "42"),
    }
    assert len(keys) == 4


def test_load_key_makes_one_for_an_embedded_warehouse_and_keeps_it(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    key = load_key(settings)
    assert load_key(settings) == key
    assert len(key) == 64
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600


def test_load_key_gives_racing_commands_one_key(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_key(settings), range(16)))
    assert len(keys) == 1
    assert [path.name for path in settings.key_file.parent.iterdir()] == [settings.key_file.name]


def test_load_key_never_makes_a_named_key_file(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path).model_copy(
        update={"key_file": tmp_path / "missing.key", "is_key_made_on_first_use": False}
    )
    with pytest.raises(CscWarehouseError, match=r"missing\.key does not exist"):
        load_key(settings)
    assert not settings.key_file.exists()


def test_load_key_refuses_a_truncated_file(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    settings.key_file.parent.mkdir(parents=True)
    settings.key_file.write_text("short\n")
    with pytest.raises(CscWarehouseError, match="fewer than 32 characters"):
        load_key(settings)


@pytest.fixture
def warehouse(module_warehouse: Warehouse) -> Iterator[Warehouse]:
    with module_warehouse.transaction() as connection:
        connection.execute(
            text("create table intermediate.int_children (authority_code text, canonical_child_id text)")
        )
        connection.execute(
            text(
                "insert into intermediate.int_children values"
                " ('W06000006', '42'), ('W06000006', '42'), ('W06000006', '43'), ('W06000005', '42')"
            )
        )
        connection.execute(
            text(
                "insert into staging.run_context (authority_code, authority_name, run_id, requested_date, as_at_date,"
                " as_at_end_at, is_cut_over_assumed, live_source, is_home_authority)"
                " select code, code, 'run', '2018-01-01', '2018-01-01', '2018-01-02', false, 'raise', false"
                " from unnest(array['W06000005', 'W06000006']) as code"
            )
        )
    yield module_warehouse
    with module_warehouse.transaction() as connection:
        connection.execute(text("drop table intermediate.int_children"))
        connection.execute(text("truncate staging.run_context, restricted.child_keys, restricted.authority_keys"))


def keys_of(warehouse: Warehouse) -> dict[tuple[str, str], str]:
    with warehouse.transaction() as connection:
        rows: Any = connection.execute(
            text("select authority_code, canonical_child_id, child_key from restricted.child_keys")
        )
        return {(authority, child): key for authority, child, key in rows}


def salts_of(warehouse: Warehouse) -> dict[str, str]:
    with warehouse.transaction() as connection:
        rows = connection.execute(text("select authority_code, record_salt from restricted.authority_keys"))
        return {row.authority_code: row.record_salt for row in rows}


def test_assign_keys_gives_each_child_one_key_and_keeps_it(warehouse: Warehouse) -> None:
    assert assign_keys(warehouse).new_children == 3
    first, salts = keys_of(warehouse), salts_of(warehouse)
    secret = load_key(warehouse.settings)
    assert first == {
        (authority, child): child_key(secret, authority, child)
        for authority, child in [("W06000006", "42"), ("W06000006", "43"), ("W06000005", "42")]
    }
    assert set(salts) == {"W06000005", "W06000006"}
    assert len(set(salts.values())) == 2
    assert assign_keys(warehouse).new_children == 0
    assert (keys_of(warehouse), salts_of(warehouse)) == (first, salts)


def test_assign_keys_keys_everyone_afresh_under_a_rotated_secret(warehouse: Warehouse, tmp_path: Path) -> None:
    assign_keys(warehouse)
    before, salts = keys_of(warehouse), salts_of(warehouse)
    other = tmp_path / "other.key"
    other.write_bytes(b"z" * 64 + b"\n" + load_key(warehouse.settings) + b"\n")
    rotated = Warehouse(
        settings=warehouse.settings.model_copy(update={"key_file": other}), url=warehouse.url, engine=warehouse.engine
    )
    summary = assign_keys(rotated)
    assert (summary.new_children, summary.authorities_rekeyed) == (3, 2)
    after = keys_of(warehouse)
    assert set(after) == set(before)
    assert not set(after.values()) & set(before.values())
    assert not set(salts_of(warehouse).values()) & set(salts.values())


@pytest.mark.parametrize("content", [None, "y" * 64 + "\n", "y" * 64 + "\n" + "x" * 64 + "\n"])
def test_assign_keys_refuses_a_key_file_that_lost_its_key_and_makes_none(
    warehouse: Warehouse, tmp_path: Path, content: str | None
) -> None:
    assign_keys(warehouse)
    before, salts = keys_of(warehouse), salts_of(warehouse)
    other = tmp_path / "other.key"
    if content is not None:
        other.write_text(content)
    lost = Warehouse(
        settings=warehouse.settings.model_copy(update={"key_file": other}), url=warehouse.url, engine=warehouse.engine
    )
    with pytest.raises(CscWarehouseError, match=r"Restore the file from the safe.*csc-warehouse rotate-key"):
        assign_keys(lost)
    assert (keys_of(warehouse), salts_of(warehouse)) == (before, salts)
    assert other.exists() is (content is not None)
