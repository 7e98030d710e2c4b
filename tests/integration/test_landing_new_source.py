"""A third system is data: a contract in a folder of its own, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from csc_warehouse.contracts import loader
from csc_warehouse.settings import Config
from csc_warehouse.warehouse import Warehouse
from tests.support.landings import Place, day

CONTRACT = """
source: ssda
title: Looked-after return of another council
authority: home
protocol: {kind: control_file, control_file: "ssda_index_{yyyymmdd}.csv", name_column: file, count_column: lines}
text: {encoding: windows-1252, delimiter: ";", dates: iso}
person_entity: header
code_lists: {sex: {1: M, 2: F}}
entities:
  header:
    file: header_{yyyymmdd}.csv
    key: [child]
    columns: {child: key, sex: {type: code, list: sex}, dob: date}
  episode:
    file: episodes_{yyyymmdd}.csv
    key: [child, decom]
    columns: {child: {type: key, references: header}, decom: date, rne: code}
"""


def deliver(place: Place, number: int, header: str, episodes: str) -> None:
    folder = place.exports / "ssda" / str(day(number))
    folder.mkdir(parents=True, exist_ok=True)
    stamp = f"{day(number):%Y%m%d}"
    (folder / f"header_{stamp}.csv").write_text(header)
    (folder / f"episodes_{stamp}.csv").write_text(episodes)
    counts = [header.count("\n") - 1, episodes.count("\n") - 1]
    (folder / f"ssda_index_{stamp}.csv").write_text(
        f"file;lines\nheader_{stamp}.csv;{counts[0]}\nepisodes_{stamp}.csv;{counts[1]}\n"
    )


def test_a_third_system_and_a_new_column_need_no_code(
    module_warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts = tmp_path / "contracts"
    shutil.copytree(loader.DIRECTORY, contracts, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (contracts / "ssda").mkdir()
    (contracts / "ssda" / "source.yml").write_text(CONTRACT)
    monkeypatch.setattr(loader, "DIRECTORY", contracts)
    config = Config(sources=("raise", "wccis", "corporate", "ssda"))
    place = Place(module_warehouse, tmp_path, config)
    episodes = "child;decom;rne\n7;2018-01-02;s\n007;2018-01-02;S\n7;soon;S\n" + "".join(
        f"{n};2018-01-02;S\n" for n in range(100, 140)
    )
    deliver(place, 10, "sex;child;dob\n1;007;2010-02-01\n9;8;\n", episodes)
    summary = place.land()
    assert summary.refused == []
    assert (summary.rows_accepted, summary.rows_quarantined) == (43, 2)
    assert place.state("ssda_header", "sex", day(10)) == {"7": "1", "8": "9"}
    assert place.query("select code from landing.code_map where source = 'ssda' order by 1") == [("F",), ("M",)]
    assert place.query("select column_name, code, rows from landing.unlisted_codes") == [("sex", "9", 1)]

    # the contract gains a column at the end of an entity: rows that leave it blank are no changes
    (contracts / "ssda" / "source.yml").write_text(CONTRACT.replace("dob: date}", "dob: date, upn: text}"))
    loader._cached.cache_clear()
    try:
        deliver(place, 11, "sex;child;dob;upn\n1;7;2010-02-01;\n9;8;;A1\n", episodes)
        summary = place.land()
    finally:
        loader._cached.cache_clear()
    assert (summary.refused, summary.rows_changed) == ([], 1)
    assert place.state("ssda_header", "upn", day(11)) == {"7": "", "8": "A1"}
