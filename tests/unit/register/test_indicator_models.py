"""Register, models and the parameters that models read agree both ways, by their files alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from csc_warehouse.register import SEEDS, load_register, scaffold

PROJECT = SEEDS.parent
INDICATORS = PROJECT / "models" / "marts" / "indicators"
MODEL_NAME = re.compile(r"^ind_([a-z]+\d+[a-z]?)__[a-z0-9_]+$")
PARAMETER = re.compile(r"parameter\(\s*(?:'(?P<code>[A-Z0-9]+)'|(?P<passed>\w+))\s*,\s*'(?P<name>\w+)'")


def indicator_models() -> dict[str, Path]:
    """Return the models by code."""
    models: dict[str, Path] = {}
    for path in INDICATORS.rglob("ind_*.sql"):
        match = MODEL_NAME.match(path.stem)
        assert match, f"{path.name} is not named ind_<code>__<slug>"
        code = match.group(1).upper()
        assert code not in models, f"{code} has two models"
        models[code] = path
    return models


def uses_of_parameters() -> Iterator[tuple[Path, str | None, str]]:
    for path in [*PROJECT.glob("macros/**/*.sql"), *PROJECT.glob("models/**/*.sql")]:
        for match in PARAMETER.finditer(path.read_text(encoding="utf-8")):
            yield path, match["code"], match["name"]


def test_every_indicator_of_the_register_has_one_model_and_the_reverse() -> None:
    models = indicator_models()
    assert models, "no model was found"
    assert set(models) == set(load_register().indicators)


def test_every_model_that_copies_another_indicator_is_said_to_and_the_reverse() -> None:
    copied = re.compile(r"successor_records\(\s*'\w+',\s*'ind_(\w+?)__")
    found = {code: copied.search(path.read_text(encoding="utf-8")) for code, path in indicator_models().items()}
    copies = {code: match.group(1).upper() for code, match in found.items() if match}
    assert copies, "no copy was found"
    assert copies == {code: row.copies_code for code, row in load_register().indicators.items() if row.copies_code}


def test_list_of_models_is_the_folder_s(tmp_path: Path) -> None:
    listed = PROJECT / "macros" / "indicator_models.sql"
    assert scaffold.listed_models(listed) == sorted(path.stem for path in indicator_models().values())
    written = tmp_path / listed.name
    scaffold.write_model_list(written, reversed(scaffold.listed_models(listed)))
    assert written.read_text(encoding="utf-8") == listed.read_text(encoding="utf-8")


def test_every_parameter_that_a_model_reads_stands_in_the_register() -> None:
    indicators = load_register().indicators
    uses = list(uses_of_parameters())
    assert uses, "no use was found"
    for path, code, name in uses:
        if code is not None:
            assert name in indicators[code].parameters, f"{path.name} reads {name} of {code}"
        else:
            # a macro that is given the code: some indicator must have it
            assert any(name in row.parameters for row in indicators.values()), f"{path.name} reads {name}"
