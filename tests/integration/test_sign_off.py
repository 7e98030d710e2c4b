"""From the question to the frozen figures and the report: on a copy of a finished night, which others go on reading."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from csc_warehouse import layouts, stewardship, texts, upkeep
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.reporting import committee
from csc_warehouse.settings import Config, MaintenanceConfig, Settings, SignOffConfig
from csc_warehouse.warehouse import Warehouse, cluster, open_warehouse
from tests.conftest import Night
from tests.support.browser import chromium, opened, violations
from tests.support.debian import needs_program
from tests.support.noting import noted

WREXHAM = "W06000006"
PERIOD = "2018/19 H1"
REVISED = {"indicator_code": "CON01", "period_label": "2017/18 Q2"}


@dataclass(frozen=True)
class Copy:
    """A copy of the finished night's database, with a home of its own."""

    settings: Settings
    warehouse: Warehouse
    release_id: int

    def one(self, statement: str, **parameters: Any) -> Any:
        with self.warehouse.transaction() as connection:
            return connection.execute(text(statement), parameters).one()


@pytest.fixture(scope="module")
def copy(sample_night: Night, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """Yield the copy, in which one figure was signed long ago as something else."""
    administration = sample_night.warehouse.url.set(drivername="postgresql", database="postgres")
    with psycopg.connect(administration.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("drop database if exists signing")
        connection.execute(f'create database signing template "{sample_night.warehouse.url.database}"')
    settings = sample_night.settings.model_copy(
        update={
            "home": sample_night.with_its_archive(tmp_path_factory.mktemp("home")),
            "database_url": sample_night.warehouse.url.set(database="signing").render_as_string(hide_password=False),
        }
    )
    warehouse = open_warehouse(settings)
    release_id = int(sample_night.result["built"]["release_id"])
    with warehouse.transaction() as connection:
        connection.execute(
            text(
                "insert into quality.signed_figures (decision_id, release_id, profile, authority_code, indicator_code,"
                " period_type, period_label, breakdown, breakdown_value, value, display, status, signed_by, signed_at,"
                " note, code_version)"
                " select quality.record_decision('sign_off', 'Ann Price', 'Seen', authority_code), 0, profile,"
                " authority_code, indicator_code, period_type, period_label, breakdown, breakdown_value, value - 1,"
                " 'before', 'final', 'Ann Price', now(), 'Seen', 'test'"
                " from reporting.rpt_scorecard where profile = 'committee' and indicator_code = :indicator_code"
                " and period_label = :period_label"
            ),
            REVISED,
        )
    yield Copy(settings, warehouse, release_id)
    warehouse.engine.dispose()
    with psycopg.connect(administration.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("drop database signing with (force)")


def test_signer_when_the_form_names_one_then_stands_with_role_and_account(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_by: list[str] = []
    monkeypatch.setattr(stewardship, "sign_off", lambda *_, by, **__: noted(signed_by, by, 1))
    question = {"release_id": 1, "authority_code": WREXHAM}
    for typed in ("A. Jones, Head of Service", " Siân  Ŵyn,\nLead ", "", None):
        response = _answer("Approve", by="reviewer")
        response["params_input"] |= {"name_and_role": typed, "revision_reason": None}
        stewardship.answer(question, response, settings=copy.settings)
    assert signed_by == [
        "A. Jones, Head of Service",
        "Siân Ŵyn, Lead",
        "reviewer",
        "reviewer",
    ]


def test_release_when_readers_see_another_then_whoever_signs_is_told(copy: Copy) -> None:
    assert stewardship.doubts_about_signing(copy.release_id, WREXHAM, settings=copy.settings) == []
    with pytest.raises(CscWarehouseError, match=f"There is no release 77 of Wrexham .*there is {copy.release_id}"):
        stewardship.doubts_about_signing(77, WREXHAM, settings=copy.settings)
    with copy.warehouse.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(
            text(
                "insert into release.releases (release_id, run_id, code_version, state) overriding system value"
                " values (901, 'later', 'test', 'published')"
            )
        )
        connection.execute(
            text(
                "insert into quality.publications values"
                " (901, :authority, '2019-01-07', 'published', null, now(), 'test', 'test')"
            ),
            {"authority": WREXHAM},
        )
        connection.execute(
            text("update release.pointer set release_id = 901 where authority_code = :authority"),
            {"authority": WREXHAM},
        )
        transaction.commit()
    try:
        for authority in (WREXHAM, None):
            assert stewardship.doubts_about_signing(copy.release_id, authority, settings=copy.settings) == [
                f"Readers no longer see release {copy.release_id} of Wrexham: they see release 901, as at"
                " 07 January 2019."
            ]
    finally:
        with copy.warehouse.transaction() as connection:
            connection.execute(
                text("update release.pointer set release_id = :release where authority_code = :authority"),
                {"release": copy.release_id, "authority": WREXHAM},
            )
            connection.execute(text("delete from quality.publications where release_id = 901"))
            connection.execute(text("delete from release.releases where release_id = 901"))


def _answer(option: str, *, by: str = "Jo Bell", reason: str = "") -> dict[str, Any]:
    return {
        "chosen_options": [option],
        "params_input": {"note": "Read with the board", "revision_reason": reason},
        "responded_by_user": {"id": "2", "name": by},
    }


@pytest.fixture(scope="module")
def asked(copy: Copy) -> dict[str, Any]:
    """Ask, while nothing is signed yet; an author has written a note, and taken another one out."""
    write = partial(stewardship.write_report_note, by="Siân Ŵyn, Lead", settings=copy.settings)
    for section, says in (("assessments", "Two posts were filled.\n\n<b>By June.</b>"), ("budget", "To be said.")):
        write(PERIOD.lower(), section, says)
    write(PERIOD, "assessments", "Llenwyd dwy swydd.", language="cy")
    write(PERIOD, "workforce", "Posts are advertised.")
    write(PERIOD, "budget", "Said elsewhere", is_removed=True)
    return stewardship.what_to_sign(settings=copy.settings)


@pytest.fixture(scope="module")
def signed(copy: Copy, asked: dict[str, Any]) -> dict[str, Any]:
    """Let the release be rejected, and then signed."""
    rejected = stewardship.answer(asked, _answer("Reject"), settings=copy.settings)
    assert rejected["is_signed"] is False
    assert "did not sign" in rejected["sentence"]
    assert "trigger publish_report again" in rejected["sentence"]
    assert stewardship.report_of_decision(rejected, settings=copy.settings) == []
    assert copy.one("select count(*) from quality.signed_figures where release_id > 0") == (0,)
    with pytest.raises(CscWarehouseError, match="give the reason for the revision"):
        stewardship.answer(asked, _answer("Approve"), settings=copy.settings)
    return stewardship.answer(asked, _answer("Approve", reason="Late entries"), settings=copy.settings)


def test_question_when_asked_then_tells_verdict_grades_and_revisions(copy: Copy, asked: dict[str, Any]) -> None:
    assert asked["release_id"] == copy.release_id
    assert asked["subject"] == (
        "Sign the figures of April 2018 to September 2018 (2018/19 H1) for Wrexham, as at 31 December 2018"
        f" (release {copy.release_id})?"
    )
    assert (asked["period"], asked["revised"]) == ("2018/19 H1", 1)
    report = f"warehouse/committee/to-sign/{WREXHAM}/2018-19-H1-release-{copy.release_id}.html"
    assert f"]({report})" in asked["body"]
    page = copy.settings.reports / report.removeprefix("warehouse/")
    assert "Working copy: nobody has signed these figures off." in page.read_text()
    assert "None: no figure that was signed off before has changed" not in page.read_text()
    headings = [line for line in asked["body"].splitlines() if line.startswith("## ")]
    assert headings == [
        "## What to read first",
        "## What the checks found",
        "## How far the figures can be trusted",
        "## What was signed before and changes",
        "## What happens next",
    ]
    assert "1 figure that was signed before differs" in asked["body"]
    (now,) = copy.one(
        "select display from reporting.rpt_scorecard where profile = 'committee' and indicator_code = :indicator_code"
        " and period_label = :period_label",
        **REVISED,
    )
    assert f"| 2017/18 Q2 | before | {now} |" in asked["body"]
    assert len(asked["body"]) < 10_000


def test_release_when_approved_then_frozen_under_the_name_with_its_revision(copy: Copy, signed: dict[str, Any]) -> None:
    assert signed["is_signed"] is True
    people, notes, revised = copy.one(
        "select array_agg(distinct signed_by), array_agg(distinct note), count(revision_reason)"
        " from quality.signed_figures where release_id = :release",
        release=copy.release_id,
    )
    assert (people, notes, revised) == (["Jo Bell"], ["Read with the board"], 1)
    with pytest.raises(CscWarehouseError, match=r"was signed by Jo Bell \(.* Airflow account Jo Bell\) on"):
        stewardship.what_to_sign(settings=copy.settings)


def test_decisions_when_taken_then_stand_in_the_journal_once(copy: Copy, signed: dict[str, Any]) -> None:
    from csc_warehouse.landing.recording.journal import Journal

    assert signed["is_signed"]
    assert stewardship.journal_decisions(copy.warehouse) == 0
    lines = [line for line in Journal(copy.settings.archive).read() if line["event"] == "decision"]
    assert [(line["kind"], line["person"]) for line in lines] == [
        ("sign_off", "Ann Price"),
        *[("report_note", "Siân Ŵyn, Lead")] * 5,
        ("reject", "Jo Bell"),
        ("sign_off", "Jo Bell"),
    ]
    assert len(list((copy.settings.archive / "signed").iterdir())) == 2
    assert stewardship.restore_decisions(copy.warehouse) == 0


@needs_program("chromium", package="chromium")
def test_report_when_written_twice_then_byte_for_byte_the_same_and_accessible(
    copy: Copy, signed: dict[str, Any], tmp_path: Path
) -> None:
    first = stewardship.report_of_decision(signed, PERIOD, settings=_configured(copy, report_formats=("html", "csv")))
    again = stewardship.write_report(PERIOD, tmp_path, settings=copy.settings)
    name = f"2018-19-H1-release-{copy.release_id}"
    assert [Path(path).name for path in first] == [f"{name}.html", f"{name}.cy.html", f"{name}.csv"]
    assert [Path(path).read_bytes() for path in first] == [Path(path).read_bytes() for path in again]
    page = Path(first[0]).read_text()
    assert "Signed off by Jo Bell" in page
    assert "Cymeradwywyd gan Jo Bell" in Path(first[1]).read_text(encoding="utf-8")
    assert "Working copy" not in page
    assert 'data-label="Reason">Late entries</td>' in page
    # its two quarters and the half year itself, in this order
    assert page.index("2018/19 Q1</th>") < page.index("2018/19 Q2</th>") < page.index("2018/19 H1</th>")
    with chromium() as browser, opened(browser, Path(first[0])) as (shown, requested):
        assert violations(shown) == []
        assert requested == []


def test_signed_report_when_a_later_version_writes_it_then_names_the_code_that_was_signed(
    copy: Copy, signed: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert signed["is_signed"]
    before = stewardship.write_report(PERIOD, tmp_path / "before", settings=copy.settings)
    monkeypatch.setattr("csc_warehouse.version.code_version", lambda: "9.9.9")
    later = _configured(copy, code_address="https://elsewhere.example/csc")
    after = stewardship.write_report(PERIOD, tmp_path / "after", settings=later)
    assert [Path(path).read_bytes() for path in before] == [Path(path).read_bytes() for path in after]
    with copy.warehouse.transaction() as connection:
        made_by = connection.execute(
            text("select code_version from quality.signed_figures where release_id = :release limit 1"),
            {"release": copy.release_id},
        ).scalar()
    assert made_by
    assert f"Made by csc-warehouse {made_by}." in Path(after[0]).read_text(encoding="utf-8")


def test_signed_report_when_layout_and_words_change_then_is_served_as_it_was_written(
    copy: Copy, signed: dict[str, Any], tmp_path: Path
) -> None:
    assert signed["is_signed"]
    before = stewardship.write_report(PERIOD, tmp_path / "before", settings=copy.settings)
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / layouts.FILE).write_text("order: [budget]\n", encoding="utf-8")
    later = copy.settings.model_copy(update={"overlay": overlay})
    (overlay / texts.FILE).write_text("report:\n  chapter:\n    answer: {en: New words}\n", encoding="utf-8")
    after = stewardship.write_report(PERIOD, tmp_path / "after", settings=later)
    assert [Path(path).read_bytes() for path in before] == [Path(path).read_bytes() for path in after]
    # another half year of the same release was not written yet: it has the layout of the day it was signed
    other = stewardship.write_report("2017/18 H1", tmp_path / "other", settings=later)[0]
    assert 'id="front_of_house"' in (shown := Path(other).read_text(encoding="utf-8"))
    assert "New words" not in shown


def test_notes_of_authors_when_written_before_the_signature_then_stand_in_the_report_and_later_ones_do_not(
    copy: Copy, signed: dict[str, Any], tmp_path: Path
) -> None:
    assert signed["is_signed"]
    stewardship.write_report_note(PERIOD, "reviews", "Written after.", by="Siân Ŵyn, Lead", settings=copy.settings)
    with copy.warehouse.transaction() as connection:
        # as a later version would build it, were it not kept
        chosen = committee.choose(connection, copy.warehouse, PERIOD, copy.release_id, WREXHAM)
        report = committee.read(connection, copy.warehouse, chosen)
        unsigned = committee.read(connection, copy.warehouse, replace(chosen, signatures=()))
    noted = {chapter.key: chapter.note for chapter in report.chapters if chapter.note}
    assert {key: (note.paragraphs, note.by) for key, note in noted.items()} == {
        "assessments": (("Two posts were filled.", "<b>By June.</b>"), "Siân Ŵyn, Lead"),
        "workforce": (("Posts are advertised.",), "Siân Ŵyn, Lead"),
    }
    assert {chapter.key for chapter in unsigned.chapters if chapter.note} == {"assessments", "reviews", "workforce"}
    written = stewardship.write_report(PERIOD, tmp_path, settings=copy.settings)[:2]
    page, welsh = (Path(path).read_text(encoding="utf-8") for path in written)
    assert "<p>&lt;b&gt;By June.&lt;/b&gt;</p>" in page
    assert all(says in welsh for says in ("<p>Llenwyd dwy swydd.</p>", '<span lang="en">Posts are advertised.</span>'))
    assert "Written after." not in page
    with pytest.raises(UsageError, match=r"--section reviws is not known\. Did you mean reviews\?"):
        stewardship.write_report_note(PERIOD, "reviws", "x", by="Siân Ŵyn, Lead", settings=copy.settings)
    with pytest.raises(CscWarehouseError, match="No note stands at the section budget of 2018/19 H1"):
        stewardship.write_report_note(PERIOD, "budget", "Twice", by="A", is_removed=True, settings=copy.settings)
    with pytest.raises(UsageError, match="The text has 5,001 characters"):
        stewardship.write_report_note(PERIOD, "reviews", "x" * 5001, by="Siân Ŵyn, Lead", settings=copy.settings)


def test_report_when_compared_with_reporting_then_says_what_readers_see(
    copy: Copy, signed: dict[str, Any], tmp_path: Path
) -> None:
    assert signed["is_signed"]
    *_, data = stewardship.write_report(PERIOD, tmp_path, settings=copy.settings)
    with Path(data).open(encoding="utf-8", newline="") as file:
        printed = {
            (row["indicator_code"], row["period_label"]): (row["display"], row["grade"]) for row in csv.DictReader(file)
        }
    with copy.warehouse.transaction() as connection:
        rows = connection.execute(
            text(
                "select indicator_code, period_label, coalesce(display, ''), coalesce(grade, '')"
                " from reporting.rpt_scorecard where profile = 'committee' and authority_code = :authority"
                " and period_label in ('2018/19 Q1', '2018/19 Q2', '2018/19 H1')"
            ),
            {"authority": WREXHAM},
        ).all()
    assert len(rows) > 100
    # the others are for the safeguarding board's paper
    ours = layouts.load()
    assert printed == {(row[0], row[1]): (row[2], row[3]) for row in rows if ours.holds(str(row[0]))}


def test_report_when_nobody_signed_or_nothing_is_there_then_says_so(
    copy: Copy, signed: dict[str, Any], tmp_path: Path
) -> None:
    assert signed["is_signed"]
    with pytest.raises(CscWarehouseError, match="has no figures of 1999/00 H1"):
        stewardship.write_report("1999/00 H1", tmp_path, settings=copy.settings)
    with pytest.raises(CscWarehouseError, match="There is no release 999"):
        stewardship.write_report(PERIOD, tmp_path, release_id=999, settings=copy.settings)


def _configured(copy: Copy, **sections: Any) -> Settings:
    return copy.settings.model_copy(update={"config": Config(**sections)})


@pytest.mark.parametrize(
    ("response", "sentence"),
    [
        (_answer("Approve", by="intruder"), "intruder may not sign"),
        (_answer("Approve", by=""), "Nobody answered"),
        ({**_answer("Approve"), "responded_by_user": None}, "Nobody answered"),
    ],
)
def test_answer_when_not_from_a_named_lead_then_nothing_is_signed(
    copy: Copy, response: dict[str, Any], sentence: str
) -> None:
    settings = _configured(copy, sign_off=SignOffConfig(accounts=("lead",)))
    question = {"release_id": copy.release_id, "authority_code": WREXHAM}
    with pytest.raises(UsageError, match=sentence):
        stewardship.answer(question, response, settings=settings)


def test_held_release_when_asked_about_then_nobody_is_asked(copy: Copy) -> None:
    with copy.warehouse.transaction() as connection:
        connection.execute(
            text(
                "insert into release.releases (release_id, run_id, code_version, state) overriding system value"
                " values (900, 'r', 'test', 'held')"
            )
        )
        connection.execute(
            text(
                "insert into quality.publications values"
                " (900, :authority, '2018-12-31', 'held', 'Contacts fell.', null, null, 'test')"
            ),
            {"authority": WREXHAM},
        )
    with pytest.raises(CscWarehouseError, match=r"There is no release 77 of Wrexham \(W06000006\): there is 900"):
        stewardship.what_to_sign(77, settings=copy.settings)
    with pytest.raises(CscWarehouseError, match="nobody can sign it"):
        stewardship.what_to_sign(900, settings=copy.settings)
    with pytest.raises(CscWarehouseError, match="cannot be signed"):
        stewardship.sign_off(900, by="Jo Bell", note="Fine", authority_code=WREXHAM, settings=copy.settings)
    with pytest.raises(CscWarehouseError, match="was held or not published"):
        stewardship.write_report(PERIOD, release_id=900, settings=copy.settings)


def test_maintenance_when_run_then_keeps_the_latest_backups_alone(
    copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in ("2018-12-28", "2018-12-29", "2018-12-30"):
        (tmp_path / f"csc-warehouse-{day}.tar").touch()
    (tmp_path / "something-else.tar").touch()
    settings = _configured(copy, maintenance=MaintenanceConfig(backup_folder=tmp_path, keep_backups=2))
    # the copy lies in the embedded cluster, whose programs fit its version
    monkeypatch.setenv("PATH", str(cluster.binaries()), prepend=os.pathsep)
    found = {step["step"]: step for step in upkeep.maintain("2018-12-31", settings=settings)}
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "csc-warehouse-2018-12-30.tar",
        "csc-warehouse-2018-12-31.tar",
        "something-else.tar",
    ]
    assert (tmp_path / "csc-warehouse-2018-12-31.tar").stat().st_size > 100_000
    assert found["releases"]["sentence"] == "0 releases expired."
    assert found["backup"]["sentence"] == "csc-warehouse-2018-12-31.tar was written, and 2 older backups were removed."
    with open_warehouse(settings).engine.connect() as connection:
        proofs = connection.execute(
            text("select file_name, rule, removed_by from landing.retention_proofs where holding = 'backup' order by 1")
        ).all()
    assert [tuple(proof) for proof in proofs] == [
        (f"csc-warehouse-2018-12-{number}.tar", "maintenance.keep_backups = 2", "maintain_warehouse")
        for number in (28, 29)
    ]
