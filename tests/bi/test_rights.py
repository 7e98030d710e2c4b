"""Who gets into Superset, what it connects to, and whose rows it shows."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from typing import Any

import pytest

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.privacy import logins
from csc_warehouse.warehouse import cluster, open_warehouse
from tests.support.dashboards import FLINTSHIRE, WREXHAM, Running, chart_files, superset_assets, superset_service

OTHER = "superset_wrexham"
READS = {
    "columns": ["authority_code"],
    "metrics": ["indicators"],
    "filters": [],
    "row_limit": 1000,
}


def status(superset: Running, path: str, body: dict[str, Any] | None = None) -> int:
    """Return what somebody who is not logged in is answered."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(superset.address + path, data, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            # whoever is not let in is sent to the login
            return int(answer.status) if "/login" not in answer.url else 302
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("path", ["/api/v1/chart/", "/api/v1/dashboard/1", "/api/v1/dataset/", "/api/v1/database/"])
def test_stranger_when_asking_then_gets_nothing(superset: Running, path: str) -> None:
    told = status(superset, path)
    if told == 200:
        with urllib.request.urlopen(superset.address + path, timeout=60) as answer:  # noqa: S310
            assert json.load(answer)["count"] == 0
    else:
        assert told in {302, 401, 403, 404}


@pytest.mark.parametrize("name", ["admin", "reader"])
@pytest.mark.parametrize("password", ["admin", "", "general", "reader"])
def test_account_when_tried_with_a_password_that_people_guess_then_is_refused(
    superset: Running, name: str, password: str
) -> None:
    with pytest.raises(CscWarehouseError, match=r"\((400|401|429)\)"):
        superset_assets.Session(superset.address, name, password)


def test_registration_when_looked_for_then_is_not_there(superset: Running) -> None:
    assert status(superset, "/register/form") in {302, 404}
    assert status(superset, "/api/v1/security/users/", {"username": "me", "password": "x" * 12}) in {400, 401, 403}


def test_change_when_sent_without_the_pages_token_then_is_refused(superset: Running) -> None:
    session = superset.session("admin")
    del session._headers["X-CSRFToken"]
    with pytest.raises(CscWarehouseError, match="CSRF"):
        session.post("/api/v1/dashboard/", {"dashboard_title": "From elsewhere"})


def test_reader_when_trying_more_than_to_look_then_is_refused(superset: Running) -> None:
    session = superset.session("reader")
    for path, told in (
        ("/api/v1/sqllab/execute/", {"database_id": 1, "sql": "select 1"}),
        ("/api/v1/dashboard/", {"dashboard_title": "Mine"}),
        ("/api/v1/chart/", {"slice_name": "Mine", "datasource_id": 1, "datasource_type": "table"}),
        ("/api/v1/database/", {"database_name": "mine", "sqlalchemy_uri": "sqlite://"}),
        ("/api/v1/dataset/", {"database": 1, "schema": "reporting", "table_name": "rpt_scorecard"}),
    ):
        with pytest.raises(CscWarehouseError, match=r"\((403|404)\)"):
            session.post(path, told)


def elsewhere(superset: Running) -> list[tuple[str, dict[str, Any]]]:
    """Return addresses that lead past the login, and what is set beside a sound one so that it does."""
    told = json.loads((superset.where.folder / "warehouse.json").read_text())
    sockets = cluster.start(superset.settings.home).query["host"]
    ours = f"postgresql+psycopg2://superset@127.0.0.1:{told['port']}/warehouse"
    return [
        (f"postgresql+psycopg2://postgres@/warehouse?host={sockets}", {}),
        (f"postgresql+psycopg2://postgres@127.0.0.1:{told['port']}/warehouse", {}),
        (f"{ours}?host={sockets}", {}),
        ("postgresql+psycopg2://superset@192.0.2.1:5432/warehouse", {}),
        ("sqlite:////etc/passwd", {}),
        (ours, {"engine_params": {"connect_args": {"host": str(sockets), "user": "postgres"}}}),
    ]


@pytest.mark.parametrize("number", range(6))
def test_connection_when_an_administrator_leads_it_elsewhere_then_is_refused_or_stays(
    superset: Running, number: int
) -> None:
    address, extra = elsewhere(superset)[number]
    session = superset.session("admin")
    body = {
        "database_name": f"elsewhere {number}",
        "sqlalchemy_uri": address,
        "extra": json.dumps(extra),
        "expose_in_sqllab": True,
    }
    if not extra:
        with pytest.raises(CscWarehouseError):
            session.post("/api/v1/database/", body)
        return
    made = session.post("/api/v1/database/", body)["id"]
    # who came in by the socket would see these
    sees = "select has_schema_privilege('marts', 'usage') as sees_marts"
    told = session.post("/api/v1/sqllab/execute/", {"database_id": made, "sql": sees, "runAsync": False})
    assert told["data"] == [{"sees_marts": False}]


def test_process_when_it_would_connect_to_another_machine_then_is_refused(superset: Running) -> None:
    words = (
        "import runpy, socket, sys; runpy.run_path(sys.argv[1]);\n"
        "for host in ('192.0.2.1', '2001:db8::1', 'elsewhere.invalid'):\n"
        "    try: socket.create_connection((host, 80), timeout=5)\n"
        "    except PermissionError as error: print(error)\n"
        "try: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 53))\n"
        "except PermissionError as error: print(error)\n"
        "socket.getaddrinfo('localhost', 80)\n"
    )
    done = subprocess.run(  # noqa: S603  (Superset's interpreter and our own words)
        [superset_service.BIN / "python", "-c", words, superset_service.CODE / "superset_config.py"],
        env=superset_service._environment(superset.where),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count("connects to no other machine") == 4


def read(session: superset_assets.Session, dataset: int) -> set[str]:
    """Return whose rows a dataset shows."""
    asked = {
        "datasource": {"id": dataset, "type": "table"},
        "queries": [READS],
        "result_format": "json",
        "result_type": "full",
    }
    return {row["authority_code"] for row in session.post("/api/v1/chart/data", asked)["result"][0]["data"]}


def test_second_login_when_given_one_authority_then_its_connection_shows_that_one_alone(superset: Running) -> None:
    warehouse = open_warehouse(superset.settings)
    path = superset.where.folder / "logins" / OTHER
    superset_service._write_secret(path, logins.add(warehouse, OTHER, "csc_reader", [WREXHAM]))
    told = json.loads((superset.where.folder / "warehouse.json").read_text())
    address = f"postgresql+psycopg2://{OTHER}@{told['host']}:{told['port']}/{told['database']}"
    admin = superset.session("admin")
    try:
        made = admin.post("/api/v1/database/", {"database_name": "one council", "sqlalchemy_uri": address})["id"]
        asked_for = "select * from reporting.rpt_scorecard"
        table = {"database": made, "schema": "reporting", "table_name": "scorecard of one council", "sql": asked_for}
        dataset = admin.post("/api/v1/dataset/", table)["id"]
        asked = {**READS, "metrics": [{"label": "n", "expressionType": "SQL", "sqlExpression": "count(*)"}]}
        admin_reads = {
            "datasource": {"id": dataset, "type": "table"},
            "queries": [asked],
            "result_format": "json",
            "result_type": "full",
        }
        rows = admin.post("/api/v1/chart/data", admin_reads)["result"][0]["data"]
        assert {row["authority_code"] for row in rows} == {WREXHAM}
        # who may look at the dashboards was not given this connection
        with pytest.raises(CscWarehouseError, match=r"\((403|404)\)"):
            superset.session("reader").post("/api/v1/chart/data", admin_reads)
    finally:
        logins.remove(warehouse, OTHER)
        warehouse.engine.dispose()
        path.unlink()


def scorecard_dataset(superset: Running) -> int:
    uuid = chart_files()["scorecard"]["dataset_uuid"]
    told = superset.session("admin").get("/api/v1/dataset/?q=(columns:!(id,uuid),page_size:100)")["result"]
    return next(int(row["id"]) for row in told if row["uuid"] == uuid)


def test_login_of_superset_when_given_one_authority_then_every_page_shows_that_one_alone(superset: Running) -> None:
    dataset = scorecard_dataset(superset)
    reader = superset.session("reader")
    assert read(reader, dataset) == {WREXHAM, FLINTSHIRE}
    warehouse = open_warehouse(superset.settings)
    try:
        for code in (FLINTSHIRE, WREXHAM):
            superset_service.up(superset.settings, authorities=[code])
            assert read(reader, dataset) == {code}
            # and it stays so until somebody says otherwise
            superset_service.up(superset.settings)
            assert read(reader, dataset) == {code}
    finally:
        logins.remove(warehouse, superset_service.LOGIN)
        warehouse.engine.dispose()
        superset_service.up(superset.settings)
    assert read(reader, dataset) == {WREXHAM, FLINTSHIRE}


def test_figure_when_two_authorities_would_be_mixed_then_is_none(superset: Running) -> None:
    reader = superset.session("reader")
    query = {
        "columns": [],
        "metrics": ["figure", "printed"],
        "filters": [
            {"col": "indicator_code", "op": "==", "val": "LAC04"},
            {"col": "period_type", "op": "==", "val": "quarter"},
            {"col": "period_label", "op": "==", "val": "2018/19 Q2"},
        ],
    }
    asked = {
        "datasource": {"id": scorecard_dataset(superset), "type": "table"},
        "queries": [query],
        "result_format": "json",
        "result_type": "full",
    }
    assert reader.post("/api/v1/chart/data", asked)["result"][0]["data"] == [
        {"figure": None, "printed": "choose one authority"}
    ]
