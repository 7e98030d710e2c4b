"""The catalogue page lists every check, in sentences and with who mends what where."""

from __future__ import annotations

import re

import pytest

from csc_warehouse.reporting.pages.check_catalogue import catalogue_page, groups
from expectations.catalogue import RecordRule, load_catalogue
from tests.support.nights import ORIGIN
from tests.unit.pages.test_quality_page import words

CATALOGUE = load_catalogue()
PAGE = catalogue_page(CATALOGUE, {"CON01": "Contacts received", "PM24": "Assessments in time"}, ORIGIN)
TEXT = words(PAGE)


def test_groups_when_counted_then_hold_every_check_once() -> None:
    listed = [check.code for group in groups(CATALOGUE) for check in group.checks]
    assert sorted(listed) == sorted(check.code for check in CATALOGUE)


@pytest.mark.parametrize("check", list(CATALOGUE), ids=lambda check: check.code)
def test_check_when_looked_up_then_stands_there_with_owner_and_field(check: RecordRule) -> None:
    assert check.sentence in TEXT
    assert check.otherwise in TEXT
    if isinstance(check, RecordRule):
        assert f"{check.owner} {check.field}. {check.place}" in TEXT


def test_page_when_searched_then_needs_nothing_from_outside() -> None:
    assert not re.search(r"https?://|@import|url\(|<script", PAGE)
    assert "Contacts received" in PAGE
