"""The thresholds of the configuration, written to where reporting models can join them."""

from __future__ import annotations

from statistics import NormalDist

from sqlalchemy import Connection, text

from csc_warehouse.settings import Config

INSERT_SETTINGS = """
insert into staging.run_settings (
    run_id, amber_margin_percent, change_confidence, change_z_score,
    smallest_shown_count, smallest_shown_denominator, profiles
)
values (:run_id, :amber_margin, :confidence, :z_score, :smallest_count, :smallest_denominator, :profiles)
"""


def write_run_settings(connection: Connection, config: Config, run_id: str) -> None:
    """Replace the one row of `staging.run_settings` by what the configuration says (indicators.md section 3).

    PostgreSQL has no inverse of the normal distribution: the standard score of the confidence is computed here.
    """
    connection.execute(text("truncate staging.run_settings"))
    connection.execute(
        text(INSERT_SETTINGS),
        {
            "run_id": run_id,
            "amber_margin": config.rating.amber_margin,
            "confidence": config.rating.change_confidence,
            "z_score": z_score(config.rating.change_confidence),
            "smallest_count": config.disclosure.smallest_shown_count,
            "smallest_denominator": config.disclosure.smallest_shown_denominator,
            "profiles": list(config.disclosure.profiles),
        },
    )


def z_score(confidence: float) -> float:
    """Return the two-sided standard score of a confidence between 0 and 1: 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + confidence) / 2)
