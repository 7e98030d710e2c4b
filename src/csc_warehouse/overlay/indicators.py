"""Indicators of a council's own: the folder `indicators` of the overlay, read, and held to the walls of the shipped."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from csc_warehouse.errors import listed, shown
from csc_warehouse.overlay import reach, relations, walls
from csc_warehouse.overlay.cells import Known
from csc_warehouse.overlay.kinds import Column, Kind
from csc_warehouse.overlay.reading import read_file
from csc_warehouse.register import Indicator, fault_of, load_register

FOLDER = "indicators"
"""Of the overlay."""
REGISTER = "indicators.csv"
SEED = "indicators"
SHARED_SEED = "caveats_shared"
PLACE = "models/marts/indicators/local"
"""Where the models lie in a composed project."""
_MODEL = re.compile(r"ind_([a-z]{2,3}\d{2,3}[a-z]?)__[a-z0-9_]{1,50}")
_FOLLOWS = ("predecessor_code", "successor_code", "copies_code")


@dataclass
class Local:
    """What was found in the folder: rows of the register, files of the dbt project, and a sentence for each fault."""

    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    """By code."""
    files: dict[str, str] = field(default_factory=dict)
    """By place in the dbt project."""
    shared: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By code the shipped codes whose caveats it shares."""
    relations: list[dict[str, str]] = field(default_factory=list)
    """Rows of the seed of relations between figures."""
    sha256: dict[str, str] = field(default_factory=dict)
    """By name of a file of the folder that says something."""
    faults: list[str] = field(default_factory=list)

    @property
    def shared_seed(self) -> str:
        """Return the seed that says whose caveats are shared."""
        rows = [f"{code},{shipped}\n" for code, others in sorted(self.shared.items()) for shipped in others]
        return "local_code,shipped_code\n" + "".join(rows)


def read(folder: Path, project: Path, known: Known, is_beside: Iterable[str] = ()) -> Local:
    """Read and check the folder of local indicators against a dbt project; nothing in it: nothing is found.

    is_beside: names of files that may lie there and say nothing.
    """
    found = Local()
    if not folder.is_dir():
        return found
    house = walls.House.of(project)
    models: dict[str, Path] = {}
    descriptions: dict[str, tuple[str, dict[str, Any]]] = {}
    tests: list[tuple[str, dict[str, Any]]] = []
    for path in sorted(folder.iterdir()):
        name = f"{FOLDER}/{shown(path.name)}"
        # relations name codes of the register, which comes later
        if path.name in (*is_beside, relations.FILE):
            continue
        if path.name == REGISTER and path.is_file():
            found.rows = _register(path, project, known, found)
        elif path.suffix == ".sql" and path.is_file():
            if _MODEL.fullmatch(path.stem):
                models[path.stem] = path
            else:
                found.faults.append(
                    f"{name}: it is not named as a model; name it ind_<code>__<title>.sql, in small letters."
                )
        elif path.suffix in (".yml", ".yaml") and path.is_file():
            _read_yaml(path, found, descriptions, tests)
        else:
            found.faults.append(
                f"{name}: no such thing belongs there; it holds {REGISTER}, {relations.FILE},"
                " ind_<code>__<title>.sql and YAML files."
            )
    _relations(folder / relations.FILE, project / "seeds", known, found)
    texts = {name: text for name, path in models.items() if (text := _text(path, found)) is not None}
    if found.rows or models or descriptions or tests:
        _agree(found, models, descriptions, tests)
        _hold_to_the_walls(found, texts, descriptions, tests, house)
        _require_hiding(found, texts, project)
    if found.faults or not found.rows:
        return found
    _compose(found, texts, descriptions, tests, house)
    codes = {name: _code(name) for name in texts}
    shared = reach.shared_caveats(texts, reach.model_texts(project) | texts)
    found.shared = {codes[name]: tuple(_code(other) for other in others) for name, others in shared.items()}
    return found


def _require_hiding(found: Local, texts: Mapping[str, str], project: Path) -> None:
    """Say which indicators count records of children and are said not to be about them: nothing would be hidden."""
    register = load_register(project / "seeds").indicators
    about_children = {code for code, row in register.items() if row.is_about_children}
    shipped = reach.model_texts(project)
    models = [name for name in shipped if name.startswith("ind_") and _code(name) in about_children]
    for name in texts:
        code = _code(name)
        if code not in found.rows or Indicator.model_validate(found.rows[code]).is_about_children:
            continue
        read = reach.childrens_records(name, models, {**shipped, **texts})
        if read:
            found.faults.append(
                f"{FOLDER}/{REGISTER}, column is_about_children: {code} reads {listed(read)}, records of children, so"
                " that small numbers of it must be hidden; write true."
            )


def _code(model: str) -> str:
    return model.removeprefix("ind_").partition("__")[0].upper()


def _text(path: Path, found: Local) -> str | None:
    """Return a file's text, and keep its digest; None, with a sentence, where it has none."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        found.faults.append(f"{FOLDER}/{path.name}: it cannot be read ({error.strerror}); correct its owner or mode.")
        return None
    except UnicodeDecodeError:
        found.faults.append(f"{FOLDER}/{path.name}: it is not in UTF-8; save it as UTF-8.")
        return None
    found.sha256[f"{FOLDER}/{path.name}"] = hashlib.sha256(content).hexdigest()
    return text


def _register(path: Path, project: Path, known: Known, found: Local) -> dict[str, dict[str, str]]:
    """Return the valid rows of the register of local indicators by code, in the order of the file."""
    with (project / "seeds" / f"{SEED}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        shipped = list(reader)
        header = list(reader.fieldnames or ())
    columns = {
        name: Column(holds="choice", of=("high", "low", "none"), example="none", may_be_empty=True)
        if name == "good_direction"
        else Column(holds="text", may_be_empty=True, example="")
        for name in header
    }
    kind = Kind(seed=SEED, meaning="Indicators of the council's own.", lays="values", key=("code",), columns=columns)
    rows, faults, content = read_file(path, kind, known)
    found.faults += [f"{FOLDER}/{fault}" for fault in faults]
    taken = {name: row for row in shipped for name in _names(row)}
    good: dict[str, dict[str, str]] = {}
    for row in rows:
        where = f"{FOLDER}/{path.name}, line {row.line}"
        wrong = list(_faults_of_row(row.values, taken))
        found.faults += [f"{where}{fault}" for fault in wrong]
        if not wrong:
            good[row.values["code"]] = row.values
            taken |= dict.fromkeys(_names(row.values), row.values)
    if rows:
        found.sha256[f"{FOLDER}/{path.name}"] = hashlib.sha256(content).hexdigest()
    return good


def _has_faulty_register(found: Local) -> bool:
    return any(fault.startswith(f"{FOLDER}/{REGISTER}") for fault in found.faults)


def _relations(path: Path, seeds: Path, known: Known, found: Local) -> None:
    # a row of the register that has a fault of its own is told there
    if not (path.exists() or path.is_symlink()) or _has_faulty_register(found):
        return
    own = {code: Indicator.model_validate(row) for code, row in found.rows.items()}
    read = relations.read(path, seeds, own, Known(known.indicators | own.keys(), known.config))
    found.faults += [f"{FOLDER}/{fault}" for fault in read.faults]
    found.relations = read.rows
    if read.rows:
        found.sha256[f"{FOLDER}/{path.name}"] = hashlib.sha256(read.content).hexdigest()


def _names(row: Mapping[str, str]) -> list[str]:
    """Return what an indicator is called by: its code, and its code in the council's reports without strokes."""
    return [name for name in (row["code"], row["local_code"].replace("/", "").upper()) if name]


def _faults_of_row(row: Mapping[str, str], taken: Mapping[str, Mapping[str, str]]) -> list[str]:
    fault = fault_of(row)
    if fault is not None:
        return [f": {fault}; correct the row."]
    faults = [
        f": {name} is the code of {taken[name]['title']}; take another, which no upgrade will use."
        for name in _names(row)
        if name in taken
    ]
    if row["framework"] != "local":
        faults.append(f", column framework: {row['framework']} is the nation's; write local.")
    faults += [
        f", column {column}: a local indicator follows no other; leave it empty." for column in _FOLLOWS if row[column]
    ]
    return faults


def _read_yaml(
    path: Path,
    found: Local,
    descriptions: dict[str, tuple[str, dict[str, Any]]],
    tests: list[tuple[str, dict[str, Any]]],
) -> None:
    name = f"{FOLDER}/{path.name}"
    text = _text(path, found)
    if text is None:
        return
    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        found.faults.append(f"{name}: it is no YAML{f' (line {mark.line + 1})' if mark else ''}; correct that place.")
        return
    entries = {key: content.get(key) or [] for key in ("models", "unit_tests")} if isinstance(content, dict) else {}
    is_sound = bool(entries) and all(
        isinstance(each, list) and all(isinstance(entry, dict) and isinstance(entry.get("name"), str) for entry in each)
        for each in entries.values()
    )
    if not is_sound or set(content) - {"version", *entries}:
        found.faults.append(
            f"{name}: it must hold version: 2, and below models or unit_tests entries with a name each."
        )
        return
    for entry in entries["models"]:
        if entry["name"] in descriptions:
            found.faults.append(f"{name}: {entry['name']} is described twice; keep one.")
        descriptions[entry["name"]] = (name, entry)
    tests += [(name, entry) for entry in entries["unit_tests"]]


def _agree(
    found: Local,
    models: Mapping[str, Path],
    descriptions: Mapping[str, tuple[str, dict[str, Any]]],
    tests: Iterable[tuple[str, dict[str, Any]]],
) -> None:
    """Say where row, model, description and unit test of an indicator are not all there."""
    _agree_on_codes(found, models)
    tested = {str(entry.get("model")) for _, entry in tests}
    for name in models:
        if name not in descriptions:
            found.faults.append(
                f"{FOLDER}/{name}.sql: no YAML describes it; write an entry of models that begins One row per."
            )
        if name not in tested:
            found.faults.append(
                f"{FOLDER}/{name}.sql: it has no unit test; write an entry of unit_tests with model: {name}."
            )
    for name, (file, _) in descriptions.items():
        if name not in models:
            found.faults.append(f"{file}: {shown(name)} is no model of the folder; correct the name, or take it out.")
    for file, entry in tests:
        if entry.get("model") not in models:
            found.faults.append(
                f"{file}: {shown(entry['name'])} tests {shown(str(entry.get('model')))}, which is no model of the"
                " folder; correct the name, or take it out."
            )


def _agree_on_codes(found: Local, models: Mapping[str, Path]) -> None:
    """Say which rows of the register have no model, and which models no row, or a second one."""
    by_code: dict[str, list[str]] = {}
    for name in models:
        by_code.setdefault(_code(name), []).append(name)
    for code in found.rows:
        if code not in by_code:
            found.faults.append(
                f"{FOLDER}/{REGISTER}: {code} has no model; write {FOLDER}/ind_{code.lower()}__<title>.sql, or take the"
                " row out."
            )
    for code, names in by_code.items():
        if len(names) > 1:
            found.faults.append(f"{FOLDER}/{names[1]}.sql: {code} has two models; keep one.")
        # a row that has a fault of its own is told there
        if code not in found.rows and not _has_faulty_register(found):
            found.faults.append(
                f"{FOLDER}/{names[0]}.sql: {code} has no row in {FOLDER}/{REGISTER}; give it one, or take the model"
                " out."
            )


def _hold_to_the_walls(
    found: Local,
    texts: Mapping[str, str],
    descriptions: Mapping[str, tuple[str, dict[str, Any]]],
    tests: Iterable[tuple[str, dict[str, Any]]],
    house: walls.House,
) -> None:
    for name, text in texts.items():
        row = found.rows.get(_code(name))
        if row is not None:
            parameters = Indicator.model_validate(row).parameters
            faults = walls.faults_of_model(text, _code(name), parameters, house)
            found.faults += [f"{FOLDER}/{name}.sql: {fault}" for fault in faults]
    for name, (file, entry) in descriptions.items():
        found.faults += [f"{file}, {name}: {f}" for f in walls.faults_of_description(entry, _code(name), house)]
    for file, entry in tests:
        found.faults += [f"{file}, {shown(entry['name'])}: {fault}" for fault in walls.faults_of_unit_test(entry)]


def _compose(
    found: Local,
    texts: Mapping[str, str],
    descriptions: Mapping[str, tuple[str, dict[str, Any]]],
    tests: Iterable[tuple[str, dict[str, Any]]],
    house: walls.House,
) -> None:
    """Write the files of the dbt project: the models as they are, their YAML with the columns of every indicator."""
    columns = json.loads(json.dumps(house.columns))
    described = [{"columns": columns, **descriptions[name][1]} for name in sorted(texts)]
    found.files = {f"{PLACE}/{name}.sql": text for name, text in texts.items()}
    found.files[f"{PLACE}/_local__models.yml"] = _as_yaml({"version": 2, "models": described})
    found.files[f"{PLACE}/_local__unit_tests.yml"] = _as_yaml(
        {"version": 2, "unit_tests": [entry for _, entry in tests]}
    )


def _as_yaml(content: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, width=120)
