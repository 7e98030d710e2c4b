"""Three made-up councils, two releases each, attacked: what is told, and how long the proofs take."""

from __future__ import annotations

import datetime
import time

from csc_warehouse import nightly
from csc_warehouse.disclosure import step
from csc_warehouse.privacy import roles
from csc_warehouse.quality import attack, attack_history
from csc_warehouse.register import load_register
from csc_warehouse.sample import write_sample
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.warehouse import cluster, open_warehouse

SEEDS = (1806, 2024, 7)
FIRST_RELEASE = datetime.date(2018, 11, 20)
Figure = tuple[str, str, str]


def measure(settings: Settings) -> list[Figure]:
    """Return what an attacker of each council's second release learns, and the seconds of first and next proof."""
    figures: list[Figure] = []
    for seed in SEEDS:
        home = settings.home / f"council-{seed}"
        own = load_settings(home=home, exports=home / "exports")
        try:
            figures += _measure(own, seed)
        finally:
            cluster.stop(home)
    return figures


def _measure(settings: Settings, seed: int) -> list[Figure]:
    write_sample(settings.exports, seed=seed)
    nightly.run(settings=settings, as_at=FIRST_RELEASE)
    nightly.run(settings=settings)
    authority = settings.config.home_authority
    disclosure = settings.config.disclosure
    register = load_register()
    codes = [code for code, row in register.indicators.items() if row.is_about_children]
    figures: list[Figure] = []
    warehouse = roles.under(open_warehouse(settings), "check")
    for profile in disclosure.profiles:
        with warehouse.transaction() as connection:
            rows = attack_history.candidate_rows(connection, authority, profile)
            releases, shown = attack_history.earlier_rows(connection, authority, profile, codes)
        found = attack.Attack(
            rows,
            register,
            profile,
            width=disclosure.smallest_protected_width,
            smallest=disclosure.smallest_shown_count,
            releases=releases,
            shown=shown,
        ).run()
        figures.append(
            (
                f"seed {seed}, {profile}: small numbers told that could be protected",
                f"{found.unprotected} of {found.small_numbers:,}",
                "0",
            )
        )
        figures.append(
            (f"seed {seed}, {profile}: told by what is printed or was published", f"{found.too_narrow:,}", "")
        )
    for what, budget in (("anew", "60 s"), ("again, nothing changed", "20 s")):
        if what == "anew":
            with warehouse.transaction() as connection:
                connection.exec_driver_sql("truncate restricted.disclosure_proofs")
        started = time.monotonic()
        step.hide(warehouse)
        figures.append((f"seed {seed}: proving all profiles {what}", f"{time.monotonic() - started:.1f} s", budget))
    return figures
