"""What must become of exports damaged in each named way; run all of it with python -m tests.faults.fault_table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from csc_warehouse import nightly
from csc_warehouse.commands.console import OUT
from csc_warehouse.sample import write_sample
from csc_warehouse.sample.faults import known_faults
from csc_warehouse.settings import load_settings
from csc_warehouse.warehouse import cluster
from tests.support.faulty import FaultyNight, damaged_night, split

Outcome = Literal["refused", "not there yet", "held", "caveats", "published"]


@dataclass(frozen=True)
class Expected:
    """The verdict, and what must be said of it: words of the refusal, or the codes of all checks that fail."""

    outcome: Outcome
    told: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    """Words of what was refused besides, where the night was built from the rest."""


def refused(*words: str) -> Expected:
    return Expected("refused", words)


def caveats(*codes: str) -> Expected:
    return Expected("caveats", codes)


def held(*codes: str) -> Expected:
    return Expected("held", codes)


HARMLESS = Expected("published")

LOST = ("more than 20%", "accept-loss")
RESEND = "ask the supplier to send the delivery again"

EXPECTED: dict[str, Expected] = {
    # files that disagree with what was announced, or cannot be read
    "control_row_count": refused("rows where 17 were stated", RESEND),
    # the delivery is not there yet, which is no fault of those that are
    "control_missing": HARMLESS,
    "truncated_file": refused("RAISE_CONTACT_20180520.csv holds", RESEND),
    "wrong_encoding": refused("UTF-16 where Windows-1252 was agreed"),
    "names_garbled": refused("UTF-8 where Windows-1252 was agreed"),
    "binary_file": refused("is a binary file, not text"),
    "entity_missing": refused("listed in the control file but absent"),
    "column_missing": refused("lacks the required column startdate"),
    "column_added": HARMLESS,
    "columns_reordered": HARMLESS,
    "rows_unreadable": refused("unreadable rows of", "more than 5%"),
    "sha256_mismatch": refused("another sha256 than the manifest states"),
    "manifest_row_count": refused("caseform.csv holds"),
    "zip_broken": refused("does not open as a zip"),
    "zip_leaves_folder": refused("a member whose path leaves the folder"),
    "another_authority": refused("a manifest of another authority than W06000006"),
    "stale_manifest": refused("manifest"),
    "corporate_columns_renamed": refused("applicant_type"),
    # returns that look right: what is not theirs, or not all of theirs
    "return_never_calculated": refused("was never calculated: cell C2 holds a formula and no value"),
    "return_goes_on_below": refused("after the wholly empty row that ends its data"),
    "return_of_a_coming_century": refused("states a later day than its own business date"),
    "return_with_a_total": HARMLESS,
    "return_amount_blank": caveats("RET01"),
    "return_halved": caveats("RET02"),
    "return_emptied": caveats("RET02"),
    # deliveries that say the same as before, or do not come
    "frozen_extract": caveats("CTC01"),
    "week_lost": caveats("SRC05", "SRC06"),
    # the night shows the day before, and says so; nothing is wrong with that
    "last_night_missing": HARMLESS,
    # the returns of the quarter before stand for a hundred days, and say of which day they are; then SRC03 speaks
    "corporate_missing": HARMLESS,
    # tables that came without rows, or with too many
    "table_emptied": refused("contact.csv lost", *LOST),
    "small_table_emptied": caveats("SRC06"),
    "third_of_children_missing": refused("person.csv lost", *LOST),
    "third_of_contacts_missing": refused("contact.csv lost", *LOST),
    "eighth_of_assessments_missing": caveats("SRC06", "HIS02"),
    "keys_renumbered": refused("contact.csv lost", *LOST),
    "contacts_duplicated": caveats("CTC02", "HIS02", "RCON22"),
    # a second row about a child whom no fact points at is in no figure
    "children_duplicated": HARMLESS,
    "registrations_duplicated": caveats("HIS02", "SRC06", "RCPR13"),
    "deleted_contacts_returned": caveats("VER01"),
    # what a row once carried goes on linking it
    "legacy_links_lost": caveats("SRC06"),
    "merges_lost": caveats("SRC06"),
    # dates and times
    "dates_shifted_by_a_day": caveats("SRC06", "VER02", "WKD01", "WKD02", "RCON14"),
    "times_in_wrong_zone": caveats("CTC04", "SRC06", "VER02"),
    "day_and_month_swapped": caveats("HIS02", "VER02"),
    "contacts_in_the_future": caveats("SRC06", "HIS02", "VER02"),
    "decisions_blanked": held("HIS01", "HIS02", "SRC06", "VER03", "RCON12"),
    "decisions_at_midnight": held("HIS01", "HIS02", "SRC06", "RCON11", "RCON14"),
    "decided_before_received": caveats("HIS02", "RCON11"),
    "referral_dates_blanked": caveats("HIS02", "RASM14"),
    "authorised_before_referral": caveats("HIS02", "RASM11"),
    "reviews_unheld": held("HIS01", "HIS02", "SRC06", "VER03", "RRVW11"),
    "plans_reopened": caveats("HIS02", "SRC06", "VER03"),
    "episodes_without_end": held("HIS01", "HIS02", "SRC06", "VER03", "RLAC12"),
    "births_lost": caveats("SRC06", "RCHI11"),
    # codes and links
    "code_list_remapped": held("HIS01", "HIS02", "GRP04", "SRC06"),
    "codes_unknown": held("HIS01", "HIS02", "GRP01", "GRP02", "SRC06", "RCON17"),
    "team_renamed": caveats("GRP02", "SRC06"),
    "all_from_police": held("HIS02", "GRP04", "SRC06"),
    "seen_blanked": held("HIS01", "HIS02", "PLA02", "SRC06", "RASM17", "RASM18"),
    "links_broken": held("HIS01", "HIS02", "CTC05", "SRC06", "RCON21"),
    # few children have one, so that its blanks hardly grow; the children looked after do
    "responsible_authority_lost": caveats("HIS02"),
}


GRAVITY: tuple[Outcome, ...] = ("published", "caveats", "held")


def together(*names: str, without: str = "") -> Expected:
    """Return what several faults at once must lead to: the gravest verdict, all that each is told for, each refusal."""
    rows = [EXPECTED[name] for name in names]
    judged = [row for row in rows if row.outcome != "refused"]
    words = tuple(word for row in rows if row.outcome == "refused" for word in row.told)
    if not judged:
        return refused(*words)
    codes = {code for row in judged for code in row.told} - {without}
    return Expected(max((row.outcome for row in judged), key=GRAVITY.index), tuple(sorted(codes)), words)


COMBINED: dict[str, Expected] = {
    # two that cancel in a total
    "week_lost+contacts_duplicated": together("week_lost", "contacts_duplicated"),
    "legacy_links_lost+eighth_of_assessments_missing": together("legacy_links_lost", "eighth_of_assessments_missing"),
    "contacts_duplicated+third_of_contacts_missing": refused("contact.csv lost", *LOST),
    # one in the way of the other, on the same columns
    "team_renamed+code_list_remapped": together("team_renamed", "code_list_remapped"),
    "times_in_wrong_zone+decisions_blanked": together("times_in_wrong_zone", "decisions_blanked"),
    # an hour early no decision stands at midnight any more; that the clock moved is said of the same figures
    "dates_shifted_by_a_day+times_in_wrong_zone": together(
        "dates_shifted_by_a_day", "times_in_wrong_zone", without="RCON14"
    ),
    # three twins in four are another child's now: within the rule's limit, and beyond CTC02's, of the same figures
    "links_broken+contacts_duplicated": together("links_broken", "contacts_duplicated", without="RCON22"),
    "codes_unknown+all_from_police+decisions_at_midnight": together(
        "codes_unknown", "all_from_police", "decisions_at_midnight"
    ),
    "frozen_extract+code_list_remapped": together("frozen_extract", "code_list_remapped"),
    # one source and another, one at the door and one at the exit
    "truncated_file+seen_blanked": together("truncated_file", "seen_blanked"),
    "sha256_mismatch+team_renamed": together("sha256_mismatch", "team_renamed"),
    "binary_file+manifest_row_count": together("binary_file", "manifest_row_count"),
    "corporate_missing+episodes_without_end": together("corporate_missing", "episodes_without_end"),
    "truncated_file+sha256_mismatch+corporate_columns_renamed": together(
        "truncated_file", "sha256_mismatch", "corporate_columns_renamed"
    ),
}
"""What must become of several damages at once: whatever one does, none may hide another."""

TABLE = EXPECTED | COMBINED


def found(night: FaultyNight) -> Outcome:
    """Return the outcome of a night in the table's words."""
    if night.refused and not night.verdict:
        return "refused"
    if night.not_there_yet and not night.verdict:
        return "not there yet"
    return night.verdict  # type: ignore[return-value]


def objection(name: str, night: FaultyNight) -> str:
    """Return how a night differs from what the table says of its fault; empty when it does not."""
    expected = TABLE[name]
    if found(night) != expected.outcome:
        return f"{found(night)} instead of {expected.outcome}: {night.reason or ' '.join(night.refused)}"
    words = expected.told if expected.outcome == "refused" else expected.refused
    said = " ".join(night.refused)
    unsaid = [each for each in words if each not in said]
    if unsaid or (said and not words):
        return f"not told: {', '.join(unsaid)}; told: {said}"
    if expected.outcome == "refused":
        return ""
    missing = sorted(set(expected.told) - set(night.failed_checks))
    further = sorted(set(night.failed_checks) - set(expected.told))
    return "; ".join(
        f"{what}: {', '.join(codes)}" for what, codes in (("not told", missing), ("told besides", further)) if codes
    )


def main(names: Sequence[str]) -> int:
    """Run the named faults (all of them by default) on a landed sample and return 1 when any is not as expected."""
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="csc") as folder:
        root = Path(folder)
        root.chmod(0o755)
        exports, home = root / "exports", root / "home"
        write_sample(exports)
        split(exports, home / "exports", root / "rest")
        settings = load_settings(home=home, exports=home / "exports")
        try:
            nightly.run(settings=settings)
            for name in names or [*sorted(known_faults()), *COMBINED]:
                # what was refused alone leaves nothing new to build; of several, what came in is built, as in real life
                is_built = name in COMBINED and COMBINED[name].outcome != "refused"
                night = damaged_night(settings, root / "rest", root / "damaged", name.split("+"), is_built=is_built)
                said = objection(name, night)
                wrong += bool(said)
                OUT.print(f"{'WRONG' if said else 'ok':5} {name}: {said or found(night)}", markup=False)
        finally:
            cluster.stop(home)
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="FAULT", help="rows of the table; default: all")
    sys.exit(main(parser.parse_args().names))
