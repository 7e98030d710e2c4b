"""The settings object: defaults that suit the sample, and clear words for a wrong file."""

import datetime
from pathlib import Path

import pytest

from csc_warehouse.contracts import load_contracts
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import Config, load_config, load_settings


def test_load_config_without_file_suits_the_sample() -> None:
    config = load_config(None)
    assert config.authorities["W06000006"].cut_over_date == datetime.date(2018, 5, 21)
    assert config.landing.max_quarantined_share == 0.05
    assert config.landing.stable_seconds_command == 0


def _config(tmp_path: Path, content: str) -> Config:
    path = tmp_path / "warehouse.toml"
    path.write_text(content, encoding="utf-8")
    return load_config(path)


def test_load_config_reads_toml_over_the_defaults(tmp_path: Path) -> None:
    config = _config(tmp_path, "[landing]\nmass_loss_share = 0.5\n")
    assert config.landing.mass_loss_share == 0.5
    assert config.landing.mass_loss_minimum_rows == 100


@pytest.mark.parametrize(
    ("content", "code", "name", "cut_over"),
    [
        ('[authorities.W06000001]\nname = "Anglesey"\n', "W06000001", "Anglesey", None),
        ("[authorities.W06000005]\ncut_over_date = 2019-02-01\n", "W06000005", "Flintshire", "2019-02-01"),
        # an entry that changes one key of the home authority keeps its cut-over
        ('[authorities.W06000006]\nname = "Wrecsam"\n', "W06000006", "Wrecsam", "2018-05-21"),
        ('[authorities.W06000006]\ncut_over_date = "unknown"\n', "W06000006", "Wrexham", None),
        ('[authorities.E06000051]\nname = "Shropshire"\n', "E06000051", "Shropshire", None),
    ],
)
def test_authorities_when_some_are_given_then_are_laid_over_the_others(
    tmp_path: Path, content: str, code: str, name: str, cut_over: str | None
) -> None:
    config = _config(tmp_path, content)
    given = config.authorities[code]
    assert given.name == name
    assert given.cut_over_date == (None if cut_over is None else datetime.date.fromisoformat(cut_over))
    assert {key: value for key, value in config.authorities.items() if key != code} == {
        key: value for key, value in Config().authorities.items() if key != code
    }


def test_authorities_when_only_these_are_wanted_then_the_others_are_gone_and_defaults_of_keys_stay(
    tmp_path: Path,
) -> None:
    content = (
        'home_authority = "W06000008"\n[authorities]\nonly = true\n[authorities.W06000008]\n'
        "[authorities.W06000006]\n[authorities.W06000023]\ncut_over_date = 2020-01-06\n"
    )
    config = _config(tmp_path, content)
    assert {code: authority.name for code, authority in config.authorities.items()} == {
        "W06000008": "Ceredigion",
        "W06000006": "Wrexham",
        "W06000023": "Powys",
    }
    assert config.authorities["W06000006"].cut_over_date == datetime.date(2018, 5, 21)
    unchanged = _config(tmp_path, "[authorities]\nonly = false\n")
    assert unchanged == Config()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[landing]\nmax_quarantined_share = 7\n", "landing.max_quarantined_share must be at most 1, and is 7."),
        ("[landing]\nmass_los_share = 1\n", "mass_los_share is not known: did you mean landing.mass_loss_share?"),
        ("mass_loss_share = 0.5\n", "mass_loss_share is not known: did you mean landing.mass_loss_share?"),
        ('sorces = ["raise"]\n', "sorces is not known: did you mean sources?"),
        ("[dislosure]\n", "dislosure is not known: did you mean disclosure?"),
        ("[rating]\nxyzzy = 1\n", "rating.xyzzy is not known: there is rating.amber_margin and rating."),
        ('[landing]\nmass_loss_minimum_rows = "many"\n', 'must be a whole number, and is "many".'),
        ("[maintenance]\nkeep_backups = 0\n", "maintenance.keep_backups must be at least 1, and is 0."),
        ('[notification]\nsmtp_to = "a@b.example"\n', "notification.smtp_to must be a list"),
        ("landing = 5\n", "landing must be a table of keys and values, and is 5."),
        ('[disclosure]\nprofiles = ["closed"]\n',
         "disclosure.profiles (entry 1) must be one of 'open', 'committee' or 'rounded'"),
        ('[sftp]\nhost = "h"\n', "sftp.user is needed and not given."),
        ('[spellings.teams]\nA = "B"\n', "spellings.teams is not known: did you mean team?"),
        ('home_authority = "Flintshire"\n', "home_authority: Flintshire is no ONS code: W06000005 is Flintshire."),
        ('home_authority = "sir y fflint"\n', "W06000005 is Sir y Fflint."),
        ('home_authority = "Wrexam"\n', "W06000006 is Wrexham."),
        ('home_authority = "W0600023"\n', "the nearest code is W06000023 (Powys)."),
        ('home_authority = "W0600006"\n', "codes are W06000006 (Wrexham) and W06000016 (Rhondda Cynon Taf)."),
        ('[authorities.Cardiff]\nname = "Cardiff"\n', "authorities.Cardiff: Cardiff is no ONS code: W06000015 is"),
        ("[authorities.W06000099]\ncut_over_date = 2018-01-01\n", "authorities.W06000099.name is needed"),
        ("[authorities]\nonly = 1\n", "authorities.only must be true or false"),
        ("[authorities]\nonly = true\n[authorities.W06000005]\n", "W06000006 (Wrexham) is not among"),
        ('[authorities.W06000006]\ncut_over_date = "21/05/2018"\n', "W06000006.cut_over_date must be a date"),
        ('[authorities.W06000006]\nnam = "Wrexham"\n', "did you mean authorities.W06000006.name?"),
        ('[replicas.rais]\nurl = "sqlite://"\n', "replicas.rais: rais is no source in use: did you mean raise?"),
        ('[replicas.raise]\nurl = "sqlite://"\nauthority = "Powys"\n', "W06000023 is Powys."),
        ('[sftp]\nhost = "h"\nuser = "u"\nsources = ["wcis"]\n', "sftp.sources: wcis is no source in use"),
        ("[landing\n", "not valid TOML"),
    ],
)  # fmt: skip
def test_load_config_names_file_and_key_and_what_would_be_right(tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        _config(tmp_path, content)
    assert sentence in str(error.value)
    assert str(tmp_path / "warehouse.toml") in str(error.value)


def test_load_config_names_every_key_that_is_wrong_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        _config(tmp_path, '[landing]\nmispelt = 1\nmass_loss_share = "x"\n[rating]\namber_margin = -1\n')
    for key in ("landing.mispelt", "landing.mass_loss_share", "rating.amber_margin"):
        assert key in str(error.value)


@pytest.mark.parametrize(
    "content",
    ['[sftp]\nhost = "h"\nuser = "u"\npassword = 90210\n', "[notification]\nwebhook_url = 90210\n"],
)
def test_load_config_never_prints_a_secret(tmp_path: Path, content: str) -> None:
    with pytest.raises(UsageError) as error:
        _config(tmp_path, content)
    assert "90210" not in str(error.value)
    assert "must be text in quotes" in str(error.value)


@pytest.mark.parametrize(("content", "word"), [(b'home_authority = "\xff"\n', "UTF-8"), (None, "cannot be read")])
def test_load_config_says_when_the_file_cannot_be_read(tmp_path: Path, content: bytes | None, word: str) -> None:
    path = tmp_path / "warehouse.toml"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=word):
        load_config(path)


def test_sources_when_one_has_no_contract_then_the_nearest_is_offered() -> None:
    for given, meant in (("rais", "raise"), ("WCCIS2", "wccis")):
        with pytest.raises(UsageError, match=f"did you mean {meant}"):
            load_contracts((given,))


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
