"""Builders that turn checks into Great Expectations suites over a frame of measures.

The frame has one column per check and one row per subject (an entity, a column, a period, a rule): numbers only, so
that nothing of a child can reach a result. Column maxima and minima are used rather than value-by-value expectations:
they cost a quarter, and their observed value is the worst measure, which is what a reader wants to see.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from expectations.catalogue import Check

if TYPE_CHECKING:
    import pandas as pd

RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": 0}
"""No failing value is fetched, whatever the suite."""
FLOOR = "FLOOR"
"""Meta code of the expectation that the frame has rows: an empty frame must never pass."""


def great_expectations() -> Any:
    """Import Great Expectations, silent and without telemetry; takes about ten seconds the first time."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # at import it logs hundreds of lines about functions it skips
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    import great_expectations

    # this one gives itself a level, and tells each command of a folder that it makes and removes
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    return great_expectations


@functools.cache
def _configured_once(name: str) -> Any:
    """Return an expectation of Great Expectations' whose configuration is made once, not for each of its arguments.

    An expectation never changes here after it is made, and its configuration was asked for a dozen times in each of
    the steps of a validation: half of a door's time.
    """
    original = getattr(great_expectations().expectations, name)
    from great_expectations.compatibility import pydantic

    def configuration(self: Any) -> Any:
        if self._configuration is None:
            self._configuration = original.configuration.fget(self)
        return self._configuration

    # the same name: Great Expectations registers a class, and finds it for a configuration, by its name
    members = {"_configuration": pydantic.PrivateAttr(default=None), "configuration": property(configuration)}
    return type(original)(name, (original,), {"__module__": __name__, **members})


def build_suite(name: str, checks: Iterable[Check]) -> Any:
    """Build one suite: a floor on the frame's rows, and for each check its limits at its severity.

    A check without a column in the frame makes its expectation raise, which is how a broken check is told.
    """
    gx = great_expectations()
    maximum, minimum = _configured_once("ExpectColumnMaxToBeBetween"), _configured_once("ExpectColumnMinToBeBetween")
    wanted: list[Any] = [
        gx.expectations.ExpectTableRowCountToBeBetween(min_value=1, severity="critical", meta={"code": FLOOR})
    ]
    for check in checks:
        meta = {"code": check.code, "notes": check.sentence, "owner": check.owner}
        if check.maximum is not None:
            wanted.append(maximum(column=check.code, max_value=check.maximum, severity=check.severity, meta=meta))
        if check.minimum is not None:
            wanted.append(minimum(column=check.code, min_value=check.minimum, severity=check.severity, meta=meta))
    return gx.ExpectationSuite(name=name, expectations=wanted)


def stored_result(name: str, rows: Iterable[Mapping[str, Any]]) -> Any:
    """Return results that were stored in the form of a suite's result, for Great Expectations' renderers.

    rows: check_code, sentence, severity, status, checked, failed, measure, and the check itself for its limits (None
    where it is gone). One expectation each: of a check with two limits the measure is the worse of both ends.
    """
    great_expectations()
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    found = []
    for row in rows:
        check = row["check"]
        limits = {"min_value": check.minimum, "max_value": check.maximum} if check else {}
        end = "min" if check and check.maximum is None else "max"
        configuration = ExpectationConfiguration(
            type=f"expect_column_{end}_to_be_between",
            kwargs={"column": row["check_code"], **{key: value for key, value in limits.items() if value is not None}},
            meta={"code": row["check_code"], "notes": row["sentence"]},
            severity=row["severity"],
        )
        # a check that broke may have measured something else than it judges: only what was judged is shown
        value = None if row["status"] == "broken" else row["measure"]
        found.append(
            ExpectationValidationResult(
                success=row["status"] == "passed",
                expectation_config=configuration,
                result={"observed_value": value, "element_count": row["checked"], "unexpected_count": row["failed"]},
                meta={},
                exception_info={"raised_exception": False, "exception_message": None, "exception_traceback": None},
            )
        )
    passed = sum(1 for each in found if each.success)
    return ExpectationSuiteValidationResult(
        success=passed == len(found),
        results=found,
        suite_name=name,
        statistics={
            "evaluated_expectations": len(found),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(found) - passed,
            "success_percent": 100.0 * passed / len(found) if found else None,
        },
        meta={},
    )


class Validator:
    """One ephemeral context and one data frame asset, used for every frame of a process."""

    def __init__(self) -> None:
        """Open the context; its progress bars are off, for they cost two thirds of a small validation."""
        gx = great_expectations()
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("measures").add_dataframe_asset("frame")
        self._batch_definition = asset.add_batch_definition_whole_dataframe("whole")

    def validate(self, suite: Any, frame: pd.DataFrame) -> Any:
        """Validate a frame of measures and return the suite's result."""
        batch = self._batch_definition.get_batch(batch_parameters={"dataframe": frame})
        return batch.validate(suite, result_format=RESULT_FORMAT)
