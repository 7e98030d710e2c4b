"""The register of indicators as data: read and validated before a build loads it.

The register is the seeds `indicators`, `comparators`, `targets`, `series_breaks`, `rates`, `populations`,
`figure_relations` and `forecast_rules` of the dbt project. A row that cannot be right stops the build here with one
sentence, not later with a database message.
"""

from __future__ import annotations

import csv
import datetime
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.register.forecasts import ForecastRule, fault_of_forecast
from csc_warehouse.register.rates import Population, Rate, faults_of_rates
from csc_warehouse.register.relations import FigureRelation, faults_of_relations
from csc_warehouse.settings import shipped

SEEDS = shipped("dbt_project") / "seeds"
"""The folder of the register's files."""
TO_WRITE = "(to be written)"
"""Stands in a scaffolded row for words that only a person can give: a row that holds it cannot be built."""
CODE_PATTERN = r"^[A-Z]{2,3}\d{2,3}[A-Z]?$"

COVERAGE_SUBJECTS = (
    "contact",
    "hr_establishment",
    "finance_monitor",
    "nwas_adopters",
    "nwas_children_waiting",
    "families_first",
)

PeriodType = Literal["month", "quarter", "half_year", "year_to_date", "year"]


def _none_when_blank(value: Any) -> Any:
    return None if value == "" else value


def _listed(value: Any) -> Any:
    return tuple(part for part in value.split("|") if part) if isinstance(value, str) else value


def _from_json(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError as error:
        raise ValueError("it must hold JSON") from error


OptionalText = Annotated[str | None, BeforeValidator(_none_when_blank)]
OptionalDate = Annotated[datetime.date | None, BeforeValidator(_none_when_blank)]
OptionalNumber = Annotated[Decimal | None, BeforeValidator(_none_when_blank)]
Listed = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Parameter = int | str | list[int]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


RowT = TypeVar("RowT", bound=BaseModel)


class Indicator(_Row):
    """One row of the register: how an indicator is counted, described and owned (indicators.md section 2)."""

    code: str = Field(pattern=CODE_PATTERN)
    local_code: OptionalText
    title: str = Field(min_length=1)
    title_cy: str = Field(min_length=1)
    framework: Literal["PM", "PIF", "local"]
    in_force_from_date: OptionalDate
    in_force_to_date: OptionalDate
    computed_from_date: OptionalDate
    predecessor_code: OptionalText
    successor_code: OptionalText
    copies_code: OptionalText
    flow_or_stock: Literal["flow", "stock"]
    value_type: Literal["count", "percent", "mean", "money"]
    unit: str = Field(min_length=1)
    counted: str = Field(min_length=1)
    counting_unit: Literal["record", "distinct"]
    numerator_rule: Literal["flag", "date_in_period", "date_before_period"]
    good_direction: Literal["high", "low", "none"]
    period_types: Annotated[tuple[PeriodType, ...], BeforeValidator(_listed), Field(min_length=1)]
    coverage_subject: str
    breakdowns: Listed
    additive_breakdowns: Listed
    unit_breakdowns: Annotated[dict[str, Literal["any", "every"]], BeforeValidator(_from_json)]
    breakdown_denominator: Literal["group", "whole"]
    breakdown_groups: Annotated[dict[str, list[str]], BeforeValidator(_from_json)]
    is_additive_over_periods: bool
    is_about_children: bool
    is_corporate: bool
    is_printed: bool
    printed_breakdowns: Listed
    is_confirmed: bool
    confirm_note: OptionalText
    statutory_source: str = Field(min_length=1)
    numerator_text: str = Field(min_length=1)
    denominator_text: OptionalText
    owner: str = Field(min_length=1)
    parameters: Annotated[dict[str, Parameter], BeforeValidator(_from_json)]

    @model_validator(mode="after")
    def _agree(self) -> Indicator:
        """Refuse a row whose columns contradict each other, or whose words are still to be written."""
        unwritten = [name for name, value in self if value == TO_WRITE]
        if unwritten:
            raise ValueError(f"still to be written: {', '.join(unwritten)}")
        for is_wrong, sentence in self._contradictions():
            if is_wrong:
                raise ValueError(sentence)
        return self

    def _contradictions(self) -> Iterator[tuple[bool, str]]:
        has_denominator = self.value_type in ("percent", "mean")
        is_one_day = self.flow_or_stock == "flow" and self.counting_unit == "record" and self.numerator_rule == "flag"
        whole_groups = set(self.breakdown_groups)
        yield (
            has_denominator != (self.denominator_text is not None),
            "a percentage or mean, and nothing else, has a denominator_text",
        )
        yield (self.value_type == "percent" and self.unit != "%", "the unit of a percentage is %")
        yield (self.value_type == "money" and self.unit != "GBP", "the unit of money is GBP")
        yield (
            self.value_type == "money" and self.is_about_children,
            "money is not about children: there is no number of them by which it could be hidden; give it as a mean",
        )
        yield (
            self.counting_unit == "distinct" and self.value_type in ("mean", "money"),
            "a mean or money is summed over records, so its counting_unit is record",
        )
        yield (
            self.is_additive_over_periods and not is_one_day,
            "only a flow of records whose numerator does not depend on the period is additive over periods",
        )
        yield (
            self.flow_or_stock == "stock" and self.numerator_rule != "flag",
            "the numerator of a stock does not depend on a period: its numerator_rule is flag",
        )
        yield (
            not set(self.additive_breakdowns) <= set(self.breakdowns),
            "additive_breakdowns names a breakdown that breakdowns does not",
        )
        yield (
            not set(self.unit_breakdowns) <= set(self.breakdowns),
            "unit_breakdowns names a breakdown that breakdowns does not",
        )
        yield (
            bool(set(self.unit_breakdowns) & set(self.additive_breakdowns)),
            "a breakdown that counts another unit does not sum to the whole",
        )
        yield (
            (self.breakdown_denominator == "whole") != bool(whole_groups) or not whole_groups <= set(self.breakdowns),
            "breakdown_groups names the groups of every breakdown whose denominator is the whole, and of no other",
        )
        yield (
            self.coverage_subject not in COVERAGE_SUBJECTS,
            f"coverage_subject is none of {', '.join(COVERAGE_SUBJECTS)}",
        )
        yield (
            self.is_corporate != (self.coverage_subject != "contact"),
            "is_corporate and coverage_subject contradict each other",
        )
        yield (
            self.is_printed != bool(self.printed_breakdowns)
            or not set(self.printed_breakdowns) <= {"all", *self.breakdowns},
            "a printed indicator, and no other, names in printed_breakdowns all or breakdowns of its own",
        )
        yield (
            self.is_confirmed == (self.confirm_note is not None),
            "an unconfirmed definition, and no other, has a confirm_note",
        )
        yield (
            (self.framework == "local") != (self.in_force_from_date is None),
            "a national measure, and no other, has a day from which it is in force",
        )
        yield (
            self.in_force_from_date is not None
            and self.in_force_to_date is not None
            and self.in_force_to_date < self.in_force_from_date,
            "it is in force from a day after the one that it is in force to",
        )


class Comparator(_Row):
    """A figure that somebody else published (indicators.md section 3)."""

    indicator_code: str
    scope: str = Field(min_length=1)
    scope_code: str = Field(pattern=r"^[WEK]\d{8}$")
    period_type: PeriodType
    period_label: str = Field(min_length=1)
    value: OptionalNumber
    numerator: OptionalNumber
    denominator: OptionalNumber
    lower_quartile: OptionalNumber
    upper_quartile: OptionalNumber
    status: Literal["published", "not_published"]
    source: str = Field(min_length=1)
    published_on_date: OptionalDate
    note: OptionalText

    @model_validator(mode="after")
    def _agree(self) -> Comparator:
        """Refuse a published row without value or day, and a value that nobody published."""
        is_published = self.status == "published"
        if is_published != (self.value is not None) or is_published != (self.published_on_date is not None):
            raise ValueError("a published comparator, and no other, has a value and a published_on_date")
        return self


class Target(_Row):
    """What a council set itself, for a range of days."""

    indicator_code: str
    authority_code: str = Field(pattern=r"^[WEK]\d{8}$")
    comparison: Literal["at_most", "at_least"]
    target_value: Decimal
    valid_from_date: datetime.date
    valid_to_date: OptionalDate
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _agree(self) -> Target:
        """Refuse a target that holds on no day."""
        if self.valid_to_date is not None and self.valid_to_date <= self.valid_from_date:
            raise ValueError("valid_to_date, from which it no longer holds, is not after valid_from_date")
        return self


class SeriesBreak(_Row):
    """A day from which figures are not wholly comparable with those before."""

    indicator_code: str
    authority_code: str = Field(pattern=r"^(all|[WEK]\d{8})$")
    break_date: datetime.date
    reason: str = Field(min_length=1)
    reason_cy: str = Field(min_length=1)


class Register(_Row):
    """The whole register, by code in the order of its file."""

    indicators: dict[str, Indicator]
    comparators: tuple[Comparator, ...]
    targets: tuple[Target, ...]
    series_breaks: tuple[SeriesBreak, ...]
    rates: tuple[Rate, ...]
    populations: tuple[Population, ...]
    figure_relations: tuple[FigureRelation, ...]
    forecast_rules: tuple[ForecastRule, ...]

    def without_relations(self) -> list[str]:
        """List the indicators about children of which no relation is declared, and that are not said to be alone."""
        declared = {row.indicator_code for row in self.figure_relations}
        return [code for code, row in self.indicators.items() if row.is_about_children and code not in declared]


def load_register(directory: Path = SEEDS) -> Register:
    """Read and validate the register: one row per code, comparator, target and break.

    Raises CscWarehouseError with one sentence that names file, row and what is wrong with it.
    """
    indicators = read_indicators(directory)
    comparators = _read(directory / "comparators.csv", Comparator)
    targets = _read(directory / "targets.csv", Target)
    series_breaks = _read(directory / "series_breaks.csv", SeriesBreak)
    rates = _read(directory / "rates.csv", Rate)
    populations = _read(directory / "populations.csv", Population)
    figure_relations = _read(directory / "figure_relations.csv", FigureRelation)
    forecast_rules = _read(directory / "forecast_rules.csv", ForecastRule)
    by_code = {row.code: row for row in indicators}
    _require_once("indicators.csv", [(row.code,) for row in indicators])
    _require_links(by_code)
    _require_no_copy_more_confirmed(by_code)
    for name, codes in (
        ("comparators.csv", [row.indicator_code for row in comparators]),
        ("targets.csv", [row.indicator_code for row in targets]),
        ("series_breaks.csv", [row.indicator_code for row in series_breaks]),
        ("rates.csv", [row.indicator_code for row in rates]),
        ("figure_relations.csv", [row.indicator_code for row in figure_relations]),
        ("forecast_rules.csv", [row.indicator_code for row in forecast_rules]),
    ):
        _require_known(name, codes, by_code)
    _require_once(
        "comparators.csv",
        [(row.indicator_code, row.scope_code, row.period_type, row.period_label) for row in comparators],
    )
    _require_once(
        "series_breaks.csv", [(row.indicator_code, row.authority_code, str(row.break_date)) for row in series_breaks]
    )
    _require_once("forecast_rules.csv", [(row.indicator_code,) for row in forecast_rules])
    for rule in forecast_rules:
        if fault := fault_of_forecast(rule, by_code[rule.indicator_code]):
            raise _wrong("forecast_rules.csv", fault)
    _require_one_target_at_a_time(targets)
    for file_name, what in faults_of_rates(rates, populations, by_code):
        raise _wrong(file_name, what)
    for what in faults_of_relations(figure_relations, by_code):
        raise _wrong("figure_relations.csv", what)
    return Register(
        indicators=by_code,
        comparators=tuple(comparators),
        targets=tuple(targets),
        series_breaks=tuple(series_breaks),
        rates=tuple(rates),
        populations=tuple(populations),
        figure_relations=tuple(figure_relations),
        forecast_rules=tuple(forecast_rules),
    )


def read_indicators(directory: Path = SEEDS) -> list[Indicator]:
    """Read the rows of the indicators alone, each valid by itself. Raises as load_register does."""
    return _read(directory / "indicators.csv", Indicator)


def fault_of(record: Mapping[str, str], row_type: type[BaseModel] = Indicator) -> str | None:
    """Return what is wrong with a row of a seed by itself, naming its column; None: nothing."""
    try:
        row_type.model_validate(record)
    except ValidationError as error:
        return _reason(error)
    return None


def _wrong(file_name: str, what: str) -> CscWarehouseError:
    return CscWarehouseError(f"The register cannot be used: {file_name}, {what}. Correct the row and build again.")


def _read(path: Path, row_type: type[RowT]) -> list[RowT]:
    """Read one file of the register; raise on the first row that breaks a rule."""
    rows: list[RowT] = []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, restkey="beyond the header", restval=None)
        for record in reader:
            try:
                rows.append(row_type.model_validate(record))
            except ValidationError as error:
                name = next(iter(record.values())) or "(no code)"
                raise _wrong(path.name, f"row {name} (line {reader.line_num}): {_reason(error)}") from error
    return rows


def _reason(error: ValidationError) -> str:
    first = error.errors()[0]
    message = str(first["msg"]).removeprefix("Value error, ")
    column = ".".join(str(part) for part in first["loc"])
    return f"{column}: {message}" if column else message


def _require_once(file_name: str, keys: Sequence[tuple[str, ...]]) -> None:
    for key, count in Counter(keys).items():
        if count > 1:
            raise _wrong(file_name, f"{' '.join(key)} stands {count} times")


def _require_known(file_name: str, codes: Sequence[str], by_code: Mapping[str, Indicator]) -> None:
    for code in codes:
        if code not in by_code:
            raise _wrong(file_name, f"{code} is no indicator of the register")


def _require_links(by_code: Mapping[str, Indicator]) -> None:
    """Require that predecessor and successor name each other."""
    for code, row in by_code.items():
        for other, back in ((row.successor_code, "predecessor_code"), (row.predecessor_code, "successor_code")):
            if other is None:
                continue
            if other not in by_code:
                raise _wrong("indicators.csv", f"row {code}: {other} is no indicator of the register")
            if getattr(by_code[other], back) != code:
                raise _wrong("indicators.csv", f"row {code}: the {back} of {other} is not {code}")


def _require_no_copy_more_confirmed(by_code: Mapping[str, Indicator]) -> None:
    """Require that an indicator is never more confirmed than the one that it copies or takes over from."""
    for code, row in by_code.items():
        if row.copies_code is not None and row.copies_code not in by_code:
            raise _wrong("indicators.csv", f"row {code}: {row.copies_code} is no indicator of the register")
        for other in (row.copies_code, row.predecessor_code):
            if other is not None and row.is_confirmed and not by_code[other].is_confirmed:
                raise _wrong(
                    "indicators.csv", f"row {code}: it is confirmed, and {other}, whose definition it copies, is not"
                )


def _require_one_target_at_a_time(targets: Sequence[Target]) -> None:
    """Require that no two targets of a council for an indicator hold on the same day."""
    by_subject: dict[tuple[str, str], list[Target]] = {}
    for target in sorted(targets, key=lambda row: row.valid_from_date):
        earlier = by_subject.setdefault((target.indicator_code, target.authority_code), [])
        if earlier and (earlier[-1].valid_to_date or datetime.date.max) > target.valid_from_date:
            raise _wrong(
                "targets.csv",
                f"{target.indicator_code} of {target.authority_code} has two targets on {target.valid_from_date}",
            )
        earlier.append(target)
