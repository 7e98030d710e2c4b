"""What `new-indicator` writes is read by dbt, fails while it is merely begun, and passes once the rule is written."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from csc_warehouse.register import SEEDS
from csc_warehouse.register.scaffold import NewIndicator, write_scaffold
from csc_warehouse.transform import NodeResult, runner
from tests.conftest import Night


def test_a_begun_indicator_fails_its_unit_test_until_the_rule_is_written(
    sample_night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Path(shutil.copytree(SEEDS.parent, tmp_path / "dbt_project"))
    asked = NewIndicator("CON09", "Contacts from schools", "int_contacts_counted", "counting_date", "front_door")
    _, sql, _, tested, _ = write_scaffold(asked, project)
    monkeypatch.setattr(runner, "DBT_PROJECT", project)
    # the night's relations, but a parse of its own
    settings = sample_night.settings.model_copy(update={"home": tmp_path / "home"})
    warehouse = replace(sample_night.warehouse, settings=settings)

    def run_its_test() -> NodeResult:
        monkeypatch.setattr(runner, "_manifests", {})
        (result,) = runner.run_unit_tests(warehouse, [sql.stem])
        return result

    begun = run_its_test()
    assert begun.name == "con09_counts_what_its_words_say"
    assert begun.is_failed

    rule = "coalesce(source_code = 'EDU', false) as is_in_numerator"
    sql.write_text(sql.read_text(encoding="utf-8").replace("false as is_in_numerator", rule), encoding="utf-8")
    kept, _, begun_test = tested.read_text(encoding="utf-8").rpartition("  - name: con09")
    met = begun_test.replace("child_key: c1,", "child_key: c1, source_code: EDU,")
    tested.write_text(f"{kept}  - name: con09{met}", encoding="utf-8")

    assert run_its_test().status == "pass"
