"""Connection strings in the dialects that tools read."""

import psycopg.conninfo
import pytest
from sqlalchemy import make_url

from csc_warehouse.errors import UsageError
from csc_warehouse.warehouse.engine import url_for

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
