"""The register is whole, and what is wrong in one is said in one sentence."""

from __future__ import annotations

import csv
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse.authorities import WELSH_AUTHORITIES
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.register import SEEDS, load_register
from csc_warehouse.settings import PROJECT_DIRECTORY

# the codes of the specification, section by section
CODES = {
    *(f"CON0{number}" for number in range(1, 9)),
    "PM24",
    *(f"ASM0{number}" for number in range(1, 10)),
    *(f"REV0{number}" for number in range(1, 6)),
    *(f"CPR0{number}" for number in range(1, 5)),
    "PM27",
    "PM28",
    *(f"LAC0{number}" for number in range(1, 7)),
    *("PM25", "PM26", "PM30", "PM31", "PM32", "PM33"),
    *(f"MIS0{number}" for number in range(1, 5)),
    *("PM34A", "PM34B", "PM35", "PM29A", "PM29B"),
    *(f"PRE0{number}" for number in range(1, 5)),
    *("WRK01", "WRK02", "FIN01", "ADO01", "ADO02", "FF01"),
    # the safeguarding board's, and how each vacant post is covered
    *(f"SGB0{number}" for number in range(1, 10)),
    "WRK03",
    *("CH001", "CH003", "CH006", "CH012", "CH039", "CH040", "CH043", "CH044", "CH046", "CH047", "CH048"),
}


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """Return a copy of the register that a test may spoil."""
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


def spoil(path: Path, code: str, **values: str) -> None:
    """Change columns of the first row of a code."""
    with path.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    first_column = next(iter(rows[0]))
    next(row for row in rows if row[first_column] == code).update(values)
    write(path, rows)


def repeat(path: Path, code: str, **values: str) -> None:
    """Add a second row of a code, changed where told."""
    with path.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    first_column = next(iter(rows[0]))
    rows.append(dict(next(row for row in rows if row[first_column] == code), **values))
    write(path, rows)


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_register_has_every_code_of_the_specification() -> None:
    assert set(load_register().indicators) >= CODES


def test_register_holds_the_parameters_of_the_statutory_clocks() -> None:
    indicators = load_register().indicators
    assert indicators["PM24"].parameters["limit_working_days"] == 42
    assert indicators["CPR04"].parameters["limit_working_days"] == 15
    assert indicators["REV03"].parameters["lac_first_review_working_days"] == 20
    assert indicators["CON03"].parameters["limit_hours"] == 24
    assert indicators["MIS02"].parameters["limit_hours"] == 72
    assert indicators["CON07"].parameters["look_back_months"] == 12


def test_register_gives_ch_metrics_for_years_from_2020_21_alone() -> None:
    metrics = [row for code, row in load_register().indicators.items() if code.startswith("CH")]
    assert len(metrics) == 11
    assert {row.period_types for row in metrics} == {("year",)}
    assert {str(row.computed_from_date) for row in metrics} == {"2020-04-01"}


def test_register_exempts_posts_money_organisations_and_adopters_from_disclosure_control() -> None:
    exempt = {code for code, row in load_register().indicators.items() if not row.is_about_children}
    assert exempt == {"WRK01", "WRK02", "WRK03", "FIN01", "FF01", "ADO01"}


def test_register_says_of_every_definition_that_could_not_be_read_what_is_to_be_confirmed() -> None:
    unconfirmed = {code for code, row in load_register().indicators.items() if not row.is_confirmed}
    assert unconfirmed == {
        *("CH001", "CH003", "CH006", "CH012", "CH043", "CH044"),
        *("PM25", "PM27", "PM28", "PM29A", "PM29B", "PM30", "PM31", "PM32", "PM33", "PM34A", "PM34B", "PM35"),
        *("MIS02", "REV04"),
        *(f"SGB0{number}" for number in range(1, 10)),
    }


def test_register_names_the_figures_that_the_council_prints() -> None:
    printed = {code: row.printed_breakdowns for code, row in load_register().indicators.items() if row.is_printed}
    assert set(printed) == {
        *("CON01", "CON02", "CON03", "PM24", "ASM01", "ASM02", "REV01", "ASM04", "ASM05", "ASM06"),
        *("ADO01", "ADO02", "WRK01", "WRK02", "FIN01", "FF01"),
    }
    assert printed["CON01"] == ("all",)
    assert printed["ASM06"] == ("team",)
    assert printed["ADO02"] == ("age", "age_status")
    assert "own_authority_applicant_type" in printed["ADO01"]


@pytest.mark.parametrize(("copy", "original"), [("CH012", "PM24"), ("CH039", "LAC01"), ("CH047", "LAC04")])
def test_register_when_a_copy_is_more_confirmed_than_its_original_is_refused(
    seeds: Path, copy: str, original: str
) -> None:
    spoil(seeds / "indicators.csv", copy, is_confirmed="true", confirm_note="")
    spoil(seeds / "indicators.csv", original, is_confirmed="false", confirm_note="Not read in full.")
    with pytest.raises(CscWarehouseError, match=f"row {copy}: it is confirmed, and {original}"):
        load_register(seeds)


def test_register_when_copy_and_original_are_both_unconfirmed_is_accepted(seeds: Path) -> None:
    for code in ("CH039", "CH046", "LAC01"):
        spoil(seeds / "indicators.csv", code, is_confirmed="false", confirm_note="Not read in full.")
    assert not load_register(seeds).indicators["CH039"].is_confirmed


def test_register_shows_the_published_welsh_figures() -> None:
    comparators = {(row.indicator_code, row.scope, row.period_label): row for row in load_register().comparators}
    assert comparators["PM24", "Wales", "2016/17"].value == Decimal("90.8")
    assert comparators["PM24", "Wrexham", "2016/17"].value == Decimal("85.3")
    assert comparators["PM24", "Wales", "2017/18"].value is None


def test_register_shows_no_published_figure_whose_day_of_publication_is_not_known() -> None:
    text = (SEEDS / "comparators.csv").read_text(encoding="utf-8")
    assert "confirm" not in text
    published = [row for row in load_register().comparators if row.status == "published"]
    assert published
    assert all(row.published_on_date for row in published)


def test_example_of_comparators_is_refused_until_somebody_fills_in_the_day(seeds: Path) -> None:
    with (PROJECT_DIRECTORY / "docs" / "comparators_example.csv").open(encoding="utf-8", newline="") as file:
        example: list[dict[str, Any]] = list(csv.DictReader(file))
    welsh = example[0]
    # 36,696 of 41,267 is 88.92%
    assert (welsh["period_label"], welsh["value"], welsh["numerator"], welsh["denominator"]) == (
        *("2018/19", "88.9"),
        *("36696", "41267"),
    )
    assert {row["published_on_date"] for row in example} == {""}
    write(seeds / "comparators.csv", example)
    with pytest.raises(CscWarehouseError, match=r"row PM24 .* a published comparator, and no other, has a value and a"):
        load_register(seeds)
    write(seeds / "comparators.csv", [row | {"published_on_date": "2019-11-01"} for row in example])
    assert len(load_register(seeds).comparators) == len(example) == 3


def test_register_ships_made_up_populations_alone_that_say_so() -> None:
    populations = load_register().populations
    assert populations
    assert all(row.is_made_up and row.source.startswith("Made up") for row in populations)
    assert {row.authority_code for row in populations} == set(WELSH_AUTHORITIES)


@pytest.mark.parametrize(
    ("file_name", "code", "values", "sentence"),
    [
        ("indicators", "PM24", {"value_type": "ratio"}, r"indicators.csv, row PM24 \(line \d+\): value_type"),
        ("indicators", "PM24", {"parameters": "{42"}, r"row PM24 .* JSON"),
        ("indicators", "PM24", {"period_types": "week"}, "row PM24 .* period_types"),
        ("indicators", "PM24", {"denominator_text": ""}, "row PM24 .* denominator_text"),
        ("indicators", "CON01", {"additive_breakdowns": "worker"}, "row CON01 .* breakdown that breakdowns does not"),
        ("indicators", "MIS01", {"additive_breakdowns": "children"}, "row MIS01 .* does not sum to the whole"),
        ("indicators", "CPR01", {"is_additive_over_periods": "true"}, "row CPR01 .* additive over periods"),
        ("indicators", "LAC04", {"breakdown_groups": "{}"}, "row LAC04 .* breakdown_groups"),
        ("indicators", "PM27", {"confirm_note": ""}, "row PM27 .* confirm_note"),
        ("indicators", "WRK01", {"coverage_subject": "payroll"}, "row WRK01 .* coverage_subject"),
        ("indicators", "FF01", {"printed_breakdowns": ""}, "row FF01 .* printed_breakdowns"),
        ("indicators", "PM24", {"printed_breakdowns": "all|worker"}, "row PM24 .* printed_breakdowns"),
        ("indicators", "CON08", {"printed_breakdowns": "all"}, "row CON08 .* printed_breakdowns"),
        ("indicators", "CH001", {"copies_code": "CON99"}, "row CH001: CON99 is no indicator"),
        ("indicators", "CH012", {"predecessor_code": ""}, "row PM24: the predecessor_code of CH012"),
        ("indicators", "PM33", {"successor_code": "CH099"}, "row PM33: CH099 is no indicator"),
        ("comparators", "PM24", {"indicator_code": "PM99"}, "comparators.csv, PM99 is no indicator"),
        ("comparators", "PM24", {"published_on_date": ""}, r"comparators.csv, row PM24 .* published_on_date"),
        ("targets", "ASM01", {"comparison": "about"}, "targets.csv, row ASM01 .* comparison"),
        ("rates", "CON01", {"indicator_code": "CON99"}, "rates.csv, CON99 is no indicator"),
        ("rates", "CON01", {"indicator_code": "LAC01"}, "rates.csv, LAC01 stands 2 times"),
        ("rates", "CON01", {"indicator_code": "CON02"}, "rates.csv, CON02 is no count about children"),
        ("rates", "CON01", {"indicator_code": "ADO01"}, "rates.csv, ADO01 is no count about children"),
        ("rates", "CON01", {"per_population": "0"}, "rates.csv, row CON01 .* per_population"),
        ("populations", "W06000006", {"source": ""}, "populations.csv, row W06000006 .* source"),
        ("populations", "W06000006", {"population_date": ""}, "populations.csv, row W06000006 .* population_date"),
        ("populations", "W06000006", {"is_made_up": ""}, "populations.csv, row W06000006 .* is_made_up"),
        ("populations", "W06000006", {"population_group": "children"}, "row W06000006 .* population_group"),
        ("populations", "W06000006", {"population_group": "0-24"}, "no rate is of the group 0-24; there is 0-17"),
        ("populations", "W06000006", {"population_date": "2015-06-30"}, "W06000006 0-17 2015-06-30 stands 2 times"),
        ("series_breaks", "PM24", {"break_date": "1 April"}, "series_breaks.csv, row PM24 .* break_date"),
    ],
)
def test_register_when_a_row_is_wrong_says_which_and_why(
    seeds: Path, file_name: str, code: str, values: dict[str, str], sentence: str
) -> None:
    spoil(seeds / f"{file_name}.csv", code, **values)
    with pytest.raises(CscWarehouseError, match=sentence) as caught:
        load_register(seeds)
    assert str(caught.value).count("\n") == 0


def test_register_when_a_code_stands_twice_is_refused(seeds: Path) -> None:
    repeat(seeds / "indicators.csv", "CON01")
    with pytest.raises(CscWarehouseError, match="CON01 stands 2 times"):
        load_register(seeds)


def test_register_when_two_targets_hold_on_one_day_is_refused(seeds: Path) -> None:
    repeat(seeds / "targets.csv", "ASM01", target_value="55", valid_from_date="2018-04-01")
    with pytest.raises(CscWarehouseError, match="two targets on 2018-04-01"):
        load_register(seeds)


def test_register_when_a_target_follows_an_ended_one_is_accepted(seeds: Path) -> None:
    spoil(seeds / "targets.csv", "ASM01", valid_to_date="2018-04-01")
    repeat(seeds / "targets.csv", "ASM01", target_value="55", valid_from_date="2018-04-01", valid_to_date="")
    assert [row.target_value for row in load_register(seeds).targets] == [60, 55]
