"""Pages are found by day and authority, and no name in an address leads out of their folder."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from csc_warehouse.errors import UsageError
from csc_warehouse.reporting import page_locations
from csc_warehouse.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path / "home")


def _write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("<p>page</p>")
    return path


def test_latest_reports_when_there_are_several_nights_then_one_per_authority(settings: Settings) -> None:
    days = [datetime.date(2018, 12, 30), datetime.date(2018, 12, 31)]
    pages = [_write(page_locations.quality_report(settings, day, "W06000006")) for day in days]
    older = _write(page_locations.quality_report(settings, days[0], "W06000001"))
    _write(page_locations.quality_reports(settings) / "notes" / "W06000006" / "index.html")
    _write(page_locations.quality_reports(settings) / "2018-12-31" / "drafts" / "index.html")
    assert page_locations.latest_quality_reports(settings) == {
        "W06000001": (days[0], older),
        "W06000006": (days[1], pages[1]),
    }


def test_worklists_when_listed_then_lie_outside_the_reports(settings: Settings) -> None:
    page = _write(page_locations.worklist(settings, "W06000006"))
    assert page_locations.existing_worklists(settings) == {"W06000006": page}
    assert not page.is_relative_to(settings.reports)


@pytest.mark.parametrize("code", ["..", "../../etc", "W0600000", "w06000006", "W06000006/..", ""])
def test_page_when_the_code_is_none_then_there_is_no_path(settings: Settings, code: str) -> None:
    with pytest.raises(UsageError, match="ONS code"):
        page_locations.worklist(settings, code)


def test_within_when_asked_for_files_of_the_folder_then_gives_them(settings: Settings) -> None:
    folder = page_locations.worklists(settings)
    page = _write(folder / "W06000006" / "index.html")
    assert page_locations.within(folder, "W06000006/index.html") == page.resolve()
    assert page_locations.within(folder, "W06000006") == page.resolve()
    assert page_locations.within(folder, "W06000006/absent.html") is None


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt",
        "W06000006/../../secret.txt",
        "W06000006/link.txt",
        "linked/secret.txt",
        "linked",
        "..\\secret.txt",
        "secret\x00.txt",
        "",
        ".",
    ],
)
def test_within_when_a_name_leads_out_then_gives_nothing(settings: Settings, name: str) -> None:
    folder = page_locations.worklists(settings)
    _write(folder / "W06000006" / "index.html")
    secret = _write(folder.parent / "secret.txt")
    _write(folder.parent / "index.html")
    (folder / "W06000006" / "link.txt").symlink_to(secret)
    (folder / "linked").symlink_to(folder.parent)
    assert page_locations.within(folder, name) is None
    assert page_locations.within(folder, str(secret)) is None
