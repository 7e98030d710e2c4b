"""The dbt project with an overlay in it: composed in the home, whole or not at all, never in the installation."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from csc_warehouse import overlay
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.overlay import project
from csc_warehouse.settings import Settings, load_settings, shipped

TARGETS = "indicator_code,authority_code,comparison,target_value,valid_from_date,valid_to_date,source\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "overlay").mkdir()
    return load_settings(home=tmp_path / "home").model_copy(update={"overlay": tmp_path / "overlay"})


def lay_target(settings: Settings, value: int) -> overlay.Overlay:
    assert settings.overlay is not None
    row = f"ASM01,W06000006,at_most,{value},2017-04-01,,Committee\n"
    (settings.overlay / "targets.csv").write_text(TARGETS + row, encoding="utf-8")
    laid = overlay.in_force(settings)
    assert laid is not None
    return laid


def target_in(folder: Path) -> str:
    with (folder / "seeds" / "targets.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    return str(row["target_value"])


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in project._files(folder)}


def test_project_when_composed_then_differs_in_the_seed_alone_and_the_shipped_one_stands(settings: Settings) -> None:
    before = overlay.digest_of(shipped("dbt_project"))
    laid = lay_target(settings, 55)
    made = overlay.compose(settings, laid)
    assert made.is_relative_to(settings.home)
    ours, theirs = files_of(made), files_of(shipped("dbt_project"))
    assert set(ours) == set(theirs)
    assert {name for name in ours if ours[name] != theirs[name]} == {"seeds/targets.csv"}
    assert target_in(made) == "55"
    assert overlay.digest_of(shipped("dbt_project")) == before
    assert overlay.present(settings) == made
    assert [path.name for path in made.parent.iterdir()] == [made.name]


def test_project_when_its_making_was_killed_then_made_again_and_nothing_half_made_is_used(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid = lay_target(settings, 55)

    class KilledError(BaseException):
        pass

    def killed(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        with pytest.raises(KilledError):
            overlay.compose(settings, laid)
    assert all(path.name.startswith(".") for path in (settings.home / project.FOLDER).iterdir())
    assert target_in(overlay.compose(settings, laid)) == "55"


def test_candidate_when_the_overlay_has_changed_since_then_is_checked_with_its_own(settings: Settings) -> None:
    built_with = lay_target(settings, 55)
    made = overlay.compose(settings, built_with)
    lay_target(settings, 50)
    assert overlay.of_release(settings, built_with.digest) == made
    assert target_in(overlay.of_release(settings, built_with.digest)) == "55"
    # a candidate that was built before there was an overlay
    assert overlay.of_release(settings, None) == shipped("dbt_project")


def test_candidate_when_its_overlay_is_gone_then_told_to_build_again(settings: Settings, tmp_path: Path) -> None:
    built_with = lay_target(settings, 55)
    elsewhere = settings.model_copy(update={"home": tmp_path / "another"})
    assert target_in(overlay.of_release(elsewhere, built_with.digest)) == "55"
    lay_target(settings, 50)
    gone = settings.model_copy(update={"home": tmp_path / "third"})
    with pytest.raises(CscWarehouseError, match="The overlay has changed since the candidate was built"):
        overlay.of_release(gone, built_with.digest)


def test_projects_when_there_are_many_then_the_last_ones_stay(settings: Settings) -> None:
    made = [overlay.compose(settings, lay_target(settings, value)) for value in range(50, 50 + project.KEPT + 2)]
    assert {path.name for path in made[0].parent.iterdir()} <= {path.name for path in made}
    assert len(list(made[0].parent.iterdir())) == project.KEPT
    assert made[-1].is_dir()


def test_overlay_when_configured_then_found_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "csc.toml"
    file.write_text("", encoding="utf-8")
    monkeypatch.setenv("CSC_WAREHOUSE_CONFIG", str(file))
    assert load_settings(home=tmp_path).overlay is None
    (tmp_path / "overlay").mkdir()
    assert load_settings(home=tmp_path).overlay == tmp_path / "overlay"
    file.write_text('overlay = "ours"', encoding="utf-8")
    with pytest.raises(CscWarehouseError, match=r"overlay names .*ours, which is no folder. Correct the path"):
        load_settings(home=tmp_path)
    (tmp_path / "ours").mkdir()
    assert load_settings(home=tmp_path).overlay == tmp_path / "ours"
    monkeypatch.delenv("CSC_WAREHOUSE_CONFIG")
    assert load_settings(home=tmp_path).overlay is None
