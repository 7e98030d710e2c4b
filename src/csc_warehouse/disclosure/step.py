"""The step of a night that decides what is hidden: before reporting is built, for every profile and authority."""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.disclosure import statements
from csc_warehouse.disclosure.declared import declared_relations, printed, rules_of
from csc_warehouse.disclosure.parts import Known, Proof, outcome_of, prove_all
from csc_warehouse.disclosure.profiles import PROFILES, PROTECTS, First, Profile, first_state
from csc_warehouse.disclosure.relations import Cell, Key, Publication, span_of
from csc_warehouse.disclosure.system import State
from csc_warehouse.register import Register, load_register
from csc_warehouse.settings import DisclosureConfig
from csc_warehouse.warehouse import Warehouse

MOST_NAMED = 3
HIDES = {State.TERMS_HIDDEN: "terms", State.HIDDEN: "figure"}


@dataclass(frozen=True)
class Hidden:
    """What was decided for one profile of one authority, in counts."""

    profile: str
    authority_code: str
    relations_checked: int
    relations_failed: int
    failing_relations: str
    small_numbers: int
    pinned_numbers: int
    figures_hidden: int
    figures_hidden_for_others: int


@dataclass(frozen=True)
class _Row:
    """One published row of the candidate."""

    indicator_code: str
    period_type: str
    period_label: str
    breakdown: str
    breakdown_value: str
    start: datetime.date
    end: datetime.date
    numerator: float
    denominator: float | None


def hide(warehouse: Warehouse) -> list[Hidden]:
    """Decide what of the candidate is hidden, prove it, and write it where the reporting models read it.

    Writes `staging.hidden_figures`, the outcome for the gate and the reasons for information governance; returns one
    summary per profile and authority. Parts that have not changed since they were proved are not proved again.
    """
    config = warehouse.settings.config.disclosure
    register = load_register()
    with warehouse.transaction() as connection:
        candidates = connection.execute(
            text("select authority_code, run_id from staging.run_context order by authority_code")
        ).all()
        connection.execute(text("truncate staging.hidden_figures, staging.disclosure_outcomes"))
        for run_id in {str(row.run_id) for row in candidates}:
            connection.execute(text(statements.FORGET_REASONS), {"run_id": run_id})
        done: list[Hidden] = []
        for candidate in candidates:
            authority_code = str(candidate.authority_code)
            night = _Night(connection, str(candidate.run_id), register, config)
            rows = _candidate_rows(connection, authority_code, register)
            done.extend(_Task(night, authority_code, PROFILES[name]).run(rows) for name in config.profiles)
    return done


def _candidate_rows(connection: Connection, authority_code: str, register: Register) -> list[_Row]:
    codes = [code for code, row in register.indicators.items() if row.is_about_children]
    statement = statements.FIGURES.format(
        values="marts_candidate.indicator_values", periods="marts_candidate.dim_periods"
    )
    found = connection.execute(text(statement), {"authority": authority_code, "codes": codes}).mappings()
    return [
        _Row(
            indicator_code=row["indicator_code"],
            period_type=row["period_type"],
            period_label=row["period_label"],
            breakdown=row["breakdown"],
            breakdown_value=row["breakdown_value"],
            start=row["period_start_date"],
            end=row["effective_end_date"],
            numerator=row["numerator"],
            denominator=row["denominator"],
        )
        for row in found
    ]


@dataclass(frozen=True)
class _Night:
    """What all profiles of a build share."""

    connection: Connection
    run_id: str
    register: Register
    config: DisclosureConfig


class _Task:
    """One profile of one authority."""

    def __init__(self, task: _Night, authority_code: str, profile: Profile) -> None:
        self._connection = task.connection
        self._names = {"authority": authority_code, "profile": profile.name}
        self._run_id = task.run_id
        self._profile = profile
        self._config = task.config
        self._rules = rules_of(task.register)
        self._printed = printed(task.register)
        self._publication = Publication(self._rules, declared_relations(task.register), rounding=profile.rounding)

    def run(self, rows: Sequence[_Row]) -> Hidden:
        """Decide, prove and write one profile."""
        labels: dict[Key, list[_Row]] = defaultdict(list)
        for row in rows:
            labels[self._key(row)].append(row)
        places = self._publication.add_release(self._cell(same) for same in labels.values())
        firsts = {place: self._first(key, labels[key][0]) for key, place in places.items()}
        for place, first in firsts.items():
            figure = self._publication.system.figures[place]
            figure.state, figure.may_become = first.state, first.may_become
            if not self._keeps_value(self._publication.keys[place]):
                figure.shown_value = None
        outcomes = self._prove()
        return self._write(labels, places, firsts, outcomes)

    def _key(self, row: _Row) -> Key:
        rule = self._rules[row.indicator_code]
        return row.indicator_code, row.breakdown, row.breakdown_value, span_of(rule, row.start, row.end)

    def _cell(self, same: Sequence[_Row]) -> Cell:
        row = same[0]
        return Cell(
            row.indicator_code, row.breakdown, row.breakdown_value, row.start, row.end, row.numerator,
            self._denominator(row), len(same),
        )  # fmt: skip

    def _denominator(self, row: _Row) -> float | None:
        return row.denominator if self._rules[row.indicator_code].value_type in ("percent", "mean") else None

    def _first(self, key: Key, row: _Row) -> First:
        return first_state(
            self._profile,
            self._rules[row.indicator_code].value_type,
            row.numerator,
            self._denominator(row),
            is_printed=key[1] in self._printed.get(key[0], ()),
            smallest_count=self._config.smallest_shown_count,
            smallest_denominator=self._config.smallest_shown_denominator,
        )

    def _keeps_value(self, key: Key) -> bool:
        """Tell whether the percentage or mean may stand while its terms are hidden."""
        is_printed = self._profile.keeps_printed and key[1] in self._printed.get(key[0], ())
        return self._profile.keeps_percentages and (self._rules[key[0]].value_type == "percent" or is_printed)

    # the proof ----------------------------------------------------------------------------------------------------

    def _prove(self) -> list[Proof]:
        known = {
            row.digest: outcome_of(row.outcome)
            for row in self._connection.execute(text(statements.RECALL), self._names)
        }
        proofs = prove_all(
            self._publication.system,
            self._publication.names,
            width=self._config.smallest_protected_width,
            smallest_shown=self._config.smallest_shown_count,
            known=known,
        )
        kept = [{"digest": proof.digest, "outcome": asdict(proof.outcome)} for proof in proofs]
        self._send(statements.KEEP, kept)
        self._connection.execute(text(statements.FORGET), {**self._names, "run_id": self._run_id})
        return proofs

    def _send(self, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
        parameters = {**self._names, "rows": json.dumps(rows)}
        if ":run_id" in statement:
            parameters["run_id"] = self._run_id
        self._connection.execute(text(statement), parameters)

    # what it decided ----------------------------------------------------------------------------------------------

    def _write(
        self,
        labels: Mapping[Key, Sequence[_Row]],
        places: Mapping[Key, int],
        firsts: Mapping[int, First],
        proofs: Iterable[Proof],
    ) -> Hidden:
        known: dict[int, list[Known]] = defaultdict(list)
        reasons: dict[int, tuple[str, str]] = {}
        small = pinned = 0
        for proof in proofs:
            for found in proof.outcome.known:
                known[proof.part.places[found.figure]].append(found)
                small += 1
                pinned += found.is_pinned
            for reason in proof.outcome.reasons:
                protects = self._publication.names[proof.part.places[reason.protects]]
                reasons[proof.part.places[reason.figure]] = (protects, reason.relation)
        rows: list[dict[str, Any]] = []
        for key, place in places.items():
            state = self._publication.system.figures[place].state
            if state is State.SHOWN:
                continue
            own = min(known[place], key=lambda found: found.upper - found.lower, default=None)
            protects, relation = reasons.get(place, ("", ""))
            why = {
                "hides": HIDES[state],
                "reason": firsts[place].reason or PROTECTS,
                "protects": protects,
                "relation": relation,
                "known_from": None if own is None else round(own.lower, 3),
                "known_to": None if own is None else round(own.upper, 3),
                "is_pinned": own is not None and own.is_pinned,
            }
            rows.extend(
                {
                    "indicator_code": row.indicator_code,
                    "period_type": row.period_type,
                    "period_label": row.period_label,
                    "breakdown": row.breakdown,
                    "breakdown_value": row.breakdown_value,
                    **why,
                }
                for row in labels[key]
            )
        self._send(statements.HIDE, rows)
        self._send(statements.AUDIT, rows)
        failing = sorted({violation.relation for violation in self._publication.violations})
        summary = Hidden(
            profile=self._names["profile"],
            authority_code=self._names["authority"],
            relations_checked=self._publication.checked,
            relations_failed=len(self._publication.violations),
            failing_relations=", ".join(failing[:MOST_NAMED]),
            small_numbers=small,
            pinned_numbers=pinned,
            figures_hidden=len(rows),
            figures_hidden_for_others=sum(row["reason"] == PROTECTS for row in rows),
        )
        self._connection.execute(
            text(statements.OUTCOME),
            {
                **{name: value for name, value in asdict(summary).items() if name != "authority_code"},
                "authority": summary.authority_code,
                "run_id": self._run_id,
            },
        )
        return summary
