"""Connection strings in the dialects that tools read."""

from typing import Any

import psycopg
import psycopg.conninfo
import pytest
from sqlalchemy import create_engine, make_url

from csc_warehouse.errors import UsageError
from csc_warehouse.settings import load_settings
from csc_warehouse.warehouse.engine import LOST_AFTER, Warehouse, url_for

TCP = make_url("postgresql+psycopg://reader:pa%40ss@db.council.example:5433/warehouse")
SOCKET = make_url("postgresql+psycopg://postgres@localhost/warehouse?host=/srv/csc/postgres")


@pytest.mark.parametrize(
    ("driver", "expected"),
    [
        ("psycopg", "postgresql+psycopg://reader:pa%40ss@db.council.example:5433/warehouse"),
        ("psycopg2", "postgresql+psycopg2://reader:pa%40ss@db.council.example:5433/warehouse"),
        ("libpq", "postgresql://reader:pa%40ss@db.council.example:5433/warehouse"),
        ("jdbc", "jdbc:postgresql://db.council.example:5433/warehouse"),
    ],
)
def test_url_for_names_the_driver(driver: str, expected: str) -> None:
    assert url_for(TCP, driver) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("password", ["two words", "a+b&c=d", "ŵ/%20:@"])
def test_url_for_libpq_says_what_libpq_reads(password: str) -> None:
    url = TCP.set(password=password).update_query_dict({"options": "-c jit=off", "application_name": "o'o"})
    read = psycopg.conninfo.conninfo_to_dict(url_for(url, "libpq"))
    assert (read["password"], read["options"], read["application_name"]) == (password, "-c jit=off", "o'o")


def test_url_for_jdbc_on_a_socket_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="CSC_WAREHOUSE_URL"):
        url_for(SOCKET, "jdbc")


@pytest.mark.parametrize(("asked", "kept"), [({}, LOST_AFTER["keepalives_idle"]), ({"keepalives_idle": "300"}, 300)])
@pytest.mark.parametrize("role", [None, "csc_loader"])
def test_session_when_opened_then_notices_a_network_that_broke_without_a_word(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], kept: int, role: str | None
) -> None:
    opened: list[dict[str, Any]] = []

    def connect(address: str, **arguments: Any) -> None:
        given = {name: value for name, value in arguments.items() if value is not None}
        opened.append(psycopg.conninfo.conninfo_to_dict(address, **given))

    monkeypatch.setattr(psycopg, "connect", connect)
    url = TCP.update_query_dict({"options": "-c jit=off -c role=reader", **asked})
    warehouse = Warehouse(load_settings(), url, create_engine(url)).acting_as(role)
    warehouse.raw_connection()
    assert int(opened[0]["keepalives_idle"]) == kept
    assert int(opened[0]["tcp_user_timeout"]) == LOST_AFTER["tcp_user_timeout"]
    options = str(opened[0]["options"])
    # what a night locks is let go where its task is lost; no URL gives a session another role than its step's
    assert ("tcp_keepalives_idle=" in options) == (role is not None)
    assert options.endswith(f"-c role={role or 'reader'}")
