"""An overlay of a test: the headers of its files, writing one, and what was laid or refused."""

from __future__ import annotations

import csv
import io

import pytest

from csc_warehouse import overlay
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import Settings

FORECASTS = "indicator_code,method,level_percent,earlier_years,minimum_events,minimum_trials,reason"
TARGETS = "indicator_code,authority_code,comparison,target_value,valid_from_date,valid_to_date,source"
COMPARATORS = (
    "indicator_code,scope,scope_code,period_type,period_label,value,numerator,denominator,lower_quartile,"
    "upper_quartile,status,source,published_on_date,note"
)
POPULATIONS = "authority_code,population_group,population_date,population,source,is_made_up"
RATES = "indicator_code,population_group,per_population"
BREAKS = "indicator_code,authority_code,break_date,reason,reason_cy"
SPELLINGS = "list_name,spelling,canonical"
TEXTS = "code,local_code,title,title_cy,counted,numerator_text,denominator_text,owner"
SHIPPED = "ASM01,W06000006,at_most,60,2017-04-01"


def write(settings: Settings, name: str, *lines: str) -> None:
    assert settings.overlay is not None
    (settings.overlay / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def rows_of(laid: overlay.Overlay | None, seed: str) -> list[dict[str, str]]:
    assert laid is not None
    return list(csv.DictReader(io.StringIO(laid.seeds[seed])))


def refused(settings: Settings) -> str:
    with pytest.raises(UsageError) as error:
        overlay.lay(settings)
    return str(error.value)
