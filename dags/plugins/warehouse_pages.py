"""The warehouse's pages inside Airflow: behind its login, in its navigation; some for those with a role alone.

Every Airflow process reads this file, so what is heavy is imported when the first page is asked for.
"""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/warehouse"


class LazyPages:
    """The pages as an ASGI application that is made when it is first asked."""

    def __init__(self) -> None:
        """Make nothing yet."""
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""
        if self._app is None:
            from warehouse_pages_app import make_app

            self._app = make_app()
        await self._app(scope, receive, send)


def guarded(app: Any) -> Any:
    """Put the guard before all of Airflow's pages."""
    from warehouse_guard import Guard
    from warehouse_rights import WATCH, account_of, takes_passwords

    return Guard(app, watch=WATCH, account_of=account_of, takes_passwords=takes_passwords)


class WarehousePages(AirflowPlugin):
    """Tell Airflow of the pages and of their entries in its navigation."""

    name = "warehouse_pages"
    fastapi_apps = [{"app": LazyPages(), "url_prefix": PREFIX, "name": "warehouse pages"}]  # noqa: RUF012
    fastapi_root_middlewares = [{"middleware": guarded, "name": "warehouse guard"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": name,
            "href": f"{PREFIX}/{page}",
            "destination": "nav",
            "url_route": f"warehouse-{page}",
            # what people come for each morning; the rest stands in the menu below
            "nav_top_level": page in ("quality", "worklists", "weekly"),
        }
        for name, page in (
            ("Quality", "quality"),
            ("Worklists", "worklists"),
            ("Weekly pack", "weekly"),
            ("Catalogue of checks", "catalogue"),
            ("Committee reports", "committee"),
            ("Checks in detail", "data_docs"),
        )
    ]
