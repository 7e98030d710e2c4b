"""Connection strings in the dialects that tools read."""

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


def test_url_for_jdbc_on_a_socket_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="CSC_WAREHOUSE_URL"):
        url_for(SOCKET, "jdbc")
