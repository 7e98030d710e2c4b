"""The report as a tagged PDF (PDF/UA-1): set by WeasyPrint, and corrected where it falls short of the standard."""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from markupsafe import Markup

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.reporting.pages import render
from csc_warehouse.reporting.report.formats import drawn, typesetting, upright
from csc_warehouse.reporting.report.formats.paper import Grid, Paper
from csc_warehouse.settings import child_environment

LONGEST_SECONDS = 300
FIRST_SHARE, WIDE_SHARE = 2.6, 2.2
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0"
_FONT_FOLDERS = '<?xml version="1.0"?>\n<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>\n'


def document(paper: Paper) -> bytes:
    """Return the file. The same report gives the same bytes on any day, in any language and home of a machine.

    Raises CscWarehouseError where a library of the system that sets pages is not there.
    """
    return upright.corrected(_set(page(paper), paper), paper.texts.in_other_language.tag)


def page(paper: Paper) -> str:
    """Return the page that the file is set from, with nothing that the fonts of the package cannot show."""
    environment = render.environment().overlay()
    environment.filters = {**environment.filters, "image": _image, "shares": _shares}
    return drawn.shown(
        environment.get_template("paper.html.j2").render(
            paper=paper,
            language=paper.texts.tag,
            made=paper.made.strftime("%Y-%m-%dT%H:%M:%SZ"),
            family=drawn.FAMILY,
        )
    )


def _set(html: str, paper: Paper) -> bytes:
    with tempfile.TemporaryDirectory(prefix="csc-paper-") as folder:
        fonts = Path(folder) / "fonts.conf"
        fonts.write_text(_FONT_FOLDERS.format(fonts=escape(str(drawn.FONTS)), cache=escape(folder)), encoding="utf-8")
        environment = child_environment(
            FONTCONFIG_FILE=str(fonts),
            HOME=folder,
            LC_ALL="C.UTF-8",
            PYTHONHASHSEED="0",
            PYTHONUTF8="1",
            SOURCE_DATE_EPOCH=str(int(paper.made.timestamp())),
            TZ="UTC",
        )
        try:
            done = subprocess.run(  # noqa: S603  (a module of ours)
                [sys.executable, "-m", typesetting.__name__],
                input=html.encode(),
                capture_output=True,
                env=environment,
                timeout=LONGEST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CscWarehouseError(f"The PDF was not set within {LONGEST_SECONDS} seconds: try it again.") from None
    if done.returncode == typesetting.LACKING:
        raise CscWarehouseError(
            f"A PDF needs the library Pango, which this machine lacks: as root, apt-get install {PACKAGES};"
            " or leave pdf out, as in --format html,csv,xlsx,docx. Every other format needs nothing more."
        )
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise CscWarehouseError(f"The PDF could not be set: {last}")
    return done.stdout


def _image(drawing: Markup) -> str:
    content = base64.b64encode(drawn.shown(drawn.alone(str(drawing))).encode()).decode()
    return f"data:image/svg+xml;base64,{content}"


def _shares(grid: Grid) -> list[str]:
    """Return the widths of the columns in percent: words take more than figures."""
    shares = [
        FIRST_SHARE if not place else WIDE_SHARE if place in grid.wide else 1.0 for place in range(len(grid.columns))
    ]
    return [f"{100 * share / sum(shares):.2f}" for share in shares]
