"""How a council's own indicators hang together with others: added to the register, each fault told before a build."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from csc_warehouse import overlay
from csc_warehouse.errors import UsageError
from csc_warehouse.register import load_register
from csc_warehouse.settings import Settings, load_settings
from tests.support import local_indicator
from tests.support.local_indicator import CODE, MODEL, RELATIONS, SQL, row, write_rows

Spoil = Callable[[Path], object]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "home").mkdir()
    local_indicator.write_indicator(tmp_path / "overlay")
    return load_settings(home=tmp_path / "home").model_copy(update={"overlay": tmp_path / "overlay"})


def folder_of(settings: Settings) -> Path:
    assert settings.overlay is not None
    return settings.overlay / "indicators"


def laid_over(settings: Settings) -> overlay.Overlay:
    laid = overlay.in_force(settings)
    assert laid is not None
    return laid


HEADER, _, _ = RELATIONS.partition("contacts from")
ALONE = f"of its own,alone,1,{CODE},numerator,all,all,same\n"


def related(old: str, new: str) -> Spoil:
    assert old in RELATIONS
    return lambda folder: (folder / "figure_relations.csv").write_text(RELATIONS.replace(old, new), encoding="utf-8")


def test_relations_when_composed_then_stand_behind_the_shipped_ones(settings: Settings) -> None:
    laid = laid_over(settings)
    (file,) = (file for file in laid.said if file.name == "indicators/figure_relations.csv")
    assert (file.seed, file.count("added")) == ("figure_relations", 4)

    register = load_register(overlay.compose(settings, laid) / "seeds")

    shipped = load_register().figure_relations
    assert register.figure_relations[: len(shipped)] == shipped
    assert [
        (own.relation, own.comparison, own.coefficient, own.indicator_code, own.term, own.breakdown_value)
        for own in register.figure_relations[len(shipped) :]
    ] == [
        ("contacts from schools", "equal", 1, CODE, "numerator", "all"),
        ("contacts from schools", "equal", -1, "CON01", "numerator", "EDU"),
        ("contacts of the schools' share", "equal", 1, CODE, "denominator", "all"),
        ("contacts of the schools' share", "equal", -1, "CON01", "numerator", "all"),
    ]
    assert register.without_relations() == []


def test_overlay_when_only_a_relation_is_changed_then_it_is_another_one(settings: Settings) -> None:
    first = laid_over(settings).digest
    related("equal", "at_most")(folder_of(settings))
    assert laid_over(settings).digest != first


def test_indicator_when_it_is_said_to_be_alone_then_it_is_taken_at_its_word(settings: Settings) -> None:
    (folder_of(settings) / "figure_relations.csv").write_text(HEADER + ALONE, encoding="utf-8")
    register = load_register(overlay.compose(settings, laid_over(settings)) / "seeds")
    assert register.figure_relations[-1].comparison == "alone"


def test_indicator_when_it_is_not_about_children_then_it_needs_no_relation(settings: Settings) -> None:
    folder = folder_of(settings)
    (folder / "figure_relations.csv").unlink()
    write_rows(folder, row(is_about_children="false"))
    (folder / f"{MODEL}.sql").write_text(SQL.replace("int_contacts_counted", "fct_posts"), encoding="utf-8")
    assert "figure_relations" not in laid_over(settings).seeds


@pytest.mark.parametrize("said", ["false", "False", "no"])
@pytest.mark.parametrize(
    ("read", "named"),
    [
        ("int_contacts_counted", "fct_contacts"),
        ("fct_children_waiting", "fct_children_waiting"),
        ("dim_children", "dim_children"),
    ],
)
def test_indicator_when_it_counts_children_and_says_it_does_not_then_refused(
    settings: Settings, read: str, named: str, said: str
) -> None:
    folder = folder_of(settings)
    (folder / "figure_relations.csv").unlink()
    write_rows(folder, row(is_about_children=said))
    (folder / f"{MODEL}.sql").write_text(SQL.replace("int_contacts_counted", read), encoding="utf-8")
    with pytest.raises(UsageError) as error:
        overlay.lay(settings)
    assert f"indicators/indicators.csv, column is_about_children: {CODE} reads {named}, records of children" in str(
        error.value
    )


def put_folder(folder: Path) -> None:
    (folder / "figure_relations.csv").unlink()
    (folder / "figure_relations.csv").mkdir()


FAULTS: dict[str, tuple[Spoil, str]] = {
    "no relation of what is about children": (
        lambda folder: (folder / "figure_relations.csv").unlink(),
        "indicators/figure_relations.csv: no row names XCO01, which is about children, so its figures could reveal"
        " hidden ones; write what its numerator and its denominator have to do with figures that are published, as"
        " equal or at_most with 1 for XCO01 and -1 for the other, or, if it shares no term with any, one row with the"
        " comparison alone: relation,comparison,coefficient,indicator_code,",
    ),
    "a file of relations with a header alone": (
        related(RELATIONS, HEADER),
        "indicators/figure_relations.csv: no row names XCO01",
    ),
    "a relation with other columns": (
        related("breakdown_value", "group"),
        "indicators/figure_relations.csv, line 1, column group: there is no such column",
    ),
    "a relation of a code that is none": (
        related("-1,CON01,numerator,source", "-1,CON91,numerator,source"),
        "indicators/figure_relations.csv, line 3, column indicator_code: CON91 is no indicator of the register",
    ),
    "a relation of shipped figures alone": (
        related(
            RELATIONS,
            RELATIONS + "shipped,equal,1,CON02,denominator,all,all,same\n"
            "shipped,equal,-1,CON01,numerator,all,all,same\n",
        ),
        "figure_relations.csv, line 6, relation shipped: CON02 and CON01 are shipped, and one row at least must name a"
        " local indicator; correct its rows",
    ),
    "a shipped indicator that is said to be alone": (
        related(RELATIONS, RELATIONS + "shipped,alone,1,CON02,denominator,all,all,same\n"),
        "relation shipped: CON02 is shipped, and one row at least must name a local indicator",
    ),
    "a relation that is shipped": (
        related("contacts from schools,equal,1", "contacts from the police,equal,1"),
        "figure_relations.csv, line 2, column relation: contacts from the police is a shipped relation; give the",
    ),
    "a comparison that is none": (
        related("schools,equal,1", "schools,roughly,1"),
        "figure_relations.csv, line 2, column comparison: roughly is none of the words for it; there is equal",
    ),
    "a coefficient that is none": (
        related("schools,equal,1", "schools,equal,2"),
        "figure_relations.csv, line 2, column coefficient: 2 is none of the words for it",
    ),
    "a term that is none": (
        related(f"{CODE},denominator", f"{CODE},whole"),
        "figure_relations.csv, line 4, column term: whole is none of the words for it",
    ),
    "a term that it has not": (
        related("-1,CON01,numerator,all", "-1,CON01,denominator,all"),
        "figure_relations.csv, line 5: CON01 has no denominator; correct the row",
    ),
    "a breakdown that is none": (
        related("source,EDU", "colour,EDU"),
        "figure_relations.csv, line 3: colour is no breakdown of CON01; correct the row",
    ),
    "a breakdown without its group": (
        related("source,EDU", "source,all"),
        "figure_relations.csv, line 3: the whole of CON01 is the breakdown all with the value all; correct the row",
    ),
    "an empty group": (related("source,EDU", "source,"), "line 3, column breakdown_value: it is empty; write a value"),
    "a moment that is none": (
        related("EDU,same", "EDU,later"),
        "figure_relations.csv, line 3, column moment: later is none; write same, before, or as 12 months before",
    ),
    "a relation to what is not about children": (
        related("-1,CON01,numerator,all", "-1,FF01,numerator,all"),
        "figure_relations.csv, line 5: FF01 is not about children; correct the row",
    ),
    "a relation with two comparisons": (
        related("schools,equal,-1", "schools,at_most,-1"),
        "figure_relations.csv, line 2, relation contacts from schools: it has several comparisons; correct its rows",
    ),
    "a relation with one row": (
        related("share,equal,-1", "other share,equal,-1"),
        "line 4, relation contacts of the schools' share: an indicator that is alone, and no other, has one row",
    ),
    "a relation of other times": (
        related("all,all,same", "all,all,before"),
        "line 4, relation contacts of the schools' share: at least one of its members is of the same period",
    ),
    "a row of a relation twice": (
        related(
            "contacts of the schools' share,equal,1,XCO01,denominator", "contacts from schools,equal,1,XCO01,numerator"
        ),
        "line 4: contacts from schools equal 1 XCO01 numerator all all same stands on line 2 already",
    ),
    "alone, and not": (
        related(RELATIONS, RELATIONS + ALONE),
        "figure_relations.csv, line 6: XCO01 is said to be alone, and stands in another relation too; take this row",
    ),
    "a relation that is not written": (
        related("contacts from schools,equal,1", "(to be written),equal,1"),
        "figure_relations.csv, line 2: still to be written: relation; correct the row",
    ),
    "a code that is not in the register of the folder": (
        write_rows,
        "figure_relations.csv, line 2, column indicator_code: XCO01 is no indicator of the register",
    ),
    "a folder in its place": (
        put_folder,
        "indicators/figure_relations.csv: it is no file; put a CSV file of that name in its place",
    ),
}


@pytest.mark.parametrize(("spoil", "sentence"), FAULTS.values(), ids=FAULTS)
def test_fault_when_laid_then_one_sentence_says_where_and_what_to_do(
    settings: Settings, spoil: Spoil, sentence: str
) -> None:
    spoil(folder_of(settings))
    with pytest.raises(UsageError) as error:
        overlay.lay(settings)
    told = str(error.value)
    assert sentence in told, told
    assert told.startswith(f"The overlay {settings.overlay} cannot be used, and nothing was built: indicators/")
    assert told[-1] in ".?"
    assert not list(settings.home.iterdir())


def test_row_of_the_register_when_it_has_a_fault_then_its_relations_are_not_blamed(settings: Settings) -> None:
    write_rows(folder_of(settings), row(owner="(to be written)"))
    with pytest.raises(UsageError, match="still to be written: owner") as error:
        overlay.lay(settings)
    assert "figure_relations.csv" not in str(error.value)
