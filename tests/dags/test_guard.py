"""Airflow's own pages: what nobody is shown, who guesses passwords, how pages behave, and rights that change."""

from __future__ import annotations

import itertools
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY, load_settings
from csc_warehouse.warehouse import Warehouse, open_warehouse

PASSWORD = "a-long-password-of-a-test"  # noqa: S105
ADDRESSES = (f"10.1.{number // 250}.{number % 250 + 1}" for number in itertools.count())
TOLD_TO_ALL = {
    "/api/v2/monitor/health",
    "/api/v2/version",
    "/auth/login/",
}
"""What needs no login, as a health check, or the login itself."""


def client(pages: Any, *, address: str | None = None, base_url: str = "http://127.0.0.1:8080") -> Any:
    """Return a client from an address of its own, so that no test has spent its logins for it."""
    from fastapi.testclient import TestClient

    return TestClient(pages, follow_redirects=False, base_url=base_url, client=(address or next(ADDRESSES), 50000))


@pytest.fixture(scope="module")
def accounts(pages: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Make an administrator, a reviewer and two readers."""
    import airflow_accounts

    file = tmp_path_factory.mktemp("secrets") / "password"
    file.write_text(PASSWORD)
    roles = {"admin": "Admin", "r.jones": "csc_reviewer", "a.reader": "csc_reader", "b.reader": "csc_reader"}
    assert airflow_accounts.main([f"{name}:{role}:{file}" for name, role in roles.items()]) == 0
    from warehouse_rights import WATCH

    WATCH.look(None)


@pytest.fixture
def warehouse(airflow: None) -> Iterator[Warehouse]:
    opened = open_warehouse(load_settings())
    yield opened
    opened.engine.dispose()


def _token_of(form: str) -> str:
    found = re.search(r'csrf_token" type="hidden" value="([^"]+)', form)
    assert found is not None
    return found.group(1)


def log_in(somebody: Any, name: str, password: str = PASSWORD) -> Any:
    form = _token_of(somebody.get("/auth/login/").text)
    headers = {"Referer": f"{somebody.base_url}/auth/login/"}
    data = {"username": name, "password": password, "csrf_token": form}
    return somebody.post("/auth/login/", data=data, headers=headers)


# what nobody is shown


@pytest.mark.parametrize("below", ["", "/auth", "/execution", "/warehouse"])
@pytest.mark.parametrize("page", ["/docs", "/openapi.json", "/redoc", "/docs/", "/docs/oauth2-redirect", "/swagger/v1"])
def test_schema_when_anybody_asks_then_there_is_no_such_page(pages: Any, below: str, page: str) -> None:
    answer = client(pages).get(f"{below}{page}")
    assert answer.status_code == 404
    assert "openapi" not in answer.text.lower()
    assert len(answer.content) < 1000


def test_address_when_nobody_is_logged_in_then_answers_only_health_version_and_login(pages: Any) -> None:
    somebody = client(pages)
    listed = {
        re.sub(r"\{[^}]*\}", "1", route.path)
        for route in pages.routes
        if "GET" in (getattr(route, "methods", None) or ()) and route.path.startswith(("/api/v2/", "/ui/"))
    }
    assert len(listed) > 60
    answered = {path for path in sorted(listed) if somebody.get(path).status_code == 200}
    assert answered <= TOLD_TO_ALL


# who guesses passwords


@pytest.mark.usefixtures("accounts")
def test_login_when_it_fails_too_often_then_waits_even_with_the_right_password(
    pages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    guesser = client(pages)
    for _ in range(5):
        assert log_in(guesser, "a.reader", "guess").status_code == 302
    refused = log_in(guesser, "a.reader")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "300"
    assert "Wait 5 minutes" in refused.text
    assert "_token" not in guesser.cookies
    # the same account from elsewhere, and another account from there, are let in
    assert log_in(client(pages), "a.reader").headers["location"] == "/auth/"
    assert guesser.post("/auth/token", json={"username": "b.reader", "password": PASSWORD}).status_code == 201
    later = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: later)
    assert log_in(guesser, "a.reader").headers["location"] == "/auth/"


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("path", ["/auth/token", "/auth/token/cli"])
def test_token_when_it_is_guessed_then_is_limited_like_the_form(pages: Any, path: str) -> None:
    guesser = client(pages)
    codes = [guesser.post(path, json={"username": " R.Jones", "password": f"guess{n}"}).status_code for n in range(7)]
    assert codes == [401] * 5 + [429] * 2
    # the two ways in are one: whoever used up the one has none left of the other
    assert log_in(guesser, "r.jones").status_code == 429


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("path", ["/auth/token", "/auth/token/cli"])
def test_token_when_people_log_in_by_a_provider_then_no_local_password_gives_one(
    pages: Any, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    from flask_appbuilder.const import AUTH_LDAP, AUTH_OAUTH

    login = {"username": "r.jones", "password": PASSWORD}
    for kind in (AUTH_OAUTH, AUTH_LDAP):
        monkeypatch.setitem(pages.state.auth_manager.flask_app.config, "AUTH_TYPE", kind)
        answer = client(pages).post(path, json=login)
        assert answer.status_code == 403
        assert "log in in a browser" in answer.text
        assert "access_token" not in answer.text
    monkeypatch.undo()
    assert client(pages).post(path, json=login).status_code == 201


def test_address_when_it_tries_many_accounts_then_waits(pages: Any) -> None:
    guesser = client(pages)
    codes = [
        guesser.post("/auth/token", json={"username": f"name{n}", "password": "winter2018"}).status_code
        for n in range(22)
    ]
    assert codes == [401] * 20 + [429] * 2


def test_login_when_its_body_is_huge_or_no_login_then_is_refused(pages: Any) -> None:
    assert client(pages).post("/auth/token", content=b"x" * 100_000).status_code == 400
    for content in (b"", b"[]", b"\xff\xfe", b"null"):
        assert client(pages).post("/auth/token", content=content).status_code in (400, 401, 422)


# how pages behave


@pytest.mark.parametrize(
    "page", ["/", "/dags", "/auth/login/", "/api/v2/version", "/static/pin_32.png", "/auth/absent"]
)
def test_page_of_airflow_when_served_then_says_what_it_may_load_and_who_may_frame_it(pages: Any, page: str) -> None:
    headers = client(pages).get(page).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "object-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert ("script-src 'self' 'unsafe-inline'" in policy) == page.startswith("/auth")
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_page_of_the_warehouse_when_served_then_keeps_its_stricter_policy(pages: Any) -> None:
    headers = client(pages).get("/warehouse/quality").headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers.get_list("content-security-policy")[1:] == []
    assert headers["x-frame-options"] == "SAMEORIGIN"


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    ("address", "is_secure"),
    [("https://figures.council.example/", True), ("https://host/airflow", True), ("http://127.0.0.1:8080", False)],
)
def test_cookies_when_people_type_https_then_are_for_https_alone(pages: Any, address: str, is_secure: bool) -> None:
    from warehouse_guard import Guard
    from warehouse_rights import account_of

    quiet = SimpleNamespace(look=lambda by: None, look_when_due=lambda: None)
    somebody = client(Guard(pages, watch=quiet, account_of=account_of, takes_passwords=lambda: True, base_url=address))
    form = somebody.get("/auth/login/")
    # what a browser does with a cookie for https, this client cannot: it speaks http to what lies behind the proxy
    somebody.cookies = {
        cookie.split("=")[0]: cookie.split("=", 1)[1].split(";")[0] for cookie in form.headers.get_list("set-cookie")
    }
    answer = somebody.post(
        "/auth/login/",
        data={"username": "a.reader", "password": PASSWORD, "csrf_token": _token_of(form.text)},
        headers={"Referer": f"{'https' if is_secure else 'http'}://127.0.0.1:8080/auth/login/"},
    )
    assert answer.status_code == 302, answer.text
    cookies = [*form.headers.get_list("set-cookie"), *answer.headers.get_list("set-cookie")]
    assert {cookie.split("=")[0] for cookie in cookies} == {"session", "_token"}
    assert [("; secure" in cookie.lower()) for cookie in cookies] == [is_secure] * len(cookies)
    assert all("httponly" in cookie.lower() and "samesite=lax" in cookie.lower() for cookie in cookies)


# rights that change


def _changes(warehouse: Warehouse) -> list[dict[str, Any]]:
    from csc_warehouse.quality import page_rights

    return page_rights.changes(warehouse)


def _edit(somebody: Any, account: str, *roles: str) -> Any:
    listed = somebody.get("/auth/users/list/").text
    number = next(n for n in re.findall(r"/users/edit/(\d+)", listed) if f'value="{account}"' in _form(somebody, n))
    form = _form(somebody, number)
    known = {name: value for value, name in re.findall(r'value="(\d+)">([^<]*)', form)}
    return somebody.post(
        f"/auth/users/edit/{number}",
        data={
            "csrf_token": _token_of(form),
            "first_name": account,
            "last_name": "Local",
            "username": account,
            "email": f"{account}@localhost",
            "active": "y",
            "roles": [known[role] for role in roles],
        },
    )


def _form(somebody: Any, number: str) -> str:
    return str(somebody.get(f"/auth/users/edit/{number}").text)


@pytest.mark.usefixtures("accounts")
def test_role_when_an_administrator_takes_it_for_himself_then_is_recorded_and_told(
    pages: Any, warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    administrator = client(pages)
    log_in(administrator, "admin")
    before = len(_changes(warehouse))
    with caplog.at_level(logging.WARNING):
        assert _edit(administrator, "admin", "Admin", "csc_reviewer").status_code == 302
        assert _edit(administrator, "admin", "Admin").status_code == 302
    taken, given = _changes(warehouse)[: len(_changes(warehouse)) - before]
    assert given["sentence"] == (
        "Account admin was given the role csc_reviewer by admin, in Airflow's pages (its own doing)."
    )
    assert taken["sentence"] == "The role csc_reviewer was taken from account admin by admin, in Airflow's pages."
    assert "was given the role csc_reviewer by admin" in caplog.text


@pytest.mark.usefixtures("accounts")
def test_role_when_given_by_a_command_then_is_seen_before_it_is_used(
    pages: Any, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
    from warehouse_rights import WATCH

    reader = client(pages)
    log_in(reader, "b.reader")
    assert reader.get("/warehouse/worklists", headers={"Accept": "*/*"}).status_code == 403
    WATCH.look(None)
    before = len(_changes(warehouse))
    with get_application_builder() as builder:
        user = builder.sm.find_user(username="b.reader")
        user.roles = [*user.roles, builder.sm.find_role("csc_reviewer")]
        builder.sm.update_user(user)
    pages.state.auth_manager.cache.clear()
    assert reader.get("/warehouse/worklists").status_code != 403
    told = _changes(warehouse)[: len(_changes(warehouse)) - before]
    assert [row["sentence"] for row in told] == [
        "Account b.reader was given the role csc_reviewer not through Airflow's pages, so that nobody can say by whom."
    ]


@pytest.mark.usefixtures("accounts")
def test_rights_when_somebody_without_a_known_login_changes_them_then_refused(pages: Any) -> None:
    administrator = client(pages)
    log_in(administrator, "admin")
    session = dict(administrator.cookies)
    del session["_token"]
    unknown = client(pages)
    unknown.cookies = session
    assert unknown.get("/auth/users/list/").status_code == 200, "the session alone is a login of these pages"
    answer = _edit(unknown, "a.reader", "Admin")
    assert answer.status_code == 403
    assert "log in again" in answer.text


@pytest.mark.usefixtures("accounts")
def test_watch_when_the_warehouse_is_away_then_pages_go_on_and_the_next_look_sees_it(
    pages: Any, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from csc_warehouse import stewardship
    from csc_warehouse.errors import WarehouseUnavailableError

    administrator = client(pages)
    log_in(administrator, "admin")
    before = len(_changes(warehouse))

    def away(*_: Any, **__: Any) -> list[str]:
        raise WarehouseUnavailableError("The database cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(stewardship, "record_page_rights", away)
        assert _edit(administrator, "a.reader", "csc_reader", "Viewer").status_code == 302
    assert "could not be recorded" in caplog.text
    assert len(_changes(warehouse)) == before
    assert _edit(administrator, "a.reader", "csc_reader", "Viewer").status_code == 302
    assert [row["held"] for row in _changes(warehouse)[: len(_changes(warehouse)) - before]] == ["Viewer"]


def test_plugins_when_airflow_reads_the_folder_then_helpers_are_no_plugins_of_their_own() -> None:
    plugins = PROJECT_DIRECTORY / "dags" / "plugins"
    helpers = {path.name for path in plugins.glob("*.py")} - {"warehouse_pages.py", "warehouse_pool.py"}
    ignored = {line for line in (plugins / ".airflowignore").read_text().splitlines() if not line.startswith("#")}
    assert helpers == ignored
    assert Path(sys.modules["airflow"].__file__ or "").exists()
