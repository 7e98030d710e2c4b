"""Settings of a home with an overlay that is still empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from csc_warehouse.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "overlay").mkdir()
    (tmp_path / "home").mkdir()
    return load_settings(home=tmp_path / "home").model_copy(update={"overlay": tmp_path / "overlay"})
