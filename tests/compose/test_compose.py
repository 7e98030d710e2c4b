"""Nights through the containers, each service killed in turn, against a home on which nothing was disturbed."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.compose.stack import IMAGES, PORTS, Figures, Stack, call, undisturbed_nights, wait_until

HOME = "/srv/csc/home"
BACKUPS = f"{HOME}/backups"
CONFIG = f"{HOME}/csc_warehouse.toml"
RESTORED = f'CSC_WAREHOUSE_HOME={HOME}/restored CSC_WAREHOUSE_URL="${{CSC_WAREHOUSE_URL%/*}}/restored"'
"""Another home and another database of the same server, after the entry point has handed over the address."""
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")
pytestmark = pytest.mark.timeout(5400)


def _tell(words: str) -> None:
    print(words, flush=True)  # noqa: T201  (what was seen goes into docs/reliability.md)


@pytest.fixture(scope="module")
def undisturbed(
    exports: list[Path], stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Future[list[Figures]]]:
    """Yield what a home of this machine shows after each night of the same deliveries, made beside the containers."""
    home = tmp_path_factory.mktemp("undisturbed")
    # the same key: pseudonyms are compared too
    with ProcessPoolExecutor(1) as pool:
        yield pool.submit(undisturbed_nights, home, exports, stack.secrets / "pseudonym_key")


def _deliver(stack: Stack, folder: Path) -> None:
    for source in sorted(path for path in folder.iterdir() if path.is_dir()):
        stack.put(source.name, source)


def test_a_secret_that_is_empty_is_refused_in_one_sentence(stack: Stack, tmp_path: Path) -> None:
    empty = tmp_path / "warehouse_url"
    empty.touch()
    for image in (IMAGES["CSC_IMAGE"], IMAGES["CSC_SUPERSET_IMAGE"]):
        command = ["docker", "run", "--rm", "--network", "none", "--volume", f"{empty}:/run/secrets/warehouse_url:ro"]
        done = subprocess.run([*command, image], capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 78
        assert done.stderr.startswith("The secret warehouse_url is missing or empty: python3 scripts/make_secrets.py")
        assert done.stderr.count("\n") == 1


def test_images_hold_nothing_that_builds_or_installs(stack: Stack) -> None:
    for image in (IMAGES["CSC_IMAGE"], IMAGES["CSC_SUPERSET_IMAGE"]):
        look = "id -u; for name in gcc cc make pip pip3 uv git curl; do command -v $name; done; true"
        assert call("docker", "run", "--rm", "--entrypoint", "sh", image, "-c", look).split() == ["50000"]
        installs = "import importlib.util as u; print(u.find_spec('pip'), u.find_spec('setuptools') and 'setuptools')"
        told = call("docker", "run", "--rm", "--entrypoint", "python", image, "-c", installs).split()
        # what runs in production may name setuptools in its lock; pip never
        assert told[0] == "None"


@pytest.fixture(scope="module")
def first_night(stack: Stack, exports: list[Path], undisturbed: Future[list[Figures]]) -> Figures:
    """Return what readers see after the first night; what is compared with is made beside it."""
    with _logs_where_it_fails(stack):
        _first_night(stack, exports[0])
        return _seen(stack)


@contextmanager
def _logs_where_it_fails(stack: Stack) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _tell(stack.logs())
        raise


def _seen(stack: Stack) -> Figures:
    found = stack.figures()
    _tell(f"figures: {found}")
    return found


def test_first_night_leaves_no_way_in_and_none_out(stack: Stack, first_night: Figures) -> None:
    with _logs_where_it_fails(stack):
        _closed_doors(stack)


def test_backup_made_in_a_container_comes_back_in_an_empty_database(stack: Stack, first_night: Figures) -> None:
    with _logs_where_it_fails(stack):
        plain = stack.inside("csc-warehouse", "backup", "--out", f"{BACKUPS}/plain.tar")
        assert "It is not encrypted." in " ".join(plain.split())
        stack.inside("sh", "-c", f"""echo '[maintenance]\nbackup_key_file = "{HOME}/backup.key"' > {CONFIG}""")
        configured = {"CSC_WAREHOUSE_CONFIG": CONFIG}
        stack.inside("csc-warehouse", "rotate-backup-key", env=configured)
        sealed = f"{BACKUPS}/sealed.tar.sealed"
        started = time.monotonic()
        told = " ".join(stack.inside("csc-warehouse", "backup", "--out", sealed, env=configured).split())
        assert f"It opens with the key in {HOME}/backup.key alone" in told
        _tell(f"backup: {told}, {time.monotonic() - started:.0f} s")
        # the container's own user made them, and nobody else may read them
        looked = stack.inside("stat", "--format", "%u %a %s", f"{BACKUPS}/plain.tar", sealed).splitlines()
        _tell(f"owner, mode and size of the backups: {looked}")
        assert [line.split()[:2] for line in looked] == [["50000", "600"]] * 2
        stack.sql("postgres", "create database restored owner warehouse")
        _bring_back(stack, sealed, configured)
        assert stack.figures("restored") == first_night
        status = json.loads(stack.inside("sh", "-c", f"{RESTORED} csc-warehouse status --json", env=configured))
        assert {str(row["release_id"]) for row in status["published"]} == {stack.release()}
        stack.sql("postgres", "drop database restored")
        # the evening's upkeep makes one of its own, and tries it in an embedded server in the container
        stack.inside("sh", "-c", f"""echo 'backup_folder = "{BACKUPS}"' >> {CONFIG}""")
        started = time.monotonic()
        told = " ".join(stack.inside("csc-warehouse", "maintain", env=configured).split())
        _tell(f"upkeep in the container, {time.monotonic() - started:.0f} s: {told}")
        assert re.search(r"was restored: \d[\d,]* deliveries and [1-9][\d,]* published figures are as here", told)
        stack.inside("rm", "-r", f"{HOME}/restored", BACKUPS)


def _bring_back(stack: Stack, backup: str, configured: dict[str, str]) -> None:
    """Restore a sealed backup, which needs its key, into an empty database of the same server."""
    restore = f"{RESTORED} csc-warehouse restore --from {backup}"
    without_key = stack.inside("sh", "-c", f"{restore} 2>&1 || test $? = 2", env={})
    assert "is sealed: name the file with its key" in " ".join(without_key.split())
    started = time.monotonic()
    stack.inside("sh", "-c", restore, env=configured)
    _tell(f"restored into an empty database: {time.monotonic() - started:.0f} s")


def test_database_whose_files_are_gone_comes_back_as_of_a_moment_and_to_its_end(
    stack: Stack, first_night: Figures
) -> None:
    with _logs_where_it_fails(stack):
        _tell(call("docker", "exec", stack.containers("postgres")[0], "sh", "/etc/csc/copy.sh").strip())
        marked = "select string_agg(word, ',' order by word) from public.marks"
        stack.sql("warehouse", "create table public.marks as select 'before' as word")
        moment = stack.archived()
        stack.sql("warehouse", "insert into public.marks values ('after')")
        stack.sql("warehouse", "delete from release.pointer")
        stack.archived()
        # of the branch that is left, once the way back was taken: nothing may go on from it
        call("docker", "exec", stack.containers("postgres")[0], "sh", "/etc/csc/copy.sh")
        for until, expected in ((moment,), "before"), ((), "before,since"):
            started = time.monotonic()
            told = stack.recover(*until)
            stack.wait_until_well("postgres", *AIRFLOW)
            _tell(f"{told.strip()} Well again after {time.monotonic() - started:.0f} s.")
            assert stack.sql("warehouse", marked) == [[expected]]
            assert stack.figures() == first_night
            stack.sql("warehouse", "insert into public.marks values ('since')")
            stack.archived()
        stack.sql("warehouse", "drop table public.marks")
        # what the runbook asks for afterwards
        _tell(call("docker", "exec", stack.containers("postgres")[0], "sh", "/etc/csc/copy.sh").strip())


def test_dashboards_show_the_night_and_the_catcher_takes_a_mail(stack: Stack, first_night: Figures) -> None:
    with _logs_where_it_fails(stack):
        _dashboards(stack)
        _mail(stack)
        stack.compose("stop", "superset", "mail")


def test_scheduler_that_hangs_is_ended_by_its_health_check_and_comes_back(stack: Stack, first_night: Figures) -> None:
    with _logs_where_it_fails(stack):
        _tell(f"scheduler that hangs: well again after {_come_back(stack, 'scheduler', stack.freeze):.0f} s")
        assert stack.figures() == first_night


def test_nights_with_every_service_killed_show_what_an_undisturbed_home_shows(
    stack: Stack, exports: list[Path], first_night: Figures, undisturbed: Future[list[Figures]]
) -> None:
    with _logs_where_it_fails(stack):
        shown = [first_night]
        for night, folder in zip((_second_night, _third_night_by_workers), exports[1:], strict=True):
            night(stack, folder)
            shown.append(_seen(stack))
        assert shown == undisturbed.result()


def _first_night(stack: Stack, folder: Path) -> None:
    """The deliveries wait in the drop when Airflow starts, which makes up for the night that it missed."""
    stack.compose("up", "-d", "sftp")
    stack.wait_until_well("sftp")
    _deliver(stack, folder)
    started = time.monotonic()
    stack.compose("up", "-d")
    stack.wait_until_well("postgres", *AIRFLOW)
    _tell(f"up and well: {time.monotonic() - started:.0f} s")
    state, seconds = stack.wait_for_night(0)
    _tell(f"first night: {state}, {seconds:.0f} s")
    assert state == "success"
    assert stack.release() == "1"


def _closed_doors(stack: Stack) -> None:
    """What is between the containers is encrypted, what is not theirs is closed, and nothing is written beside."""
    ways = "select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid) where client_addr is not null"
    assert stack.sql("airflow", ways) == [["t"]]
    scheduler = stack.containers("scheduler")[0]
    plain = (
        "import psycopg, os; url = os.environ['CSC_WAREHOUSE_URL'].replace('+psycopg', '')\n"
        "try: psycopg.connect(url, sslmode='disable')\nexcept psycopg.OperationalError as error: print(error)"
    )
    inside = ["docker", "exec", scheduler, "sh", "docker/entrypoint.sh"]
    assert "no encryption" in call(*inside, "python", "-c", plain)
    for path in ("/srv/csc/app/x", "/srv/csc/exports/wccis/x", "/etc/x"):
        done = subprocess.run([*inside, "touch", path], capture_output=True, text=True, check=False)  # noqa: S603
        assert "Read-only file system" in done.stderr
    # a supplier sees the folder of one source, and neither another's nor the drop's own files
    assert stack.sftp("raise", "ls -1 /\n").split("\n")[-2:] == ["/deliveries", ""]
    links = ("ln -s /drop /deliveries/link\n", "ln /deliveries/link /deliveries/other\n")
    for reach in ("get /etc/passwd\n", "ls /run/secrets\n", "put /etc/hostname /x\n", *links):
        with pytest.raises(AssertionError):
            stack.sftp("raise", reach)
    for port in (PORTS["CSC_PAGES_PORT"], PORTS["CSC_SFTP_PORT"]):
        listening = call("ss", "-Hltn", f"sport = :{port}").split()
        assert {word for word in listening if word.endswith(f":{port}")} == {f"127.0.0.1:{port}"}


def _second_night(stack: Stack, folder: Path) -> None:
    """Each service is killed before it, and those that hold the night are killed again in the midst of it."""
    for service in ("postgres", "sftp", *AIRFLOW):
        seconds = _come_back(stack, service, stack.kill)
        _tell(f"killed {service}: well again after {seconds:.0f} s")
        assert stack.release() == "1"
    stack.wait_until_well("postgres", "sftp", *AIRFLOW)
    _deliver(stack, folder)
    after = len(stack.nights())
    stack.trigger()
    wait_until("the build is at work", lambda: _is_building(stack, after), seconds=900)
    for service in ("scheduler", "api-server", "postgres"):
        stack.kill(service)
        _tell(f"killed {service} while the build was at work")
    state, seconds = stack.wait_for_night(after)
    _tell(f"second night, with three kills in its midst: {state}, {seconds:.0f} s")
    assert state == "success"
    assert int(stack.release()) > 1


def _come_back(stack: Stack, service: str, harm: Callable[[str], None]) -> float:
    """Do harm to a service and return the seconds until its container was started anew and is well."""
    before = stack.started_at(service)
    harm(service)

    def is_back() -> bool:
        try:
            return stack.started_at(service) != before and stack.is_well(service)
        except AssertionError:
            # it is being started
            return False

    return wait_until(f"{service} is back", is_back, seconds=900)


def _is_building(stack: Stack, after: int) -> bool:
    at_work = "select 1 from task_instance where dag_id = 'build_warehouse' and task_id = 'build' and state = 'running'"
    return len(stack.nights()) > after and bool(stack.sql("airflow", at_work))


def _third_night_by_workers(stack: Stack, folder: Path) -> None:
    """CeleryExecutor takes over; a worker and the broker are killed while the night is under way."""
    stack.environment |= {"CSC_EXECUTOR": "CeleryExecutor", "COMPOSE_PROFILES": "scale"}
    stack.compose("up", "-d")
    stack.wait_until_well("redis", "worker", *AIRFLOW)
    assert len(stack.containers("worker")) == 2
    _deliver(stack, folder)
    before, after = stack.release(), len(stack.nights())
    stack.trigger()
    wait_until("the build is at work", lambda: _is_building(stack, after), seconds=900)
    for service in ("worker", "redis"):
        stack.kill(service)
        _tell(f"killed {service} while the build was at work")
    state, seconds = stack.wait_for_night(after)
    _tell(f"third night, by two workers of which one was killed: {state}, {seconds:.0f} s")
    assert state == "success"
    assert stack.release() > before


def _dashboards(stack: Stack) -> None:
    """Superset comes up with the dashboards in it, and a reader sees the figures of the release that is published."""
    stack.environment |= {"COMPOSE_PROFILES": "bi,trial"}
    stack.compose("up", "-d")
    stack.wait_until_well("superset", "mail")
    address = f"http://127.0.0.1:{PORTS['CSC_BI_PORT']}"
    password = (stack.secrets / "superset_reader_password").read_text(encoding="utf-8")
    told = {"username": "reader", "password": password, "provider": "db"}
    token = _ask(f"{address}/api/v1/security/login", told)["access_token"]
    found = _ask(f"{address}/api/v1/dashboard/", None, token)
    assert found["count"] == 3
    dataset = next(row for row in _rows(f"{address}/api/v1/dataset/", token) if row["table_name"] == "rpt_scorecard")
    asked = {"columns": ["release_id"], "metrics": [], "row_limit": 10}
    where = {"datasource": {"id": dataset["id"], "type": "table"}, "queries": [asked], "result_format": "json"}
    data = _ask(f"{address}/api/v1/chart/data", where, token)
    assert [str(row["release_id"]) for row in data["result"][0]["data"]] == [stack.release()]
    _tell(f"a chart's figures, of release {stack.release()}: {data['result'][0]['rowcount']} row")


def _mail(stack: Stack) -> None:
    """The catcher takes a mail from the container in which the night tells people."""
    mail = "'a@localhost', ['b@localhost'], 'Subject: trial\\r\\n\\r\\n'"
    send = f"import smtplib; smtplib.SMTP('mail', 1025).sendmail({mail})"
    call("docker", "exec", stack.containers("scheduler")[0], "python", "-c", send)
    with urllib.request.urlopen(f"http://127.0.0.1:{PORTS['CSC_MAIL_PORT']}/", timeout=10) as answer:
        assert answer.read() == b"1"
    _tell("the catcher took the mail")


def _rows(address: str, token: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _ask(address, None, token)["result"]
    return found


def _ask(address: str, told: dict[str, Any] | None, token: str | None = None) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    body = None if told is None else json.dumps(told).encode()
    request = urllib.request.Request(address, body, headers)  # noqa: S310  (this machine)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=300) as answer:
        found: dict[str, Any] = json.load(answer)
        return found
