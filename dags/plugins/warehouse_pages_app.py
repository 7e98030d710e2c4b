"""Serve the generated pages: a login for all of them, a role for what is not for everybody, no way out of a folder."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from warehouse_rights import WATCH, keep_reading

from csc_warehouse.reporting import page_locations
from csc_warehouse.settings import load_settings

LOGGER = logging.getLogger(__name__)
REVIEWER_ROLE = "csc_reviewer"
"""The Airflow role of those who are csc_reviewer in the database."""
MANAGER_ROLE = "csc_manager"
"""The Airflow role of those who manage the work: they see its counts, small numbers among them, and no record."""
HEADERS = {
    # the pages bring everything with them: no script, nothing from elsewhere, framed by Airflow's own pages alone
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
SERVED = {
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".css": "text/css; charset=utf-8",
}
"""What is served, and as what; anything else below the folders is not there."""


def person(user: Annotated[Any, Depends(get_user)]) -> Any:
    """Return who is logged in; refuse an account that may see nothing of Airflow."""
    if not get_auth_manager().is_authorized_view(access_view=AccessView.WEBSITE, user=user):
        raise HTTPException(403, "This account may see no pages: ask an administrator for a role.")
    return user


def reviewer(user: Annotated[Any, Depends(person)], request: Request) -> Any:
    """Return who is logged in when it is a reviewer; nobody else, an administrator neither."""
    if REVIEWER_ROLE not in _roles(user):
        raise HTTPException(403, f"Worklists name records of children: they are for the role {REVIEWER_ROLE} alone.")
    return _seen(user, request)


def manager(user: Annotated[Any, Depends(person)], request: Request) -> Any:
    """Return who is logged in when it is a manager or a reviewer; nobody else, an administrator neither."""
    if not {MANAGER_ROLE, REVIEWER_ROLE} & _roles(user):
        raise HTTPException(
            403,
            f"The weekly pack shows small numbers: it is for the roles {MANAGER_ROLE} and {REVIEWER_ROLE} alone.",
        )
    return _seen(user, request)


def _roles(user: Any) -> set[str]:
    return {role.name for role in getattr(user, "roles", ())}


def _seen(user: Any, request: Request) -> Any:
    # whoever was given the role another way is seen before it is used
    WATCH.look(None)
    LOGGER.info("%s opened %s", user.get_name(), request.url.path)
    return user


def make_app() -> FastAPI:
    """Make the application; it knows nothing of the pages but their folders."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    settings = load_settings()

    @app.middleware("http")
    async def protect(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers.update(HEADERS)
        return response

    @app.exception_handler(HTTPException)
    async def tell(request: Request, error: HTTPException) -> Response:
        if error.status_code == 401 and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(get_auth_manager().get_url_login(next_url=str(request.url)))
        return HTMLResponse(_page("Not to be seen", f"<p>{escape(str(error.detail))}</p>"), error.status_code)

    @app.get("/quality", dependencies=[Depends(person)])
    def quality() -> Response:
        latest = page_locations.latest_quality_reports(settings)
        rows = {f"{_name(code)}, as at {day}": f"quality/{day}/{code}" for code, (day, _) in latest.items()}
        return _only_or_listed("Quality report", rows, "No night has been judged yet.")

    @app.get("/quality/{name:path}", dependencies=[Depends(person)])
    def quality_file(name: str) -> Response:
        return _file(page_locations.quality_reports(settings), name)

    @app.get("/catalogue", dependencies=[Depends(person)])
    def catalogue() -> Response:
        page = page_locations.catalogue(settings)
        return _file(page.parent, page.name)

    @app.get("/committee", dependencies=[Depends(person)])
    def committee() -> Response:
        folder = page_locations.committee_reports(settings)
        found = sorted((path.relative_to(folder) for path in folder.glob("*/*.*")), reverse=True)
        rows = {f"{path.parent.name}: {path.name}": f"committee/{path}" for path in found if path.suffix in SERVED}
        return HTMLResponse(_list("Committee reports", rows, "No report has been written yet."))

    @app.get("/committee/{name:path}", dependencies=[Depends(person)])
    def committee_file(name: str) -> Response:
        return _file(page_locations.committee_reports(settings), name)

    @app.get("/data_docs", dependencies=[Depends(person)])
    def data_docs() -> Response:
        return _file(page_locations.data_docs(settings), "")

    @app.get("/data_docs/{name:path}", dependencies=[Depends(person)])
    def data_docs_file(name: str) -> Response:
        return _file(page_locations.data_docs(settings), name)

    @app.get("/worklists", dependencies=[Depends(reviewer)])
    def worklists() -> Response:
        rows = {_name(code): f"worklists/{code}" for code in page_locations.existing_worklists(settings)}
        return _only_or_listed("Worklists", rows, "No worklist has been written yet.")

    @app.get("/worklists/{name:path}")
    def worklist_file(name: str, user: Annotated[Any, Depends(reviewer)]) -> Response:
        return _named_file("worklist", page_locations.worklists(settings), name, user)

    @app.get("/weekly", dependencies=[Depends(manager)])
    def weekly() -> Response:
        latest = page_locations.latest_weekly_packs(settings)
        heads = {"": page_locations.HEAD_OF_SERVICE, " (Cymraeg)": page_locations.HEAD_OF_SERVICE_CY}
        rows = {
            f"{_name(code)}, as at {day}{language}": f"weekly/{code}/{day}/{page}"
            for code, (day, folder) in latest.items()
            for language, page in heads.items()
            if (folder / page).is_file()
        }
        # a list of lists is of use to reviewers alone; who may not open it reads a sentence that says why
        lists = page_locations.existing_weekly_lists(settings)
        rows |= {f"{_name(code)}: each team's records (for reviewers)": f"weekly-lists/{code}" for code in lists}
        return HTMLResponse(_list("Weekly pack", rows, "No weekly pack has been written yet."))

    @app.get("/weekly/{name:path}", dependencies=[Depends(manager)])
    def weekly_file(name: str) -> Response:
        return _file(page_locations.weekly_packs(settings), name)

    @app.get("/weekly-lists/{name:path}")
    def weekly_list(name: str, user: Annotated[Any, Depends(reviewer)]) -> Response:
        lists = page_locations.existing_weekly_lists(settings)
        if name not in lists:
            return _named_file("weekly list", page_locations.weekly_lists(settings), name, user)
        rows = {path.stem: f"{name}/{path.name}" for path in lists[name]}
        return HTMLResponse(_list(f"{_name(name)}: each team's records", rows, "No list has been written yet."))

    def _name(code: str) -> str:
        configured = settings.config.authorities.get(code)
        return configured.name if configured else code

    return app


def _file(folder: Path, name: str) -> Response:
    path = page_locations.within(folder, name)
    if path is None or path.suffix not in SERVED:
        raise HTTPException(404, "There is no such page.")
    if path.name == page_locations.INDEX and Path(name).name != page_locations.INDEX:
        # a folder was asked for: its page's own links are relative to its full address
        last = name.rpartition("/")[2] if name else folder.name
        return RedirectResponse(quote(f"{last}/{path.name}" if last else path.name))
    is_page = path.suffix in (".html", ".svg", ".png", ".css")
    return FileResponse(path, media_type=SERVED[path.suffix], filename=None if is_page else path.name)


def _named_file(kind: Any, folder: Path, name: str, user: Any) -> Response:
    """Serve a file that names records of children once it is recorded who opens it; without the record, nothing."""
    answer = _file(folder, name)
    if isinstance(answer, FileResponse):
        try:
            keep_reading(kind, name, user.get_name())
        except Exception:
            LOGGER.exception("It could not be recorded that %s opens %s: nothing was shown", user.get_name(), name)
            raise HTTPException(
                503, "Who opens this is recorded first, and the warehouse cannot be reached: try again in a while."
            ) from None
    return answer


def _only_or_listed(title: str, rows: dict[str, str], otherwise: str) -> Response:
    """Go straight to the only page; list several. Addresses are relative: Airflow may lie below a path of its own."""
    if len(rows) == 1:
        return RedirectResponse(quote(next(iter(rows.values()))))
    return HTMLResponse(_list(title, rows, otherwise))


def _list(title: str, rows: dict[str, str], otherwise: str) -> str:
    items = "".join(f'<li><a href="{quote(address)}">{escape(name)}</a></li>' for name, address in rows.items())
    return _page(title, f"<ul>{items}</ul>" if items else f"<p>{escape(otherwise)}</p>")


def _page(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        "<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
        "color:#1a1a1a;background:#fff}a{color:#12436d}li{margin:.4rem 0}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{content}</main></body></html>"
    )
