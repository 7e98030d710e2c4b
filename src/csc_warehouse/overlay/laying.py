"""The overlay folder as a whole: validated, and laid over the shipped seeds."""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from csc_warehouse import layouts, texts
from csc_warehouse.errors import CscWarehouseError, UsageError, few_sentences, nearest, offer, shown
from csc_warehouse.overlay import indicators, relations
from csc_warehouse.overlay.cells import Known
from csc_warehouse.overlay.kinds import Kind, load_kinds
from csc_warehouse.overlay.reading import Row, key_of, read_file
from csc_warehouse.register import load_register
from csc_warehouse.settings import Settings, shipped

BESIDE = ("readme.md", "readme.txt")
"""Files that may lie in the folder and say nothing to the warehouse; so do those that an open spreadsheet leaves."""
_OF_PROGRAMS = (".", "~$")


@dataclass(frozen=True)
class Change:
    """What one row of the overlay does to the shipped defaults."""

    what: str
    """added, replaced, removed, or same where the shipped row says the same; of a layout, laid over."""
    key: str
    values: tuple[tuple[str, str, str], ...]
    """Of a replaced row: column, shipped value and the council's."""


@dataclass(frozen=True)
class LaidFile:
    """One file of the overlay: what it is laid over, and what it changes."""

    name: str
    seed: str
    """Empty for a model of a local indicator and its YAML, laid over nothing, and for the report's layout and texts."""
    sha256: str
    changes: tuple[Change, ...]

    def count(self, what: str) -> int:
        """Return how many rows were added, replaced or removed, or are the same."""
        return sum(change.what == what for change in self.changes)


@dataclass(frozen=True)
class Overlay:
    """A valid overlay: its files, and the seeds as they are with it."""

    folder: Path
    files: tuple[LaidFile, ...]
    seeds: Mapping[str, str]
    """By seed: the whole merged file."""
    models: Mapping[str, str] = field(default_factory=dict)
    """By place in the dbt project: the models of local indicators and their YAML."""
    shared_caveats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By local indicator: the shipped ones that count the same facts, whose caveats it shares."""

    @property
    def said(self) -> tuple[LaidFile, ...]:
        """Return the files that hold more than a header, in the order of their names."""
        return tuple(sorted((file for file in self.files if file.changes), key=lambda file: file.name))

    @property
    def digest(self) -> str:
        """Return what a change to any file that says something changes, and nothing else does."""
        named = "".join(f"{file.name}\0{file.sha256}\n" for file in self.said)
        return hashlib.sha256(named.encode()).hexdigest()

    @property
    def is_empty(self) -> bool:
        """Tell whether everything is as shipped: files with a header alone change nothing."""
        return not self.said


@dataclass(frozen=True)
class _Seed:
    header: list[str]
    rows: dict[tuple[str, ...], dict[str, str]]


def lay(settings: Settings, *, kinds: Mapping[str, Kind] | None = None, project: Path | None = None) -> Overlay | None:
    """Validate the overlay folder of these settings and lay it over the shipped seeds; None where there is no folder.

    kinds, project: another declaration and dbt project than the shipped ones. Nothing is written. Raises UsageError
    with a sentence for each fault: its file, line and column, and what to do.
    """
    if settings.overlay is None:
        return None
    kinds = load_kinds() if kinds is None else kinds
    project = shipped("dbt_project") if project is None else project
    seeds = project / "seeds"
    paths, faults = _files(settings.overlay, kinds, {path.name for path in seeds.glob("*.csv")})
    codes = frozenset(load_register(seeds).indicators)
    own = indicators.read(
        settings.overlay / indicators.FOLDER, project, Known(codes, settings.config), _said_beside(settings.overlay)
    )
    faults += own.faults
    known = Known(codes | own.rows.keys(), settings.config)
    files = _own_files(own)
    merged = _with_own_rows(seeds, own) if own.rows else {}
    for path in paths:
        kind = kinds[path.name]
        rows, wrong, content = read_file(path, kind, known)
        # a seed over which two kinds are laid has what the first one said
        text = merged.get(kind.seed) or (seeds / f"{kind.seed}.csv").read_text(encoding="utf-8")
        seed = _read_seed(text, kind)
        changes, further = _lay_rows(path.name, rows, seed, kind)
        faults += wrong + further
        if not wrong:
            faults += _mixed_up(path.name, rows, seed, kind) + _used_twice(path.name, rows, seed, kind)
        files.append(LaidFile(path.name, kind.seed, hashlib.sha256(content).hexdigest(), tuple(changes)))
        merged[kind.seed] = _as_csv(seed)
    for laid in (_layouts(settings.overlay, seeds, own), _texts(settings.overlay)):
        files += laid.files
        faults += laid.faults
    if not faults:
        faults += _register_faults(seeds, merged, own.rows)
    if faults:
        raise UsageError(
            f"The overlay {settings.overlay} cannot be used, and nothing was built: "
            + " ".join(few_sentences(faults, "faults"))
        )
    return Overlay(settings.overlay, tuple(files), merged, own.files, own.shared)


@dataclass(frozen=True)
class _Laid:
    files: list[LaidFile]
    faults: list[str]


def _layouts(folder: Path, seeds: Path, own: indicators.Local) -> _Laid:
    """Return the council's layouts of reports, which are laid over no seed, and a sentence for each of their faults."""
    laid = [_layout(folder / file, seeds, own) for file in layouts.FILES]
    return _Laid([file for each in laid for file in each.files], [fault for each in laid for fault in each.faults])


def _layout(path: Path, seeds: Path, own: indicators.Local) -> _Laid:
    text, digest, faults = _read_text(path)
    if not text:
        return _Laid([], faults)
    with (seeds / f"{indicators.SEED}.csv").open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file), *own.rows.values()]
    known = {row["code"]: [name for name in row["breakdowns"].split("|") if name] for row in rows}
    changes = tuple(Change(layouts.LAID, name, ()) for name in layouts.entries(text))
    return _Laid([LaidFile(path.name, "", digest, changes)], layouts.faults_of(text, known, file=path.name))


def _texts(folder: Path) -> _Laid:
    """Return the council's own wording of pages, which is laid over no seed, and a sentence for each of its faults."""
    text, digest, faults = _read_text(folder / texts.FILE)
    if not text:
        return _Laid([], faults)
    changes = tuple(Change(texts.LAID, name, ()) for name in texts.entries(text))
    return _Laid([LaidFile(texts.FILE, "", digest, changes)], texts.faults_of(text))


def _read_text(path: Path) -> tuple[str, str, list[str]]:
    """Return what a file says and its digest, empty where there is none, and what keeps it from being read."""
    if not path.is_file():
        return "", "", []
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig"), hashlib.sha256(content).hexdigest(), []
    except UnicodeDecodeError:
        return "", "", [f"{path.name}: it is not in UTF-8; save it as UTF-8."]


def _own_files(own: indicators.Local) -> list[LaidFile]:
    """Return the files of local indicators: rows added to seeds, and what is laid over nothing."""
    register = f"{indicators.FOLDER}/{indicators.REGISTER}"
    hanging = f"{indicators.FOLDER}/{relations.FILE}"
    added = {
        register: (indicators.SEED, list(own.rows)),
        hanging: (relations.SEED, [" ".join(row.values()) for row in own.relations]),
    }
    laid = []
    for name, sha256 in own.sha256.items():
        seed, keys = added.get(name, ("", [Path(name).stem]))
        laid.append(LaidFile(name, seed, sha256, tuple(Change("added", key, ()) for key in keys)))
    return laid


def _with_own_rows(seeds: Path, own: indicators.Local) -> dict[str, str]:
    """Return the seeds that local indicators are added to."""
    with (seeds / f"{indicators.SEED}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows: dict[tuple[str, ...], dict[str, str]] = {(row["code"],): dict(row) for row in reader}
        rows |= {(code,): dict(row) for code, row in own.rows.items()}
        seed = _Seed(list(reader.fieldnames or ()), rows)
    merged = {indicators.SEED: _as_csv(seed), indicators.SHARED_SEED: own.shared_seed}
    return merged | ({relations.SEED: relations.added(seeds, own.relations)} if own.relations else {})


def _says_nothing(path: Path) -> bool:
    return path.name.startswith(_OF_PROGRAMS) or path.name.casefold() in BESIDE


def _said_beside(folder: Path) -> list[str]:
    """Return the names in the folder of local indicators that say nothing to the warehouse."""
    place = folder / indicators.FOLDER
    return [path.name for path in place.iterdir() if _says_nothing(path)] if place.is_dir() else []


def _files(folder: Path, kinds: Mapping[str, Kind], seeds: Iterable[str]) -> tuple[list[Path], list[str]]:
    """Return the overlay's files in the order of their names, and a sentence for each thing that is none."""
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        return [], [f"the folder cannot be read ({error.strerror}); correct its owner or mode, or its place."]
    paths, faults = [], []
    for path in found:
        if _says_nothing(path) or (path.name == indicators.FOLDER and path.is_dir()):
            continue
        if path.name in (*layouts.FILES, texts.FILE) and path.is_file():
            continue
        if path.name in kinds:
            paths.append(path)
        elif path.is_dir():
            faults.append(
                f"{shown(path.name)}: it is a folder, and an overlay holds files, and {indicators.FOLDER} alone;"
                f" {offer('', kinds)}"
            )
        elif path.name in seeds:
            faults.append(f"{path.name}: it is no file that a council lays over; {offer('', kinds)}")
        else:
            meant = nearest(path.name, kinds)
            says = f"did you mean {meant}?" if meant else offer(path.name, kinds)
            faults.append(f"{shown(path.name)}: no file of that name belongs into an overlay; {says}")
    return paths, faults


def _read_seed(text: str, kind: Kind) -> _Seed:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows = {key_of(row, kind): dict(row) for row in reader}
    return _Seed(list(reader.fieldnames or ()), rows)


def _lay_rows(name: str, rows: Iterable[Row], seed: _Seed, kind: Kind) -> tuple[list[Change], list[str]]:
    """Lay the rows over the seed, in place; return what each did, and a sentence for each that names no shipped row."""
    changes: list[Change] = []
    faults: list[str] = []
    names = {" ".join(key): key for key in seed.rows}
    for row in rows:
        key = key_of(row.values, kind)
        before = seed.rows.get(key)
        if before is None and (row.is_removed or kind.lays == "values"):
            meant = nearest(" ".join(key), names)
            says = f"did you mean {meant}?" if meant else "take the line out."
            faults.append(f"{name}, line {row.line}: there is no shipped row {shown(' '.join(key))}; {says}")
            continue
        if row.is_removed:
            del seed.rows[key]
            changes.append(Change("removed", " ".join(key), ()))
            continue
        after = {column: value for column, value in row.values.items() if value or kind.lays == "rows"}
        if before is None:
            seed.rows[key] = dict(after)
            changes.append(Change("added", " ".join(key), ()))
            continue
        differing = tuple((c, before[c], v) for c, v in after.items() if before[c] != v)
        before.update(after)
        changes.append(Change("replaced" if differing else "same", " ".join(key), differing))
    return changes, faults


def _mixed_up(name: str, rows: Iterable[Row], seed: _Seed, kind: Kind) -> list[str]:
    """Return a sentence for each row that says of a name what another row says otherwise."""
    if kind.apart is None:
        return []
    to, of = kind.apart
    rest = [column for column in kind.key if column != of]

    def named(values: Mapping[str, str], column: str) -> tuple[str, ...]:
        return (*(values[name] for name in rest), values[column])

    spelt = {named(row, of) for row in seed.rows.values()}
    counted = {named(row, to) for row in seed.rows.values()}
    faults = []
    for row in rows:
        if row.is_removed:
            continue
        if named(row.values, to) in spelt:
            faults.append(
                f"{name}, line {row.line}, column {to}: {shown(row.values[to])} is itself given as a {of}; name what it"
                " is counted under, or take one of the two out."
            )
        elif named(row.values, of) in counted:
            faults.append(
                f"{name}, line {row.line}, column {of}: {shown(row.values[of])} is the name under which others are"
                " counted; change or remove those rows too."
            )
    return faults


def _used_twice(name: str, rows: Iterable[Row], seed: _Seed, kind: Kind) -> list[str]:
    """Return a sentence for each value by which two rows would be known."""
    faults = []
    for column in kind.once:
        for row in rows:
            value, own = row.values[column], key_of(row.values, kind)
            others = [key for key, other in seed.rows.items() if key != own and (value in (other[column], *key))]
            if value and others:
                faults.append(
                    f"{name}, line {row.line}, column {column}: {shown(value)} already stands for"
                    f" {shown(' '.join(others[0]))}; write another, or leave it empty."
                )
    return faults


def _register_faults(seeds: Path, merged: Mapping[str, str], own: Iterable[str]) -> list[str]:
    """Return what the register as a whole says of the merged seeds, such as two targets on one day.

    own: codes of local indicators, of which it must say how their figures hang together with others.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in seeds.glob("*.csv"):
            (folder / path.name).write_bytes(path.read_bytes())
        for seed, text in merged.items():
            (folder / f"{seed}.csv").write_text(text, encoding="utf-8", newline="")
        try:
            register = load_register(folder)
        except CscWarehouseError as error:
            told = str(error).removeprefix("The register cannot be used: ").removesuffix(" and build again.")
            return [f"laid over the shipped rows the register does not hold together: {told}."]
    return relations.undeclared(register, own, indicators.FOLDER)


def _as_csv(seed: _Seed) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, seed.header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(seed.rows.values())
    return file.getvalue()
