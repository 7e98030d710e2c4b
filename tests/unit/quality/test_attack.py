"""The attack at the exit: what it finds in rows as they would be published, and what it takes for protected."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from csc_warehouse.quality.attack import Attack, Findings
from csc_warehouse.quality.attack_equations import Published
from csc_warehouse.quality.attack_known import Floats
from csc_warehouse.quality.attack_solver import Minimiser
from csc_warehouse.register import load_register

REGISTER = load_register()
MONTH = (datetime.date(2018, 4, 1), datetime.date(2018, 4, 30))
MONTHS = {
    "2018-04": MONTH,
    "2018-05": (datetime.date(2018, 5, 1), datetime.date(2018, 5, 31)),
    "2018-06": (datetime.date(2018, 6, 1), datetime.date(2018, 6, 30)),
}
QUARTER = (datetime.date(2018, 4, 1), datetime.date(2018, 6, 30))


def row(
    code: str,
    numerator: float,
    denominator: float | None = None,
    *,
    group: tuple[str, str] = ("all", "all"),
    period: tuple[str, str] = ("month", "2018-04"),
    span: tuple[datetime.date, datetime.date] = MONTH,
) -> Published:
    value = numerator if denominator is None else 100 * numerator / denominator
    return Published(code, *period, *group, *span, numerator, denominator, numerator, denominator, value)


def hidden(shown: Published, *, keeps_value: bool = False) -> Published:
    value = round(shown.shown_value or 0, 1) if keeps_value else None
    return replace(shown, shown_numerator=None, shown_denominator=None, shown_value=value)


def attacked(*rows: Published, profile: str = "open", **held: list[Published] | list[list[Published]]) -> Findings:
    return Attack(rows, REGISTER, profile, width=5, smallest=5, **held).run()  # type: ignore[arg-type]


def sources(*numbers: float) -> list[Published]:
    names = ("HOU", "CRT", "unknown", "FAM", "EDU", "HEA")
    return [row("CON05", n, group=("source", name)) for n, name in zip(numbers, names, strict=False)]


def test_one_hidden_group_is_found_and_could_have_been_protected() -> None:
    first, *others = sources(3, 9, 20)
    found = attacked(row("CON05", 32), hidden(first), *others)
    assert (found.small_numbers, found.exact, found.too_narrow, found.unprotected) == (1, 1, 1, 1)
    assert found.examples == ("CON05 by source, HOU, 2018-04",)


def test_five_hidden_groups_that_sum_to_five_are_found() -> None:
    found = attacked(row("CON05", 5), *(hidden(one) for one in sources(1, 1, 1, 1, 1)))
    assert (found.exact, found.unprotected) == (5, 5)


def test_two_hidden_groups_with_room_between_them_are_safe() -> None:
    one, other, shown = sources(3, 9, 20)
    assert attacked(row("CON05", 32), hidden(one), hidden(other), shown).too_narrow == 0


def test_a_percentage_beside_two_hidden_counts_is_found() -> None:
    # 90% of 40 are in time, so that 4 of the 40 are late
    in_time = row("ASM04", 36, 40)
    found = attacked(in_time, hidden(row("ASM05", 40)), hidden(row("ASM06", 4)))
    assert (found.exact, found.unprotected) == (1, 1)
    assert attacked(hidden(in_time), hidden(row("ASM05", 40)), hidden(row("ASM06", 4))).too_narrow == 0


def test_one_number_under_two_labels_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    questions: list[object] = []
    asked = Minimiser.minimise

    def noted(minimiser: Minimiser, objective: Floats) -> Floats | None:
        questions.append(objective)
        return asked(minimiser, objective)

    monkeypatch.setattr(Minimiser, "minimise", noted)
    month = hidden(row("LAC06", 3))
    quarter = replace(month, period_type="quarter", period_label="2018/19 Q1", start=datetime.date(2018, 2, 1))
    assert attacked(month).small_numbers == 1
    of_one = len(questions)
    assert attacked(month, quarter).small_numbers == 2
    assert 0 < of_one == len(questions) - of_one


def test_one_day_under_two_labels_is_found() -> None:
    other = row("LAC06", 3, period=("quarter", "2018/19 Q1"), span=(datetime.date(2018, 2, 1), MONTH[1]))
    assert attacked(hidden(row("LAC06", 3)), hidden(other)).too_narrow == 0
    assert attacked(hidden(row("LAC06", 3)), other).small_numbers == 1
    assert attacked(hidden(row("LAC06", 3)), other).exact == 1


@pytest.mark.parametrize(("digits", "is_told"), [(True, True), (False, False)])
def test_a_percentage_to_one_decimal_beside_its_denominator_tells_the_numerator(digits: bool, is_told: bool) -> None:
    share = hidden(row("CON02", 3, 40), keeps_value=digits)
    found = attacked(share, row("CON01", 40), profile="committee")
    assert (found.exact > 0) == is_told


def months(*numbers: float) -> list[Published]:
    return [
        row("CON05", number, period=("month", label), span=span)
        for number, (label, span) in zip(numbers, MONTHS.items(), strict=False)
    ]


def test_one_hidden_month_of_a_quarter_is_found_only_where_all_its_months_are_published() -> None:
    quarter = row("CON05", 32, period=("quarter", "2018/19 Q1"), span=QUARTER)
    april, may, june = months(3, 9, 20)
    assert attacked(hidden(april), may, june, quarter).exact == 1
    # history that begins in May: the quarter has a part that nobody has
    late = hidden(row("CON05", 4, period=("month", "2018-05"), span=MONTHS["2018-05"]))
    assert attacked(late, june, quarter).exact == 0


def test_what_the_council_prints_is_no_fault_of_the_release() -> None:
    in_time = row("ASM04", 36, 40, group=("team", "AIT"))
    late = hidden(row("ASM06", 4, group=("age_band", "43-60")))
    wholes = (row("ASM04", 36, 40), row("ASM05", 40), row("ASM06", 4, group=("team", "AIT")), row("ASM06", 4))
    found = attacked(in_time, late, *wholes, row("ASM05", 40, group=("team", "AIT")), profile="committee")
    assert (found.exact, found.unprotected) == (1, 0)


def test_a_number_that_an_earlier_release_shows_is_told_for_ever_and_its_protector_too() -> None:
    one, other, shown = sources(3, 9, 20)
    now = (row("CON05", 32), hidden(one), hidden(other), shown)
    assert attacked(*now).too_narrow == 0
    # the protector stood in a release that is out, with the same number: no release can take that back
    found = attacked(*now, shown=[other, shown, row("CON05", 32)])
    assert (found.exact, found.unprotected) == (1, 0)
    # the third group could have been hidden in its place
    assert attacked(*now, shown=[other]).unprotected == 1
    # with another number it says nothing of this one
    assert attacked(*now, shown=[replace(other, numerator=8, shown_numerator=8)]).too_narrow == 0


def test_a_revised_release_that_leaves_its_fellows_alone_tells_what_was_hidden_then() -> None:
    one, other, shown = sources(3, 9, 20)
    before = [row("CON05", 32), hidden(one), hidden(other), shown]
    # one more of the last group: now the second is shown, and the first hidden with the third
    later = (row("CON05", 33), hidden(one), other, hidden(row("CON05", 21, group=("source", "unknown"))))
    assert attacked(*later).too_narrow == 0
    found = attacked(*later, releases=[before])
    assert (found.exact, found.unprotected) == (1, 1)


def test_rounded_numbers_leave_room_around_them() -> None:
    def rounded(shown: Published) -> Published:
        number = 5 * ((shown.numerator + 2.5) // 5)
        return replace(shown, shown_numerator=number, shown_value=number)

    first, *others = sources(3, 9, 20)
    shown = [rounded(one) for one in (row("CON05", 32), *others)]
    assert attacked(hidden(first), *shown, profile="rounded").exact == 0
