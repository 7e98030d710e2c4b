"""What landing would say of the returns in a folder, each a delivery of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from csc_warehouse.contracts import load_contracts
from csc_warehouse.landing.dry_run import try_landing
from csc_warehouse.settings import Settings, load_settings

HEADER = "family_no,authority,applicant_type,second_time,stage,on_hold,as_at\n"
ROW = "F1,W06000006,GENERAL,N,ASSESSMENT,N,2018-04-30\n"


@pytest.fixture
def settings() -> Settings:
    return load_settings()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["nwas_adopters_20180510.csv"], []),
        (
            ["nwas_adopters_20180510.csv", "nwas_adopters_20171231.csv"],
            ["nwas_adopters_20171231.csv is not of 2018-05-10, the date of its folder"],
        ),
        (
            ["nwas_adopters_20180510.xlsx", "nwas_adopters_20180510.csv"],
            ["nwas_adopters_20180510.xlsx is the same return as nwas_adopters_20180510.csv, which counts"],
        ),
    ],
)
def test_each_file_is_judged_for_itself(settings: Settings, tmp_path: Path, names: list[str], said: list[str]) -> None:
    folder = tmp_path / "2018-05-10"
    folder.mkdir()
    for name in names:
        (folder / name).write_text(HEADER + ROW)
    sentences, is_refused = try_landing(folder, load_contracts(("corporate",))["corporate"], settings)
    assert (len(sentences), is_refused) == (len(said), bool(said))
    assert all(words in sentence for words, sentence in zip(said, sentences, strict=True))


def test_without_a_dated_folder_each_is_of_the_day_in_its_name(settings: Settings, tmp_path: Path) -> None:
    for name in ("nwas_adopters_20180510.csv", "nwas_adopters_20180430.csv"):
        (tmp_path / name).write_text(HEADER + ROW)
    assert try_landing(tmp_path, load_contracts(("corporate",))["corporate"], settings) == ([], False)
