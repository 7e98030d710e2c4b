"""The settings object: defaults that suit the sample, and clear words for a wrong file."""

import datetime
from pathlib import Path

import pytest

from csc_warehouse.errors import UsageError
from csc_warehouse.settings import load_config, load_settings


def test_load_config_without_file_suits_the_sample() -> None:
    config = load_config(None)
    assert config.authorities["W06000006"].cut_over_date == datetime.date(2018, 5, 21)
    assert config.landing.max_quarantined_share == 0.05
    assert config.landing.stable_seconds_command == 0


def test_load_config_reads_toml_over_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.toml"
    path.write_text('[authorities.W06000001]\nname = "Isle of Anglesey"\n[landing]\nmass_loss_share = 0.5\n')
    config = load_config(path)
    assert config.authorities["W06000001"].cut_over_date is None
    assert set(config.authorities) == {"W06000001"}
    assert config.landing.mass_loss_share == 0.5
    assert config.landing.mass_loss_minimum_rows == 100


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("[landing]\nmax_quarantined_share = 7\n", "landing.max_quarantined_share"),
        ("[landing]\nmispelt = 1\n", "landing.mispelt"),
        ("[landing\n", "not valid TOML"),
    ],
)
def test_load_config_names_file_and_key_when_wrong(tmp_path: Path, content: str, word: str) -> None:
    path = tmp_path / "warehouse.toml"
    path.write_text(content)
    with pytest.raises(UsageError) as error:
        load_config(path)
    assert word in str(error.value)
    assert str(path) in str(error.value)


def test_load_config_says_when_the_file_is_absent(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="CSC_WAREHOUSE_CONFIG"):
        load_config(tmp_path / "absent.toml")


def test_load_settings_takes_the_environment_and_arguments_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSC_WAREHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CSC_WAREHOUSE_EXPORTS", str(tmp_path / "environment"))
    monkeypatch.delenv("CSC_WAREHOUSE_URL", raising=False)
    monkeypatch.delenv("CSC_WAREHOUSE_KEY_FILE", raising=False)
    assert load_settings().exports == tmp_path / "environment"
    settings = load_settings(exports=tmp_path / "argument")
    assert settings.exports == tmp_path / "argument"
    assert settings.key_file.is_relative_to(tmp_path / "home")
    assert settings.is_key_made_on_first_use


def test_load_settings_never_makes_a_key_for_a_councils_own_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSC_WAREHOUSE_HOME", str(tmp_path))
    monkeypatch.setenv("CSC_WAREHOUSE_URL", "postgresql://db.example/warehouse")
    assert not load_settings().is_key_made_on_first_use
