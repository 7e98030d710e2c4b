"""Datasets, charts and dashboards as code, brought into a running Superset by its own interface."""

from __future__ import annotations

import hashlib
import http.cookiejar
import io
import json
import secrets
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import yaml

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.settings import PROJECT_DIRECTORY

ASSETS = PROJECT_DIRECTORY / "bi" / "superset" / "assets"
CONNECTION = ASSETS / "databases" / "warehouse.yaml"
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""Of every file in the bundle: the same files are the same bytes."""
ANSWERED_WITHIN_SECONDS = 300


def load(path: Path) -> dict[str, Any]:
    """Read one file of the assets."""
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read


def connection_name() -> str:
    """Return the name that Superset shows the warehouse's connection by."""
    return str(load(CONNECTION)["database_name"])


def bundle(uri: str) -> bytes:
    """Return the assets as one zip, the warehouse's connection leading to the given address."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(ASSETS.rglob("*.yaml")):
            text = path.read_text(encoding="utf-8")
            if path == CONNECTION:
                text = yaml.safe_dump({**load(path), "sqlalchemy_uri": uri}, sort_keys=True)
            name = f"assets/{path.relative_to(ASSETS).as_posix()}"
            archive.writestr(zipfile.ZipInfo(name, FIXED_TIME), text.encode())
    return written.getvalue()


def digest(contents: bytes) -> str:
    """Return what tells one bundle from another."""
    return hashlib.sha256(contents).hexdigest()


class Session:
    """Somebody logged in to Superset's interface."""

    def __init__(self, address: str, name: str, password: str) -> None:
        """Log in; raise CscWarehouseError when Superset does not let this account in."""
        self.address = address
        self._headers: dict[str, str] = {"Referer": address}
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        # whatever proxy this machine is told to use: Superset is on it
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
        told = self.post(
            "/api/v1/security/login",
            {"username": name, "password": password, "provider": "db", "refresh": False},
        )
        self._headers["Authorization"] = f"Bearer {told['access_token']}"
        self._headers["X-CSRFToken"] = self.get("/api/v1/security/csrf_token/")["result"]

    def get(self, path: str) -> dict[str, Any]:
        """Ask for something; raise CscWarehouseError with Superset's own words when it refuses."""
        return self._ask(urllib.request.Request(self.address + path, headers=self._headers))  # noqa: S310

    def post(self, path: str, told: dict[str, Any]) -> dict[str, Any]:
        """Tell something as JSON; raise CscWarehouseError with Superset's own words when it refuses."""
        headers = {**self._headers, "Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, json.dumps(told).encode(), headers)  # noqa: S310
        return self._ask(request)

    def bring_in(self, contents: bytes) -> None:
        """Import a bundle over what is there; raise CscWarehouseError with Superset's own words when it refuses."""
        border = secrets.token_hex(16)
        head = (
            f'--{border}\r\nContent-Disposition: form-data; name="bundle"; filename="assets.zip"\r\n'
            "Content-Type: application/zip\r\n\r\n"
        )
        body = head.encode() + contents + f"\r\n--{border}--\r\n".encode()
        headers = {**self._headers, "Content-Type": f"multipart/form-data; boundary={border}"}
        self._ask(urllib.request.Request(f"{self.address}/api/v1/assets/import/", body, headers))  # noqa: S310

    def _ask(self, request: urllib.request.Request) -> dict[str, Any]:
        try:
            with self._opener.open(request, timeout=ANSWERED_WITHIN_SECONDS) as answer:
                told: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            words = error.read().decode(errors="replace")
            raise CscWarehouseError(f"Superset refused {request.selector} ({error.code}): {words[:600]}") from error
        except (OSError, json.JSONDecodeError) as error:
            raise CscWarehouseError(f"Superset did not answer {request.selector}: {error}") from error
        return told
