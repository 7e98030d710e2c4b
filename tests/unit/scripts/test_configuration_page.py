"""The reference of the configuration and its example: true to the code, complete, and usable as they stand."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from csc_warehouse.authority_config import SystemConfig
from csc_warehouse.configuration import keys
from csc_warehouse.settings import PROJECT_DIRECTORY, Config, load_config

sys.path.insert(0, str(PROJECT_DIRECTORY / "scripts"))

import configuration_page

KEYS = list(keys(Config))


def test_page_and_example_when_compared_with_the_code_then_are_not_stale() -> None:
    how = "run: python scripts/configuration_page.py"
    assert configuration_page.PAGE.read_text(encoding="utf-8") == configuration_page.page(), how
    assert configuration_page.EXAMPLE.read_text(encoding="utf-8") == configuration_page.example(), how


def test_keys_when_listed_then_hold_every_section() -> None:
    listed = {key for key, *_ in KEYS}
    assert len(listed) > 40
    assert {"home_authority", "authorities.NAME.cut_over_date", "sftp.host", "replicas.NAME.url"} <= listed
    assert {key.partition(".")[0] for key in listed} == set(Config.model_fields)


@pytest.mark.parametrize(("key", "model", "name"), [found[:3] for found in KEYS], ids=[found[0] for found in KEYS])
def test_key_when_looked_up_then_is_explained_in_both(key: str, model: type, name: str) -> None:
    said = configuration_page.described(model, name)
    assert said.endswith("."), f"{key} has no sentence below it in settings.py"
    assert f"| `{name}` |" in configuration_page.PAGE.read_text(encoding="utf-8")
    assert re.search(rf"^#{name} = .", configuration_page.EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)


def _uncommented(text: str) -> str:
    return re.sub(r"^#(?=[a-z\[])", "", text, flags=re.MULTILINE)


def test_example_when_taken_as_it_stands_then_is_the_default() -> None:
    assert load_config(configuration_page.EXAMPLE) == Config()


def test_example_when_every_key_is_uncommented_then_the_warehouse_takes_it(tmp_path: Path) -> None:
    path = tmp_path / "csc_warehouse.toml"
    path.write_text(_uncommented(configuration_page.EXAMPLE.read_text(encoding="utf-8")), encoding="utf-8")
    config = load_config(path)
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(given) == set(Config.model_fields)
    # what has a default stands in the example at this default
    changed = {"sftp", "replicas", "spellings", "overlay", "code_address", "authorities", "lineage"}
    assert config.authorities["W06000006"].systems == (
        SystemConfig(source="wccis", first_day=config.authorities["W06000006"].cut_over_date),
    )
    assert {code: entry.name for code, entry in config.authorities.items()} == {
        code: entry.name for code, entry in Config().authorities.items()
    }
    assert config.model_dump(
        exclude={*changed, "landing", "notification", "maintenance", "asset_register"}
    ) == Config().model_dump(exclude={*changed, "landing", "notification", "maintenance", "asset_register"})
    assert config.landing.max_quarantined_share == Config().landing.max_quarantined_share
    assert None not in {config.lineage.file, config.lineage.url}
    assert config.sftp is not None
    assert config.replicas["raise"].tolerance == 0.05
