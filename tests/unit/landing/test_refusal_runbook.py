"""Whatever an operator can meet has its section in the runbook."""

from __future__ import annotations

import re
from typing import get_args

from csc_warehouse.landing.reading.rows import REASON_CODES
from csc_warehouse.landing.refusal import RefusalCode
from csc_warehouse.settings import PROJECT_DIRECTORY

RUNBOOK = PROJECT_DIRECTORY / "docs" / "runbooks" / "refused-deliveries.md"


def sections(part: str) -> list[str]:
    text = RUNBOOK.read_text(encoding="utf-8")
    body = re.split(r"^## ", text, flags=re.MULTILINE)
    chosen = next(block for block in body if block.startswith(part))
    return re.findall(r"^### (\w+)\n\S", chosen, flags=re.MULTILINE)


def test_every_refusal_has_its_section() -> None:
    assert sections("Refusals") == sorted(get_args(RefusalCode))


def test_every_reason_of_quarantine_has_its_section_in_the_order_in_which_it_is_given() -> None:
    assert tuple(sections("Quarantined rows")) == REASON_CODES


def test_every_refusal_that_is_raised_has_a_code_of_the_list() -> None:
    """Codes that no line of the library gives are no codes."""
    package = PROJECT_DIRECTORY / "src" / "csc_warehouse"
    # a workbook's own faults are found where contracts read it too
    paths = [*(package / "landing").rglob("*.py"), package / "contracts" / "sheets.py"]
    given = {code for path in paths for code in re.findall(r'code="(\w+)"', path.read_text())}
    assert given == set(get_args(RefusalCode))
