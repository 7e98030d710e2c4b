"""The bill of materials and the audit: every locked package, once, and each advisory that is about one."""

from __future__ import annotations

import json
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY
from tests.architecture.test_requirements import locked

sys.path.insert(0, str(PROJECT_DIRECTORY / "scripts"))

import audit
import sbom

MADE_UP = """\
alpha==1.2.3 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via
    #   beta-core
    #   csc-warehouse (pyproject.toml)
beta-core[extra]==2.0 ; python_version >= '3.11' \\
    --hash=sha256:{c}
    # via csc-warehouse (pyproject.toml)
""".format(a="a" * 64, b="b" * 64, c="c" * 64)


@pytest.fixture
def made_up(tmp_path: Path) -> list[sbom.Locked]:
    path = tmp_path / "some.lock"
    path.write_text(MADE_UP, encoding="utf-8")
    return sbom.read_lock(path)


def _advisory(name: str, *, versions: list[str] | None = None, events: list[dict[str, str]] | None = None) -> Any:
    affected: dict[str, Any] = {"package": {"ecosystem": "PyPI", "name": name}}
    if versions:
        affected["versions"] = versions
    if events:
        affected["ranges"] = [{"type": "ECOSYSTEM", "events": events}]
    return {"id": f"TEST-{name}", "summary": "It can\n be crashed", "affected": [affected]}


def test_lock_when_read_then_versions_hashes_and_who_needs_what(made_up: list[sbom.Locked]) -> None:
    assert [(p.name, p.version, p.marker, len(p.hashes), p.needed_by) for p in made_up] == [
        ("alpha", "1.2.3", None, 2, ["beta-core", "csc-warehouse"]),
        ("beta-core", "2.0", "python_version >= '3.11'", 1, ["csc-warehouse"]),
    ]


def test_lock_when_a_line_pins_nothing_then_its_number_is_said(tmp_path: Path) -> None:
    path = tmp_path / "some.lock"
    path.write_text("alpha>=1\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"some\.lock, line 1"):
        sbom.read_lock(path)


def test_bill_when_written_then_holds_what_needs_what_and_is_the_same_again(made_up: list[sbom.Locked]) -> None:
    bill = sbom.bill(made_up, "1.0.0")
    needs = {entry["ref"]: entry["dependsOn"] for entry in bill["dependencies"]}
    assert needs == {
        "pkg:pypi/alpha@1.2.3": [],
        "pkg:pypi/beta-core@2.0": ["pkg:pypi/alpha@1.2.3"],
        "pkg:pypi/csc-warehouse@1.0.0": ["pkg:pypi/alpha@1.2.3", "pkg:pypi/beta-core@2.0"],
    }
    assert bill == sbom.bill(made_up, "1.0.0")
    assert bill["serialNumber"] != sbom.bill(made_up, "1.0.1")["serialNumber"]


def test_bill_when_made_of_the_lock_then_every_package_once_with_hashes_and_a_reason_to_be_there() -> None:
    packages = sbom.read_lock(sbom.LOCK)
    assert {p.name: p.version for p in packages} == {
        sbom.normal(name): version for name, version in locked("requirements.lock").items()
    }
    assert len({p.purl for p in packages}) == len(packages)
    # of what is locked more than once, each says where it counts
    names = Counter(p.name for p in packages)
    assert [p.name for p in packages if names[p.name] > 1 and not p.marker] == []
    assert [p.name for p in packages if not p.hashes or not p.needed_by] == []
    bill = sbom.bill(packages, "1.0.0")
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    known = {component["bom-ref"] for component in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    assert {ref for entry in bill["dependencies"] for ref in (entry["ref"], *entry["dependsOn"])} == known
    # what is installed here says its licence for nearly all of them
    silent = [component["name"] for component in bill["components"] if not component["licenses"]]
    assert len(silent) < 0.2 * len(packages)


@pytest.mark.parametrize(
    ("version", "versions", "events", "is_in", "mended"),
    [
        ("1.2.3", ["1.2.3"], None, True, None),
        ("1.2.3", ["1.2.4"], None, False, None),
        ("1.2.3", None, [{"introduced": "0"}, {"fixed": "1.2.3"}], False, None),
        ("1.2.3", None, [{"introduced": "0"}, {"fixed": "1.10"}], True, "1.10"),
        ("1.2.3", None, [{"introduced": "1.3"}, {"fixed": "1.10"}], False, None),
        ("1.2.3", None, [{"introduced": "1.0"}, {"last_affected": "1.2.3"}], True, None),
        ("1.2.4", None, [{"introduced": "1.0"}, {"last_affected": "1.2.3"}], False, None),
        ("2.5", None, [{"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.6"}], True, "2.6"),
        ("1.7", None, [{"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.6"}], False, None),
    ],
)
def test_version_when_compared_with_an_advisory_then_as_its_ranges_say(
    version: str, versions: list[str] | None, events: list[dict[str, str]] | None, is_in: bool, mended: str | None
) -> None:
    [affected] = _advisory("alpha", versions=versions, events=events)["affected"]
    assert audit.is_affected(version, affected) == (is_in, mended)


@pytest.mark.parametrize("is_zip", [False, True])
def test_audit_when_an_advisory_is_about_a_locked_package_then_one_sentence_names_it(
    made_up: list[sbom.Locked], tmp_path: Path, *, is_zip: bool
) -> None:
    known = [
        _advisory("Beta.Core", events=[{"introduced": "0"}, {"fixed": "2.1"}]),
        {**_advisory("alpha", versions=["1.2.3"]), "withdrawn": "2019-01-01T00:00:00Z"},
        _advisory("gamma", versions=["1.2.3"]),
    ]
    source = tmp_path / "advisories"
    source.mkdir()
    for number, entry in enumerate(known):
        (source / f"{number}.json").write_text(json.dumps(entry), encoding="utf-8")
    if is_zip:
        packed = tmp_path / "all.zip"
        with zipfile.ZipFile(packed, "w") as target:
            for path in source.iterdir():
                target.write(path, path.name)
        source = packed
    count, found = audit.hits({"some.lock": made_up}, source)
    assert count == 2
    assert [str(hit) for hit in found] == [
        "some.lock: beta-core 2.0 is in TEST-Beta.Core (It can be crashed); mended in 2.1."
    ]


def test_audit_when_there_is_nothing_to_compare_with_then_claims_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "relations.json").write_text("[1, 2]")
    (tmp_path / "settings.json").write_text('{"name": "no advisory"}')
    for source in (tmp_path, tmp_path / "absent", ""):
        monkeypatch.setattr("sys.argv", ["audit.py", str(source)])
        assert audit.main() == 2
        assert "nothing was compared" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ([{"introduced": "0"}, {"fixed": "0.dev-foo"}], "(invalid version: '0.dev-foo')"),
        ([{"introduced": "some day"}], "(invalid version: 'some day')"),
        ([{"introduced": 1}], "not written as OSV's format has them"),
        ("2.1", "not written as OSV's format has them"),
    ],
)
def test_audit_when_an_advisory_cannot_be_compared_then_a_person_is_sent_to_it_and_the_others_are_compared(
    made_up: list[sbom.Locked],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    events: Any,
    says: str,
) -> None:
    known = [_advisory("alpha", events=events), _advisory("beta-core", versions=["2.0"])]
    for number, entry in enumerate(known):
        (tmp_path / f"{number}.json").write_text(json.dumps(entry), encoding="utf-8")
    monkeypatch.setattr(audit, "LOCKS", (tmp_path / "some.lock",))
    monkeypatch.setattr(audit, "read_lock", lambda _: made_up)
    monkeypatch.setattr("sys.argv", ["audit.py", str(tmp_path)])
    assert audit.main() == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "alpha 1.2.3 is to be looked at by hand: TEST-alpha (It can be crashed) is about it" in told
    assert says in told
    assert "beta-core 2.0 is in TEST-beta-core" in told
    assert "2 advisories read; 2 are about a locked package." in told


@pytest.mark.parametrize("name", ["broken.json", "no.zip", "cut.zip", "other.zip"])
def test_audit_when_advisories_cannot_be_read_then_one_sentence_says_so_and_nothing_is_claimed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    source = tmp_path / name
    if name == "broken.json":
        source.write_bytes(b'{"id": "TEST-\xff')
        source = tmp_path
    elif name == "no.zip":
        source.write_text("<html>not found</html>")
    else:
        with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("1.json", json.dumps(_advisory("alpha", versions=["1.2.3"])) if name == "cut.zip" else "{")
        if name == "cut.zip":
            content = bytearray(source.read_bytes())
            content[40:60] = bytes(20)
            source.write_bytes(content)
    monkeypatch.setattr("sys.argv", ["audit.py", str(source)])
    assert audit.main() == 2
    said = capsys.readouterr()
    told = " ".join(said.err.split())
    assert "fetch" in told
    assert told.endswith("Nothing was compared.")
    assert said.out == ""
