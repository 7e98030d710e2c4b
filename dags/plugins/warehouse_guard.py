"""Stand before all of Airflow's pages: close its schema, slow down who guesses passwords, and say how pages behave.

Airflow wraps its application in it once, in the API server alone.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from airflow.configuration import conf
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOGGER = logging.getLogger(__name__)

SCHEMA = re.compile(
    r"(/(auth|execution|pluginsv2|warehouse)(/.*)?)?/(docs|redoc|openapi\.json|swagger\w*)(/.*)?", re.IGNORECASE
)
"""What lists every address of Airflow's interfaces to anybody."""
LOGIN = re.compile(r"/auth/(login|token)(/.*)?")
TOKEN = re.compile(r"/auth/token(/.*)?")
"""Where a password is exchanged for a token, whatever the login is set to."""
OPEN_TO_ALL = re.compile(r"/auth/(login|token|logout)(/.*)?")
RIGHTS = re.compile(r"/auth/.*")
"""Where accounts, roles and passwords are changed."""
ANSWERS = re.compile(r"/api/v2/.*/hitlDetails(/.*)?")
"""Where a reviewer answers whether a release is signed."""
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
MINUTES = 5
FAILED_LOGINS = {"account and address": 5, "address": 20, "account": 50}
"""How often a login may fail in five minutes: of one account from one address, from one address, of one account."""
LARGEST_LOGIN_BYTES = 64 * 1024
HEADERS = {
    # Airflow's styles are written by its scripts; the pages of accounts and roles hold scripts of their own, and
    # Airflow shows them, and ours, in frames of its own
    "Content-Security-Policy": (
        "default-src 'self'; script-src {script}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
        " font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-src 'self'; object-src 'none';"
        " base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    # the form of the login is refused where a browser does not say which page it came from
    "Referrer-Policy": "same-origin",
}
SCRIPTS_OF_ACCOUNTS = "'self' 'unsafe-inline'"


class Watch(Protocol):
    """Who looks for rights that have changed, now or when it is time."""

    def look(self, by: str | None) -> None:
        """Look now; what has changed is the doing of the account named, or of nobody who is known."""

    def look_when_due(self) -> None:
        """Look when the last look is long enough ago."""


class Guard:
    """An ASGI application around another one."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        watch: Watch,
        account_of: Callable[[Scope], Awaitable[str | None]],
        takes_passwords: Callable[[], bool],
        base_url: str | None = None,
    ) -> None:
        """Take the application, who looks for changed rights, who tells the account of a request, and the address.

        takes_passwords: whether accounts come in by passwords of these pages.
        base_url: as people type it; None: Airflow's own setting. Where it begins with https, cookies are for https.
        """
        self._app = app
        self._watch = watch
        self._account_of = account_of
        self._takes_passwords = takes_passwords
        address = conf.get("api", "base_url", fallback="") if base_url is None else base_url
        self._is_https = urlsplit(address).scheme == "https"
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._changing = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = _path(scope)
        if self._is_https:
            # TLS ends before it: Airflow's own cookies follow the scheme that it believes in
            scope["scheme"] = "https"
        send = self._with_headers(path, send)
        is_writing = scope["method"] not in SAFE_METHODS
        if SCHEMA.fullmatch(path):
            await PlainTextResponse("There is no such page.", 404)(scope, receive, send)
        elif scope["method"] == "POST" and TOKEN.fullmatch(path) and not self._takes_passwords():
            # Airflow gives a token for a local password beside a provider too, past its second factor and its leavers
            await PlainTextResponse(
                "People log in here by the council's own accounts, and no password of these pages gives a token: log in"
                " in a browser, at /auth/login/.",
                403,
            )(scope, receive, send)
        elif scope["method"] == "POST" and LOGIN.fullmatch(path):
            await self._login(scope, receive, send)
        elif is_writing and RIGHTS.fullmatch(path) and not OPEN_TO_ALL.fullmatch(path):
            await self._change_rights(scope, receive, send)
        else:
            if is_writing and ANSWERS.fullmatch(path):
                await run_in_threadpool(self._watch.look, None)
            elif not self._changing:
                await run_in_threadpool(self._watch.look_when_due)
            await self._app(scope, receive, send)

    async def _change_rights(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let accounts and roles be changed by somebody who is known, and record what changed."""
        account = await self._account_of(scope)
        if account is None:
            await PlainTextResponse("Nobody is known to be logged in, or the login has ended: log in again.", 403)(
                scope, receive, send
            )
            return
        # what was changed before this, another way, is not this account's doing
        await run_in_threadpool(self._watch.look, None)
        self._changing += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._changing -= 1
            await run_in_threadpool(self._watch.look, account)

    def _with_headers(self, path: str, send: Send) -> Send:
        script = SCRIPTS_OF_ACCOUNTS if path.startswith("/auth") else "'self'"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value.format(script=script))
                if self._is_https:
                    message["headers"] = [
                        (name, value + b"; Secure") if _is_open_cookie(name, value) else (name, value)
                        for name, value in message["headers"]
                    ]
            await send(message)

        return send_with_headers

    async def _login(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            await PlainTextResponse("That is no login.", 400)(scope, receive, send)
            return
        address = (scope.get("client") or ("unknown", 0))[0]
        account = _account_in(body)
        keys = {"account and address": f"{account} {address}", "address": address, "account": account}
        limits = {what: RateLimitItemPerMinute(often, MINUTES, what) for what, often in FAILED_LOGINS.items()}
        if not all(self._limiter.test(limits[what], key) for what, key in keys.items()):
            LOGGER.warning("Too many failed logins from %s: refused for a while", address)
            await PlainTextResponse(
                f"Too many logins have failed. Wait {MINUTES} minutes, then try again; an administrator can set another"
                " password.",
                429,
                {"Retry-After": str(MINUTES * 60)},
            )(scope, receive, send)
            return

        async def send_and_count(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_failed(message):
                for what, key in keys.items():
                    self._limiter.hit(limits[what], key)
            await send(message)

        await self._app(scope, _replayed(body, receive), send_and_count)


def _path(scope: Scope) -> str:
    """Return the path below Airflow's own."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path.removeprefix(root) if root and path.startswith(f"{root}/") else path


def _is_open_cookie(name: bytes, value: bytes) -> bool:
    return name.lower() == b"set-cookie" and b"; secure" not in value.lower()


def _is_failed(message: Message) -> bool:
    """Say of an answer to a login whether it let nobody in: refused, or sent back to the login."""
    if message["status"] >= 400:
        return True
    location = MutableHeaders(scope=message).get("location")
    return message["status"] == 200 or (location is not None and LOGIN.search(urlsplit(location).path) is not None)


async def _read(receive: Receive) -> bytes | None:
    """Return the body of a request; None where it is no text, too long for a login, or its sender has gone."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > LARGEST_LOGIN_BYTES:
            return None
        if not message.get("more_body", False):
            return body if _is_text(body) else None


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a receiver that gives the body that was read already, and then what comes after it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message


def _account_in(body: bytes) -> str:
    """Return the account that a login names, of a form or of JSON; empty where it names none."""
    try:
        content: Any = json.loads(body)
    except ValueError:
        content = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
    named = content.get("username") if isinstance(content, dict) else None
    return str(named or "").strip().casefold()[:256]
