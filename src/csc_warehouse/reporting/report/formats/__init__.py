"""The report in the formats that people take it in, each written from one model of it."""

from __future__ import annotations

from collections.abc import Callable

from csc_warehouse.errors import UsageError, offer
from csc_warehouse.reporting.report.blocks import Report

ALL = ("html", "csv", "xlsx", "docx", "pdf")
"""Every format: the page, its figures as data, a workbook, a document to edit, and a PDF."""
USUAL = ("html", "csv")
"""What is written where nobody asks for another: quick, and needs no library of the system."""
TOGETHER = (("html", "csv"), ("xlsx",), ("docx",), ("pdf",))
"""Which formats are kept with each other once a release is signed; last the one that not every machine can write."""


def chosen(asked: str | None) -> tuple[str, ...]:
    """Return the formats that somebody asked for, as in html,pdf or all; the usual ones where nobody did.

    Raises UsageError for one that there is not.
    """
    if asked is None:
        return USUAL
    words = [word.strip().lower() for word in asked.split(",") if word.strip()]
    for word in words or [asked]:
        if word not in (*ALL, "all"):
            raise UsageError(f"--format {word} is not known: {offer(word, (*ALL, 'all'))}")
    return ALL if "all" in words else tuple(dict.fromkeys(words))


def written(report: Report, form: str) -> bytes:
    """Return the report as a workbook (xlsx), a document (docx) or a PDF. Raises CscWarehouseError as pdf does."""
    return _WRITERS[form](report)


def _workbook(report: Report) -> bytes:
    from csc_warehouse.reporting.report.formats import sheets, workbook

    return workbook.written(sheets.workbook(report))


def _document(report: Report) -> bytes:
    from csc_warehouse.reporting.report.formats import laying, word

    return word.document(laying.laid(report))


def _pdf(report: Report) -> bytes:
    from csc_warehouse.reporting.report.formats import laying, pdf

    return pdf.document(laying.laid(report))


_WRITERS: dict[str, Callable[[Report], bytes]] = {"xlsx": _workbook, "docx": _document, "pdf": _pdf}
