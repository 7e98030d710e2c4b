"""The secrets of the containers: made once, renewed one by one, and none of them on a command line."""

from __future__ import annotations

import runpy
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, MultiFernet

from csc_warehouse.settings import PROJECT_DIRECTORY
from tests.support.debian import needs_program

pytestmark = [needs_program("openssl", package="openssl"), needs_program("ssh-keygen", package="openssh-client")]


def test_servers_secrets_when_made_twice_then_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "scripts" / "make_secrets.py"
    copy.parent.mkdir()
    copy.write_text((PROJECT_DIRECTORY / "scripts" / "make_secrets.py").read_text())

    def make() -> dict[str, str]:
        assert runpy.run_path(str(copy))["main"]() == 0
        return {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir() if path.is_file()}

    first = make()
    assert make() == first
    assert "nothing, all are there" in capsys.readouterr().out
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert first["warehouse_password"].replace("=", "%3D") in first["warehouse_url"]
    assert first["redis_password"].replace("=", "%3D") in first["broker_url"]
    assert (tmp_path / ".env").read_text() == "CSC_SECRETS=./secrets\n"


def test_servers_secrets_when_made_then_the_certificate_is_the_databases_own_and_what_was_configured_stays(
    tmp_path: Path,
) -> None:
    copy = tmp_path / "scripts" / "make_secrets.py"
    copy.parent.mkdir()
    copy.write_text((PROJECT_DIRECTORY / "scripts" / "make_secrets.py").read_text())
    (tmp_path / ".env").write_text("CSC_PAGES_PORT=8081")
    assert runpy.run_path(str(copy))["main"]() == 0
    assert (tmp_path / ".env").read_text() == "CSC_PAGES_PORT=8081\nCSC_SECRETS=./secrets\n"
    certificate = tmp_path / "secrets" / "database_certificate"
    # what a client does that was told to verify everything: the chain, and the name that it asked for
    verify = ["openssl", "verify", "-CAfile", str(certificate), "-verify_hostname"]
    for name, is_right in (("postgres", True), ("elsewhere", False)):
        done = subprocess.run([*verify, name, str(certificate)], capture_output=True, check=False)  # noqa: S603
        assert (done.returncode == 0) is is_right


def test_servers_secrets_when_a_program_is_lacking_then_one_sentence_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "scripts" / "make_secrets.py"
    copy.parent.mkdir()
    copy.write_text((PROJECT_DIRECTORY / "scripts" / "make_secrets.py").read_text())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert runpy.run_path(str(copy))["main"]() == 2
    told = capsys.readouterr().err
    assert told.startswith("openssl is not installed here: ")
    assert told.count("\n") == 1


RENEWED = {
    "warehouse_password": {"warehouse_password", "warehouse_url", "renew_warehouse.sql"},
    "airflow_password": {"airflow_password", "airflow_url", "renew_airflow.sql"},
    "postgres_password": {"postgres_password", "renew_postgres.sql"},
    "jwt_secret": {"jwt_secret"},
    "api_secret_key": {"api_secret_key"},
    "fernet_key": {"fernet_key"},
    "database_certificate": {"database_key", "database_certificate"},
    "redis_password": {"redis_password", "broker_url"},
    "sftp_host_key": {"sftp_host_key", "sftp_host_key.pub"},
    "superset_secret_key": {"superset_secret_key"},
}


@pytest.mark.parametrize("name", RENEWED)
def test_servers_secret_when_renewed_then_it_alone_is_new_and_no_command_shows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    copy = tmp_path / "scripts" / "make_secrets.py"
    copy.parent.mkdir()
    copy.write_text((PROJECT_DIRECTORY / "scripts" / "make_secrets.py").read_text())
    script = runpy.run_path(str(copy))
    assert set(RENEWED) == set(script["RENEWABLE"])
    assert script["main"]() == 0

    def held() -> dict[str, str]:
        return {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir() if path.is_file()}

    before = held()
    capsys.readouterr()
    assert script["main"](["--renew", name]) == 0
    after = held()
    assert {file for file in after if after[file] != before.get(file)} == RENEWED[name]
    told = capsys.readouterr().out
    assert "docker-compose" in told
    assert not any(value.strip() in told for value in after.values())
    if name == "fernet_key":
        new, old = after[name].split(",")
        assert (old, new != old) == (before[name], True)
    if f"renew_{name.removesuffix('_password')}.sql" in RENEWED[name]:
        role = name.removesuffix("_password")
        statement = tmp_path / "secrets" / f"renew_{role}.sql"
        assert statement.read_text() == f"alter role {role} password '{after[name]}';\n"
        assert stat.S_IMODE(statement.stat().st_mode) == 0o600


def test_fernet_key_when_renewed_again_before_anything_is_encrypted_anew_then_what_the_first_wrote_can_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "scripts" / "make_secrets.py"
    copy.parent.mkdir()
    copy.write_text((PROJECT_DIRECTORY / "scripts" / "make_secrets.py").read_text())
    script = runpy.run_path(str(copy))
    script["main"]()
    path = tmp_path / "secrets" / "fernet_key"

    def fernet() -> MultiFernet:
        # as Airflow reads what stands there
        return MultiFernet([Fernet(key) for key in path.read_text().split(",")])

    written = fernet().encrypt(b"password of the SFTP server")
    for count in (2, 3):
        assert script["main"](["--renew", "fernet_key"]) == 0
        assert len(set(path.read_text().split(","))) == count
        assert fernet().decrypt(written) == b"password of the SFTP server"
    *_, rotate, then = capsys.readouterr().out.splitlines()
    assert rotate.endswith("airflow rotate-fernet-key")
    assert then.startswith("# only after that ended without an error")
    # and once it was, the first alone is enough
    written = fernet().rotate(written)
    path.chmod(0o600)
    path.write_text(path.read_text().split(",")[0])
    assert fernet().decrypt(written) == b"password of the SFTP server"


@pytest.mark.parametrize(("name", "says"), [("pseudonym_key", "rotate-key"), ("nonsense", "these can be")])
def test_servers_secret_when_it_is_renewed_elsewhere_then_says_where_and_nothing_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, says: str
) -> None:
    copy = tmp_path / "scripts" / "make_secrets.py"
    copy.parent.mkdir()
    copy.write_text((PROJECT_DIRECTORY / "scripts" / "make_secrets.py").read_text())
    script = runpy.run_path(str(copy))
    script["main"]()
    before = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir() if path.is_file()}
    assert script["main"](["--renew", name]) == 2
    assert says in capsys.readouterr().err
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir() if path.is_file()} == before
