"""Great Expectations' own pages of a judgement, for engineers: numbers and names of checks, nothing from outside."""

from __future__ import annotations

import datetime
import functools
import html
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csc_warehouse.quality.check_result import Gate
from csc_warehouse.version import Origin, origin

if TYPE_CHECKING:
    from csc_warehouse.settings import Settings

FOLDER = "data_docs"
INDEX = "index.html"
KEPT_DAYS = 60
"""How many days' pages stay; the results themselves are kept for ever, in quality.check_results."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SCRIPT = re.compile(r"<script\b.*?</script>|<link\b[^>]*>", re.DOTALL | re.IGNORECASE)
_ELSEWHERE = re.compile(r"<a\b[^>]*/expectations/[^>]*>(.*?)</a>", re.DOTALL | re.IGNORECASE)
"""Links to pages of suites, which are not made: the catalogue of checks is the page of what is checked."""
_HEADING = re.compile(r"(</?h)([56])\b")

_SHELL = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ heading }}</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.4 system-ui, sans-serif; max-width: 76rem; margin: 1.5rem auto; padding: 0 1.5rem; }
table { border-collapse: collapse; width: 100%; margin: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; }
.collapse { display: block !important; } a[data-toggle] { display: none; }
.fa-check-circle::before { content: "\\2713 passed"; } .fa-times::before { content: "\\2715 failed"; font-weight: 700; }
.fa-exclamation-triangle::before { content: "! could not be made"; font-weight: 700; }
i[class*="fa-"] { font-style: normal; white-space: nowrap; }
</style></head><body><nav aria-label="Data Docs"><a href="../index.html">All pages</a></nav><main>
<h1>{{ heading }}</h1>
<table><caption>What was measured: the worst value of each check, and its limits</caption>
<thead><tr><th>Check</th><th>What must hold</th><th>Severity</th><th>Result</th><th>Measured</th><th>Limits</th>
</tr></thead>
<tbody>{% for row in measured %}<tr><th>{{ row.code }}</th><td>{{ row.sentence }}</td><td>{{ row.severity }}</td>
<td>{{ row.result }}</td><td>{{ row.measured }}</td><td>{{ row.limits }}</td></tr>{% endfor %}</tbody></table>
<h2>As Great Expectations tells it</h2>
{% for section in sections %}{% set section_loop = loop %}{% include 'section.j2' %}{% endfor %}
</main><footer><p>Made by {{ made_by }}.</p></footer></body></html>
"""


@dataclass(frozen=True)
class Validation:
    """One suite's result for one authority, as Great Expectations gave it or in its form."""

    gate: Gate
    authority_code: str
    as_at_date: datetime.date
    of: str
    """What was judged: release 7, delivery 12 of its source."""
    result: Any
    suffix: str = ""
    """Tells apart what one gate judged of an authority on one day."""

    @property
    def path(self) -> Path:
        """Return its page below the folder of all."""
        return Path(self.as_at_date.isoformat()) / f"{self.gate}-{self.authority_code}{self.suffix}.html"


def write(settings: Settings, validations: Sequence[Validation]) -> list[Path]:
    """Write a page per validation below the home's reports, and the index of all; return the pages.

    A judgement that is made again replaces its page; pages older than KEPT_DAYS before the newest of these are removed.
    """
    if not validations:
        return []
    root = settings.reports / FOLDER
    written = []
    for validation in validations:
        path = root / validation.path
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, page(validation, origin(settings.config)))
        written.append(path)
    # not before the newest that lie there: a day may have been taken back since
    _forget(root, max(validation.as_at_date for validation in validations))
    _replace(root / INDEX, _index(root, origin(settings.config)))
    return written


def page(validation: Validation, made_by: Origin) -> str:
    """Render one validation by Great Expectations' renderer in a shell that asks for nothing from outside."""
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    result = validation.result
    result.meta["run_id"] = {
        "run_name": f"{validation.gate} of {validation.of}, {validation.authority_code}",
        "run_time": validation.as_at_date.isoformat(),
    }
    rendered = ValidationResultsPageRenderer(run_info_at_end=True).render(result)
    heading = f"{validation.gate.capitalize()} of {validation.of}, {validation.authority_code}"
    measured = [_measured(found) for found in result.results]
    made = _view().render(rendered, heading=heading, measured=measured, made_by=html.escape(str(made_by)))
    # its headings skip two levels
    return _HEADING.sub(lambda found: f"{found[1]}{int(found[2]) - 2}", _ELSEWHERE.sub(r"\1", _SCRIPT.sub("", made)))


def _measured(found: Any) -> dict[str, str]:
    """Return one expectation's result in the words of the catalogue: Great Expectations' own table names neither."""
    config = found.expectation_config
    value = (found.result or {}).get("observed_value")
    result = "passed" if found.success else "could not be made" if value is None else "failed"
    limits = [
        f"{word} {config.kwargs[key]:g}"
        for word, key in (("at least", "min_value"), ("at most", "max_value"))
        if config.kwargs.get(key) is not None
    ]
    return {
        "code": str(config.meta.get("code", "")),
        "sentence": str(config.meta.get("notes", "")),
        "severity": str(getattr(config.severity, "value", config.severity) or ""),
        "result": result,
        "measured": "" if value is None else f"{float(value):g}",
        "limits": " and ".join(limits),
    }


@functools.cache
def _view() -> Any:
    """Return Great Expectations' view of a page with the shell in place of its own, which loads from CDNs."""
    import jinja2
    from great_expectations.render.view.view import DefaultJinjaPageView

    view: Any = DefaultJinjaPageView()
    view.env.loader = jinja2.ChoiceLoader([jinja2.DictLoader({"page.j2": _SHELL}), view.env.loader])
    return view


def _replace(path: Path, content: str) -> None:
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_text(content, encoding="utf-8")
    unfinished.replace(path)


def _days(root: Path) -> list[Path]:
    """Return the folders of days, newest first."""
    return sorted((each for each in root.iterdir() if each.is_dir() and _DAY.fullmatch(each.name)), reverse=True)


def _forget(root: Path, newest: datetime.date) -> None:
    oldest = newest - datetime.timedelta(days=KEPT_DAYS)
    for folder in _days(root):
        if datetime.date.fromisoformat(folder.name) < oldest:
            shutil.rmtree(folder)


def _index(root: Path, made_by: Origin) -> str:
    rows = "".join(
        f"<h2>{folder.name}</h2><ul>"
        + "".join(
            f'<li><a href="{folder.name}/{html.escape(each.name)}">{html.escape(each.stem.replace("-", ", "))}</a></li>'
            for each in sorted(folder.glob("*.html"))
        )
        + "</ul>"
        for folder in _days(root)
    )
    return (
        '<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>Checks in detail</title><style>'
        ":root { color-scheme: light dark; } li { padding: .25rem; }"
        " body { font: 1rem/1.4 system-ui, sans-serif; margin: 1.5rem; }"
        "</style></head><body><main><h1>Checks in detail, by day of figures or of delivery</h1>"
        f"{rows}</main><footer><p>Made by {html.escape(str(made_by))}.</p></footer></body></html>"
    )
