"""The generated pages in Airflow: a login for all, the reviewer's role for worklists, and no way out of a folder."""

from __future__ import annotations

import ast
import datetime
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from csc_warehouse.reporting import page_locations
from csc_warehouse.settings import PROJECT_DIRECTORY, Settings, load_settings

PLUGINS = PROJECT_DIRECTORY / "dags" / "plugins"
CODE = "W06000006"
Client = Callable[..., Any]


def _account(*roles: str) -> Any:
    return SimpleNamespace(roles=[SimpleNamespace(name=role) for role in roles], get_name=lambda: "somebody")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Write one page of each kind, and beside the folders what must never be served."""
    settings = load_settings(home=tmp_path / "home")
    pages = {
        page_locations.quality_report(settings, datetime.date(2018, 12, 30), CODE): "older report",
        page_locations.quality_report(settings, datetime.date(2018, 12, 31), CODE): "latest report",
        page_locations.catalogue(settings): "catalogue",
        page_locations.committee_reports(settings) / CODE / "2018-19-H1-release-3.html": "committee report",
        page_locations.committee_reports(settings) / CODE / "2018-19-H1-release-3.pdf": "committee report on paper",
        page_locations.committee_reports(settings) / CODE / "2018-19-H1-release-3.docx": "committee report to edit",
        page_locations.data_docs(settings) / "index.html": "engineers' pages",
        page_locations.worklist(settings, CODE): "worklist",
        page_locations.worklist_sheet(settings, CODE): "sheet",
        page_locations.weekly_packs(settings) / CODE / "2018-12-10" / page_locations.HEAD_OF_SERVICE: "older pack",
        page_locations.weekly_packs(settings) / CODE / "2018-12-17" / page_locations.HEAD_OF_SERVICE: "latest pack",
        page_locations.weekly_lists(settings) / CODE / "team-1-ait.html": "a team's records",
        settings.home / "secrets" / "pseudonym.key": "secret",
        page_locations.quality_reports(settings) / "notes.key": "secret",
    }
    for path, content in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return settings


@pytest.fixture
def client(airflow: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return a maker of clients of the pages for an account, or for nobody."""
    monkeypatch.syspath_prepend(str(PLUGINS))
    import warehouse_pages_app
    from airflow.api_fastapi.core_api.security import get_user
    from fastapi.testclient import TestClient

    manager = SimpleNamespace(
        is_authorized_view=lambda access_view, user: bool(user.roles), get_url_login=lambda **_: "/auth/login/"
    )
    monkeypatch.setattr(warehouse_pages_app, "get_auth_manager", lambda: manager)
    monkeypatch.setattr(warehouse_pages_app, "load_settings", lambda: settings)

    def make(account: Any = None) -> Any:
        app = warehouse_pages_app.make_app()
        if account is not None:
            app.dependency_overrides[get_user] = lambda: account
        return TestClient(app, follow_redirects=False)

    return make


EVERY_PAGE = (
    "quality",
    f"quality/2018-12-31/{CODE}/index.html",
    "catalogue",
    "committee",
    "worklists",
    "weekly",
    f"weekly-lists/{CODE}",
)


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_page_when_nobody_is_logged_in_then_asks_for_a_login(client: Client, page: str) -> None:
    answer = client().get(f"/{page}", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (307, "/auth/login/")
    assert client().get(f"/{page}", headers={"Accept": "*/*"}).status_code == 401


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_page_when_the_account_has_no_role_then_is_refused(client: Client, page: str) -> None:
    assert client(_account()).get(f"/{page}").status_code == 403


@pytest.mark.parametrize("role", ["Viewer", "Admin", "csc_reader", "Op"])
def test_worklists_when_anybody_but_a_reviewer_asks_then_refused_with_a_sentence(client: Client, role: str) -> None:
    somebody = client(_account(role))
    for page in ("worklists", f"worklists/{CODE}/index.html", f"worklists/{CODE}/worklist.xlsx", "worklists/absent"):
        answer = somebody.get(f"/{page}")
        assert answer.status_code == 403
        assert "for the role csc_reviewer alone" in answer.text
    assert somebody.get(f"/quality/2018-12-31/{CODE}/index.html").text == "latest report"


def test_worklists_when_a_reviewer_asks_then_page_and_sheet_are_served(client: Client) -> None:
    reviewer = client(_account("csc_reviewer"))
    answer = reviewer.get("/worklists")
    assert (answer.status_code, answer.headers["location"]) == (307, f"worklists/{CODE}")
    answer = reviewer.get(f"/worklists/{CODE}")
    assert (answer.status_code, answer.headers["location"]) == (307, f"{CODE}/index.html")
    assert reviewer.get(f"/worklists/{CODE}/index.html").text == "worklist"
    sheet = reviewer.get(f"/worklists/{CODE}/worklist.xlsx")
    assert sheet.text == "sheet"
    assert 'filename="worklist.xlsx"' in sheet.headers["content-disposition"]
    assert sheet.headers["content-type"].endswith("spreadsheetml.sheet")


@pytest.mark.parametrize("role", ["Viewer", "Admin", "csc_reader", "Op"])
def test_weekly_pack_when_no_manager_asks_then_refused_with_a_sentence(client: Client, role: str) -> None:
    answer = client(_account(role)).get(f"/weekly/{CODE}/2018-12-17/{page_locations.HEAD_OF_SERVICE}")
    assert answer.status_code == 403
    assert "for the roles csc_manager and csc_reviewer alone" in answer.text


def test_weekly_pack_when_a_manager_asks_then_counts_are_served_and_no_record(client: Client) -> None:
    manager = client(_account("csc_manager"))
    listed = manager.get("/weekly").text
    assert f'href="weekly/{CODE}/2018-12-17/{page_locations.HEAD_OF_SERVICE}"' in listed
    assert "Cymraeg" not in listed
    assert manager.get(f"/weekly/{CODE}/2018-12-17/{page_locations.HEAD_OF_SERVICE}").text == "latest pack"
    assert manager.get(f"/weekly/{CODE}/2018-12-10/{page_locations.HEAD_OF_SERVICE}").text == "older pack"
    for page in (f"weekly-lists/{CODE}", f"weekly-lists/{CODE}/team-1-ait.html", f"worklists/{CODE}/index.html"):
        assert manager.get(f"/{page}").status_code == 403
    assert manager.get(f"/weekly/../weekly-lists/{CODE}/team-1-ait.html").status_code in {403, 404}
    assert manager.get(f"/weekly/%2e%2e/weekly-lists/{CODE}/team-1-ait.html").status_code in {403, 404}


def test_weekly_pack_when_it_is_in_welsh_alone_then_that_page_is_linked_and_no_other(
    client: Client, settings: Settings
) -> None:
    folder = page_locations.weekly_packs(settings) / CODE / "2018-12-17"
    (folder / page_locations.HEAD_OF_SERVICE).rename(folder / page_locations.HEAD_OF_SERVICE_CY)
    listed = client(_account("csc_manager")).get("/weekly").text
    assert f'href="weekly/{CODE}/2018-12-17/{page_locations.HEAD_OF_SERVICE_CY}"' in listed
    assert "as at 2018-12-17 (Cymraeg)" in listed
    assert page_locations.HEAD_OF_SERVICE not in listed.replace(page_locations.HEAD_OF_SERVICE_CY, "")


def test_weekly_lists_when_a_reviewer_asks_then_each_team_s_page_is_found(client: Client) -> None:
    reviewer = client(_account("csc_reviewer"))
    assert f'href="weekly-lists/{CODE}"' in reviewer.get("/weekly").text
    assert f'href="{CODE}/team-1-ait.html"' in reviewer.get(f"/weekly-lists/{CODE}").text
    assert reviewer.get(f"/weekly-lists/{CODE}/team-1-ait.html").text == "a team's records"


def test_lists_of_records_when_opened_then_who_did_is_kept_first_and_else_nothing_is_shown(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from csc_warehouse import stewardship

    kept: list[tuple[str, str, str, str]] = []

    def record(kind: str, place: str, *, reader: str, way: str) -> int:
        kept.append((kind, place, reader, way))
        return len(kept)

    monkeypatch.setattr(stewardship, "record_reading", record)
    reviewer = client(_account("csc_reviewer"))
    pages = {"worklist": f"{CODE}/index.html", "weekly list": f"{CODE}/team-1-ait.html"}
    reviewer.get("/worklists/absent")
    reviewer.get(f"/weekly-lists/{CODE}")
    client(_account("Admin")).get(f"/worklists/{CODE}/index.html")
    assert kept == []
    for kind, name in pages.items():
        assert reviewer.get(f"/{kind.replace(' ', '-')}s/{name}").status_code == 200
    assert kept == [(kind, name, "somebody", "pages") for kind, name in pages.items()]

    def lost(*_: Any, **__: Any) -> int:
        raise OSError("the warehouse is away")

    monkeypatch.setattr(stewardship, "record_reading", lost)
    for kind, name in pages.items():
        answer = reviewer.get(f"/{kind.replace(' ', '-')}s/{name}")
        assert answer.status_code == 503
        assert "recorded first" in answer.text
        assert "team's records" not in answer.text


def test_pages_when_opened_then_the_latest_night_comes_first_and_older_ones_stay(client: Client) -> None:
    viewer = client(_account("Viewer"))
    assert viewer.get("/quality").headers["location"] == f"quality/2018-12-31/{CODE}"
    assert viewer.get(f"/quality/2018-12-30/{CODE}/index.html").text == "older report"
    assert viewer.get("/catalogue").text == "catalogue"
    assert viewer.get("/data_docs").headers["location"] == "data_docs/index.html"
    assert viewer.get("/data_docs/index.html").text == "engineers' pages"
    listed = viewer.get("/committee").text
    assert f'href="committee/{CODE}/2018-19-H1-release-3.html"' in listed
    assert viewer.get(f"/committee/{CODE}/2018-19-H1-release-3.html").text == "committee report"
    for form, said in (("pdf", "committee report on paper"), ("docx", "committee report to edit")):
        file = viewer.get(f"/committee/{CODE}/2018-19-H1-release-3.{form}")
        assert (file.text, file.headers["content-disposition"][:10]) == (said, "attachment")


@pytest.mark.parametrize(
    "name",
    [
        "quality/../../secrets/pseudonym.key",
        "quality/%2e%2e/%2e%2e/secrets/pseudonym.key",
        "quality/..%2f..%2fsecrets%2fpseudonym.key",
        f"quality/%2e%2e/%2e%2e/restricted/worklists/{CODE}/index.html",
        "quality/%2fetc%2fpasswd",
        "quality/notes.key",
        "quality/2018-12-31",
        "quality/",
        "committee/..%5c..%5csecrets%5cpseudonym.key",
        "quality/2018-12-31%00",
        "anything",
    ],
)
def test_page_when_its_name_leads_elsewhere_then_there_is_none(client: Client, name: str) -> None:
    answer = client(_account("csc_reviewer")).get(f"/{name}")
    assert answer.status_code == 404
    assert "secret" not in answer.text
    assert "worklist" not in answer.text


def test_pages_when_served_then_bring_everything_with_them_and_stay_in_no_cache(client: Client) -> None:
    reviewer = client(_account("csc_reviewer"))
    for page in ("catalogue", "worklists/absent", "worklists"):
        headers = reviewer.get(f"/{page}").headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert "script-src" not in policy
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_plugin_when_airflow_reads_it_then_it_is_light_and_in_the_navigation(
    airflow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(PLUGINS))
    from warehouse_pages import PREFIX, WarehousePages

    # what links to the pages from elsewhere knows the same place
    assert f"/{page_locations.PREFIX}" == PREFIX
    views = {view["name"]: view for view in WarehousePages.external_views}
    assert set(views) == {
        "Quality",
        "Worklists",
        "Weekly pack",
        "Catalogue of checks",
        "Committee reports",
        "Checks in detail",
    }
    assert all(view["href"].startswith("/warehouse/") and view["destination"] == "nav" for view in views.values())
    assert len({view["url_route"] for view in views.values()}) == len(views)
    # every process of Airflow reads it: nothing but its base class at the top
    tree = ast.parse((PLUGINS / "warehouse_pages.py").read_text())
    top = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert top == {"__future__", "typing", "airflow.plugins_manager"}
    assert "warehouse_pages_app.py" in (PLUGINS / ".airflowignore").read_text().split()


def test_pages_when_they_import_the_house_then_only_folders_and_settings() -> None:
    imported = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse((PLUGINS / "warehouse_pages_app.py").read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("csc_warehouse")
        for alias in node.names
    }
    assert imported == {"csc_warehouse.reporting.page_locations", "csc_warehouse.settings.load_settings"}
