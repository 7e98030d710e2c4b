"""The compose file's services as they are started for a trial: stand-in images, secrets of their own, one project."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from csc_warehouse.settings import PROJECT_DIRECTORY

PROJECT = "csc-trial"
BASE = "csc-trial/base"
STANDINS = PROJECT_DIRECTORY / "tests" / "compose" / "standins"
PORTS = {"CSC_PAGES_PORT": "18080", "CSC_SFTP_PORT": "12222", "CSC_BI_PORT": "18088", "CSC_MAIL_PORT": "18025"}
IMAGES = {
    "CSC_IMAGE": "csc-trial/warehouse",
    "CSC_SFTP_IMAGE": "csc-trial/sftp",
    "CSC_SUPERSET_IMAGE": "csc-trial/superset",
    "POSTGRES_IMAGE": "csc-trial/postgres",
    "REDIS_IMAGE": "csc-trial/redis",
    "MAIL_IMAGE": "csc-trial/mail",
    "PYTHON_IMAGE": BASE,
    "DEBIAN_IMAGE": BASE,
}
BUILT_HERE = (
    ("csc-trial/warehouse", ".", "Dockerfile"),
    ("csc-trial/sftp", "docker/sftp", "docker/sftp/Dockerfile"),
    ("csc-trial/superset", ".", "docker/superset/Dockerfile"),
)
SOURCES = ("cofnod", "corporate", "raise", "wccis")
WELL_WITHIN_SECONDS = 600
NIGHT_WITHIN_SECONDS = 2700
FIGURES = """
select md5(string_agg(row_text, chr(10) order by row_text)), count(*)
from (select (to_jsonb(shown) - 'release_id' - 'delivery_id')::text as row_text from {relation} as shown) as rows
"""
COMPARED = ("marts.indicator_values", "reporting.rpt_scorecard", "marts.fct_contacts", "marts.dim_children")
"""What is compared with an undisturbed home: figures, what people read, facts with their keys, and who is known."""

Figures = dict[str, list[str]]
"""Checksum and number of rows, by what is compared."""


def undisturbed_nights(home: Path, exports: list[Path], key: Path) -> list[Figures]:
    """Return what a home of this machine shows after each night: the deliveries land one night's at a time."""
    from csc_warehouse import nightly
    from csc_warehouse.settings import load_settings
    from csc_warehouse.warehouse import cluster, open_warehouse

    settings = load_settings(exports=home / "exports", home=home / "home").model_copy(update={"key_file": key})
    found = []
    try:
        for delivered in exports:
            shutil.copytree(delivered, settings.exports, dirs_exist_ok=True)
            nightly.run(settings=settings)
            with open_warehouse(settings).raw_connection() as connection:
                rows = {name: connection.execute(FIGURES.format(relation=name)).fetchone() for name in COMPARED}
            found.append({name: [str(value) for value in row or ()] for name, row in rows.items()})
    finally:
        cluster.stop(settings.home)
    return found


def call(*command: str, env: dict[str, str] | None = None, stdin: str | None = None) -> str:
    """Call a program and return what it says; raise AssertionError with its last words where it fails."""
    done = subprocess.run(  # noqa: S603  (our own arguments)
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT_DIRECTORY,
        env={**os.environ, **(env or {})},
        input=stdin,
    )
    assert done.returncode == 0, f"{' '.join(command[:6])}: {(done.stderr or done.stdout)[-2000:]}"
    return done.stdout


def wait_until(what: str, holds: Callable[[], bool], *, seconds: float) -> float:
    """Ask until something holds and return how long it took; raise AssertionError where it does not in time."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, f"{what}: not within {seconds:.0f} s"
        time.sleep(2)
    return time.monotonic() - started


def build_images(folder: Path) -> None:
    """Build the stand-ins and our own images on top of them; what is there of an earlier trial is used again."""
    if not call("docker", "images", "--quiet", BASE).strip():
        call("sh", str(STANDINS / "base.sh"), BASE, str(folder))
    for name in ("postgres", "redis", "mail"):
        call("docker", "build", "--build-arg", f"BASE={BASE}", "--tag", f"csc-trial/{name}", str(STANDINS / name))
    for image, context, file in BUILT_HERE:
        arguments = ["--build-arg", f"PYTHON_IMAGE={BASE}", "--build-arg", f"DEBIAN_IMAGE={BASE}"]
        call("docker", "build", *arguments, "--tag", image, "--file", file, context)


def remove_images() -> None:
    """Remove every image of a trial, and the layers that nothing else uses."""
    names = call(
        "docker", "images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=csc-trial/*"
    ).split()
    if names:
        call("docker", "rmi", "--force", *names)
    call("docker", "image", "prune", "--force")


class Stack:
    """One project of compose with secrets of its own."""

    def __init__(self, folder: Path) -> None:
        """Make its secrets, as the runbook says, beside a copy of the script."""
        self.secrets = folder / "secrets"
        copy = folder / "scripts" / "make_secrets.py"
        copy.parent.mkdir(parents=True)
        shutil.copy(PROJECT_DIRECTORY / "scripts" / "make_secrets.py", copy)
        assert runpy.run_path(str(copy))["main"]() == 0
        self.key = folder / "supplier_key"
        call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key))
        for source in SOURCES:
            shutil.copy(folder / "supplier_key.pub", self.secrets / "sftp_keys" / source)
        self.known_hosts = folder / "known_hosts"
        host_key = (self.secrets / "sftp_host_key.pub").read_text(encoding="utf-8")
        self.known_hosts.write_text(f"[127.0.0.1]:{PORTS['CSC_SFTP_PORT']} {host_key}", encoding="utf-8")
        # the server's own user keeps its log there
        self.copies = folder / "copies"
        self.copies.mkdir()
        server = call("docker", "run", "--rm", "--entrypoint", "id", IMAGES["POSTGRES_IMAGE"], "-u", "postgres")
        os.chown(self.copies, int(server), -1)
        # on the way to it nobody else may be shut out
        for above in (folder, *folder.parents[:2]):
            above.chmod(above.stat().st_mode | 0o011)
        self.environment = {
            **IMAGES,
            **PORTS,
            "COMPOSE_PROJECT_NAME": PROJECT,
            "COMPOSE_FILE": "docker-compose.yml:docker/point-in-time.yml",
            "CSC_DATABASE_COPIES": str(self.copies),
            "CSC_SECRETS": str(self.secrets),
            "CSC_SFTP_KEYS": str(self.secrets / "sftp_keys"),
        }

    def compose(self, *arguments: str) -> str:
        """Call docker-compose on this project."""
        return call("docker-compose", *arguments, env=self.environment)

    def containers(self, service: str) -> list[str]:
        """Return the containers of a service, by Docker: compose takes half a second for it, asked again and again."""
        of_it = {"project": PROJECT, "service": service, "oneoff": "False"}
        filters = [f"--filter=label=com.docker.compose.{name}={value}" for name, value in of_it.items()]
        return call("docker", "ps", "--all", "--quiet", *filters).split()

    def is_well(self, service: str) -> bool:
        """Tell whether each container of a service runs and its health check says so."""
        states = [json.loads(call("docker", "inspect", name))[0]["State"] for name in self.containers(service)]
        return bool(states) and all(state["Running"] and state["Health"]["Status"] == "healthy" for state in states)

    def wait_until_well(self, *services: str) -> None:
        """Wait for the health checks of services."""
        for service in services:
            wait_until(f"{service} is well", lambda name=service: self.is_well(name), seconds=WELL_WITHIN_SECONDS)  # type: ignore[misc]

    def kill(self, service: str) -> None:
        """End a service's first process at once, as the kernel does when memory runs out: nobody is asked."""
        name = self.containers(service)[0]
        state = json.loads(call("docker", "inspect", name))[0]["State"]
        os.kill(int(state["Pid"]), signal.SIGKILL)

    def freeze(self, service: str) -> None:
        """Stop all that a service runs, but Docker's own first process: it lives and does nothing any more."""
        name = self.containers(service)[0]
        first = int(json.loads(call("docker", "inspect", name))[0]["State"]["Pid"])
        for process in psutil.Process(first).children(recursive=True):
            process.suspend()

    def started_at(self, service: str) -> str:
        """Return when a service's container was last started."""
        state = json.loads(call("docker", "inspect", self.containers(service)[0]))[0]["State"]
        return str(state["StartedAt"])

    def archived(self) -> str:
        """Have the server hand over what its log holds so far, and return the moment before which all of it is kept."""
        # a moment is named by its second: what came before belongs to an earlier one, and what follows to a later one
        time.sleep(2)
        moment = self.sql("postgres", "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')")
        time.sleep(2)
        last = self.sql("postgres", "select pg_walfile_name(pg_switch_wal())")[0][0]
        kept = self.copies / "log" / last
        wait_until("the log is kept", kept.exists, seconds=120)
        return moment[0][0]

    def recover(self, *moment: str) -> str:
        """Destroy the server's files and bring them back as the runbook says; return what the command said."""
        self.compose("stop")
        of_postgres = ("run", "--rm", "--no-deps", "--entrypoint", "sh", "postgres")
        self.compose(*of_postgres, "-c", 'rm -rf "$PGDATA"/base "$PGDATA"/pg_wal')
        told = self.compose(*of_postgres, "/etc/csc/recover.sh", *moment)
        self.compose("up", "-d", "postgres")
        self.wait_until_well("postgres")
        self.compose("up", "-d")
        return told

    def put(self, source: str, folder: Path) -> None:
        """Deliver what a folder holds by SFTP, as a supplier does."""
        names = sorted(path.name for path in folder.iterdir())
        self.sftp(source, "".join(f"put -r {folder / name}\n" for name in names))

    def sftp(self, source: str, commands: str) -> str:
        """Give commands to the drop as one source; raise AssertionError where one fails."""
        return call(
            *("sftp", "-q", "-b", "-", "-i", str(self.key), "-P", PORTS["CSC_SFTP_PORT"]),
            *("-o", f"UserKnownHostsFile={self.known_hosts}", "-o", "StrictHostKeyChecking=yes"),
            f"{source}@127.0.0.1",
            stdin=commands,
        )

    def sql(self, database: str, statement: str) -> list[list[str]]:
        """Return the rows of a statement, asked inside the server's own container."""
        name = self.containers("postgres")[0]
        told = call("docker", "exec", name, "psql", "-U", "postgres", "-d", database, "-AtF", "|", "-c", statement)
        return [line.split("|") for line in told.splitlines()]

    def inside(self, *command: str, env: dict[str, str] | None = None) -> str:
        """Call a program as the runbooks do, in the scheduler's container as its user, and return what it says."""
        variables = [word for name, value in (env or {}).items() for word in ("--env", f"{name}={value}")]
        container = self.containers("scheduler")[0]
        return call("docker", "exec", *variables, container, "sh", "docker/entrypoint.sh", *command)

    def figures(self, database: str = "warehouse") -> Figures:
        """Return checksum and rows of what is compared."""
        return {name: self.sql(database, FIGURES.format(relation=name))[0] for name in COMPARED}

    def nights(self) -> list[list[str]]:
        """Return number and state of the build's runs, the newest last; nothing while the server is away."""
        try:
            return self.sql("airflow", "select id, state from dag_run where dag_id = 'build_warehouse' order by id")
        except (AssertionError, IndexError):
            return []

    def release(self, database: str = "warehouse") -> str:
        """Return the release that readers see."""
        return self.sql(database, "select release_id from release.pointer")[0][0]

    def trigger(self) -> None:
        """Start the ingests by the pages' interface, as a person does who does not wait for the night."""
        password = (self.secrets / "admin_password").read_text(encoding="utf-8")
        address = f"http://127.0.0.1:{PORTS['CSC_PAGES_PORT']}"
        token = _post(f"{address}/auth/token", {"username": "admin", "password": password}, {})["access_token"]
        for source in SOURCES:
            path = f"{address}/api/v2/dags/ingest_{source}/dagRuns"
            _post(path, {"logical_date": None}, {"Authorization": f"Bearer {token}"})

    def wait_for_night(self, after: int) -> tuple[str, float]:
        """Wait for the first build's run after so many, and return how it ended and how long it took."""
        ended = {"success", "failed"}

        def is_over() -> bool:
            runs = self.nights()
            return len(runs) > after and runs[after][1] in ended

        seconds = wait_until("the night is over", is_over, seconds=NIGHT_WITHIN_SECONDS)
        return self.nights()[after][1], seconds

    def logs(self) -> str:
        """Return the last words of every service, for a trial that failed."""
        return self.compose("logs", "--no-color", "--tail", "40")


def _post(address: str, told: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310  (this machine)
        address, json.dumps(told).encode(), {"Content-Type": "application/json", **headers}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=120) as answer:
        found: dict[str, Any] = json.load(answer)
        return found
